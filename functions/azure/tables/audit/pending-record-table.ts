/**
 * PendingRecordStore in Table Storage. Records without a change are rows of the table `auditPending`,
 * PartitionKey: tenant. Those of a change are in its transaction, so they are rows of the table
 * `directory` in the partition of the connection. RowKey: `audit-{record id}`, oldest first.
 */
import { odata, type TableClient } from '@azure/data-tables';
import type { AuditRecord } from '../../../audit/audit-record';
import { pendingRowPrefix, readPendingRow, toPendingRow } from '../../../audit/pending-row';
import type { PendingRecord, PendingRecordStore } from '../../../audit/ports';
import { upsertRow } from '../../table-storage/conditional-write';
import { deleteRows, nextPartition } from '../../table-storage/row-deletion';
import { prefixRange } from '../../table-storage/table-client';
import { directoryPartition } from '../directory/directory-keys';

const { from, to } = prefixRange(pendingRowPrefix);
/** Place of a record in the partition of its tenant. Other places are ids of connections. */
const ofTenant = '';

export class PendingRecordTable implements PendingRecordStore {
  constructor(
    private readonly table: TableClient,
    private readonly directory: TableClient,
  ) {}

  put(id: string, record: AuditRecord): Promise<void> {
    const { rowKey, columns } = toPendingRow(id, record);
    return upsertRow(this.table, { ...columns, partitionKey: record.tenantId, rowKey });
  }

  async *listTenants(): AsyncGenerator<string> {
    let tenantId = await nextPartition(this.table, '');
    while (tenantId !== undefined) {
      yield tenantId;
      tenantId = await nextPartition(this.table, tenantId);
    }
  }

  async list(
    tenantId: string,
    connectionId: string | undefined,
    limit: number,
  ): Promise<readonly PendingRecord[]> {
    const place = connectionId ?? ofTenant;
    const [table, partition] = this.placeOf(tenantId, place);
    const filter = odata`PartitionKey eq ${partition} and RowKey ge ${from} and RowKey lt ${to}`;
    const found: PendingRecord[] = [];
    const rows = table.listEntities<Record<string, unknown>>({ queryOptions: { filter } });
    for await (const page of rows.byPage({ maxPageSize: limit })) {
      found.push(...page.map((row) => ({ ...readPendingRow(tenantId, row), place })));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async delete(tenantId: string, records: readonly PendingRecord[]): Promise<void> {
    for (const place of new Set(records.map((record) => record.place))) {
      const [table, partitionKey] = this.placeOf(tenantId, place);
      const keys = records
        .filter((record) => record.place === place)
        .map(({ id }) => ({ partitionKey, rowKey: `${pendingRowPrefix}${id}` }));
      await deleteRows(table, keys);
    }
  }

  private placeOf(tenantId: string, place: string): [TableClient, string] {
    if (place === ofTenant) return [this.table, tenantId];
    return [this.directory, directoryPartition({ tenantId, connectionId: place })];
  }
}
