/** The catalogue of a connector, row by row, so that two of them can be held against each other. */
import type { RunningStack } from './stack';
import { allRows, type Row } from './tables';

/** What belongs to the moment of a sync and not to what was copied. */
const perSyncColumns = new Set(['timestamp', 'etag', 'syncedAt', 'removedAt']);

/**
 * Every visible row of the catalogue, in order, but for what names the connector or the moment. Rows of what is gone
 * are left out, and so are parts of bodies that no longer are as long.
 */
export async function catalogOf(stack: RunningStack, connectorId: string): Promise<Row[]> {
  const tables = await allRows(await stack.description());
  const rows = ['resources', 'syncState'].flatMap((table) =>
    (tables.get(table) ?? [])
      .filter(({ partitionKey }) => String(partitionKey).includes(connectorId))
      // Of the state of syncs only the index of referrals is what was copied.
      .filter(({ rowKey }) => table !== 'syncState' || String(rowKey).startsWith('references|'))
      .map((row): Row => ({ table, ...withoutIdentity(row, connectorId) })),
  );
  const shown = new Map(rows.map((row) => [keyOf(row), row]));
  return [...shown.values()]
    .filter((row) => row['live'] !== false && isReferenced(row, shown))
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** The keys of rows that only one of two catalogues has, or that differ: none, when they are alike. */
export function differences(one: readonly Row[], other: readonly Row[]): string[] {
  const said = (rows: readonly Row[]) =>
    new Map(rows.map((row) => [keyOf(row), JSON.stringify(row, Object.keys(row).sort())]));
  const [ours, theirs] = [said(one), said(other)];
  const keys = new Set([...ours.keys(), ...theirs.keys()]);
  const twice = one.length > ours.size || other.length > theirs.size ? ['a row stands twice'] : [];
  return [...twice, ...[...keys].filter((key) => ours.get(key) !== theirs.get(key))];
}

const keyOf = ({ table, partitionKey, rowKey }: Row) => [table, partitionKey, rowKey].join(' ');

/** `body|{row}|{n}` belongs to a row that says how many there are. */
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
