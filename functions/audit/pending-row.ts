/** Pending records as rows. Their keys sort by time. */
import { isUlid } from '../storage/ulid';
import { auditRecord, type AuditRecord } from './audit-record';
import type { PendingRow } from './ports';
import { fromTextColumns, toTextColumns } from './text-columns';

export const pendingRowPrefix = 'audit-';

export const toPendingRow = (id: string, record: AuditRecord): PendingRow => ({
  rowKey: `${pendingRowPrefix}${id}`,
  columns: toTextColumns(JSON.stringify(record)),
});

interface Row {
  readonly rowKey?: string;
  readonly timestamp?: string;
  readonly [column: string]: unknown;
}

/**
 * The record in a row. A row that cannot be read, or that names another tenant, was written by
 * something else. It becomes a record that says so: it must not stop the records behind it.
 */
export function readPendingRow(tenantId: string, row: Row): { id: string; record: AuditRecord } {
  const id = row.rowKey!.slice(pendingRowPrefix.length);
  const read = auditRecord.safeParse(tryParse(fromTextColumns(row)));
  if (read.success && read.data.tenantId === tenantId && isUlid(id) && isTime(read.data.at))
    return { id, record: read.data };
  return {
    id,
    record: {
      at: new Date(row.timestamp ?? 0).toISOString(),
      tenantId,
      actor: { kind: 'system' },
      action: 'audit.record_unreadable',
      outcome: 'failed',
      resource: { type: 'AuditTrail', id },
      detail: 'A pending record could not be read. Find out what wrote the row.',
    },
  };
}

const isTime = (text: string) => !Number.isNaN(Date.parse(text));

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
