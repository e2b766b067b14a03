/** The catalog rows of a connector, in a form in which two catalogs can be compared. */
import type { RunningStack } from './stack';
import { allRows, type Row } from './tables';

/** Columns that differ between two syncs of the same resource. */
const perSyncColumns = new Set(['timestamp', 'etag', 'syncedAt', 'removedAt', 'writeId']);

/**
 * Every live row of the catalog in order, without the connector id and without columns that differ
 * between syncs. Writers of kinds and leftover parts of bodies that became shorter are left out.
 */
export async function catalogOf(stack: RunningStack, connectorId: string): Promise<Row[]> {
  const tables = await allRows(await stack.description());
  const rows = ['resources', 'syncState'].flatMap((table) =>
    (tables.get(table) ?? [])
      .filter(({ partitionKey }) => String(partitionKey).includes(connectorId))
      // The reference index is the only part of the sync state that describes resources.
      .filter(({ rowKey }) => table !== 'syncState' || String(rowKey).startsWith('references|'))
      .filter(({ rowKey }) => !String(rowKey).startsWith('writer|'))
      .map((row): Row => ({ table, ...withoutIdentity(row, connectorId) })),
  );
  const shown = new Map(rows.map((row) => [keyOf(row), row]));
  return [...shown.values()]
    .filter((row) => row['live'] !== false && isReferenced(row, shown))
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** Keys of rows that only one catalog has, or that differ. */
export function differences(one: readonly Row[], other: readonly Row[]): string[] {
  const contentByKey = (rows: readonly Row[]) =>
    new Map(rows.map((row) => [keyOf(row), JSON.stringify(row, Object.keys(row).sort())]));
  const [ours, theirs] = [contentByKey(one), contentByKey(other)];
  const keys = new Set([...ours.keys(), ...theirs.keys()]);
  const twice = one.length > ours.size || other.length > theirs.size ? ['a row occurs twice'] : [];
  return [...twice, ...[...keys].filter((key) => ours.get(key) !== theirs.get(key))];
}

const keyOf = ({ table, partitionKey, rowKey }: Row) => [table, partitionKey, rowKey].join(' ');

/** `body|{row}|{n}` belongs to a row that holds the number of parts. */
function isReferenced(row: Row, rows: ReadonlyMap<string, Row>): boolean {
  const [, owner, part] = /^body\|(.*)\|(\d+)$/.exec(String(row['rowKey'])) ?? [];
  if (owner === undefined) return true;
  const holder = rows.get(keyOf({ ...row, rowKey: owner }));
  return holder?.['live'] === true && Number(part) < Number(holder['bodyRows'] ?? 0);
}

function withoutIdentity(row: Row, connectorId: string): Row {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([key]) => !perSyncColumns.has(key))
      .map(([key, value]) => [
        key,
        typeof value === 'string' ? value.replaceAll(connectorId, '') : value,
      ]),
  );
}
