/** Entries of the audit trail as rows. A row that was tampered with is read all the same. */
import { auditEntry, type AuditEntry } from '../../../audit/audit-record';
import { canonicalEntry } from '../../../audit/chain';
import { filterColumnNames, filterColumnsOf } from '../../../audit/entry-filter';
import { fromTextColumns } from '../../../audit/text-columns';
import type { StoredEntry } from '../../../audit/verification';

export const entryPrefix = 'entry-';
const digits = 16;

export const entryRowKey = (seq: number) => `${entryPrefix}${String(seq).padStart(digits, '0')}`;
export const idRowKey = (id: string) => `id-${id}`;

interface Row {
  readonly rowKey?: string;
  readonly [column: string]: unknown;
}

export function toStoredEntry(row: Row): StoredEntry {
  const suffix = row.rowKey!.slice(entryPrefix.length);
  const seq = Number.parseInt(suffix, 10) || 0;
  if (entryRowKey(seq) !== row.rowKey) return { seq, fault: 'foreign' };
  const text = fromTextColumns(row);
  const read = auditEntry.safeParse(tryParse(text));
  if (!read.success) return { seq, fault: 'unreadable' };
  const entry = read.data;
  const intact = canonicalEntry(entry) === text && hasColumnsOf(row, entry);
  return { seq, entry, ...(!intact && { fault: 'columns' as const }) };
}

function hasColumnsOf(row: Row, entry: AuditEntry): boolean {
  const expected: Readonly<Record<string, unknown>> = { ...filterColumnsOf(entry), id: entry.id };
  return ['occurredAt', 'id', ...filterColumnNames].every((name) => row[name] === expected[name]);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
