/**
 * Everything by which two syncs are compared: every stored resource with body and hashes, every
 * edge as the API returns it, and the net changes of the sync runs.
 */
import { odata, TableClient } from '@azure/data-tables';
import type { RunningStack } from './stack';
import { all } from './journey';
import type { Row } from './tables';

/** Content by key: one key for each row, edge or change. */
export type Snapshot = ReadonlyMap<string, string>;

/** Columns that differ between two syncs of the same resource. */
const perSyncColumns = new Set(['timestamp', 'etag', 'syncedAt', 'removedAt']);

export async function takeSnapshot(stack: RunningStack, connectorId: string): Promise<Snapshot> {
  const snapshot = new Map<string, string>();
  const add = (key: string, value: string) => {
    if (snapshot.has(key)) throw new Error(`The key occurs twice: ${key}`);
    snapshot.set(key, value);
  };
  const rows = await liveRows(stack, connectorId);
  const edges = await all<Row>(stack, `/api/connectors/${connectorId}/edges?limit=100`);
  // Two empty snapshots would be equal.
  if (rows.length === 0 || edges.length === 0) throw new Error('There is nothing to compare.');
  for (const row of rows) {
    const factory = String(row['partitionKey']).split('|').at(-1);
    add(`resource ${factory} ${String(row['rowKey'])}`, contentOf(row, connectorId));
  }
  for (const edge of edges) {
    const { kind, source, target, evidence } = edge;
    add(`edge ${JSON.stringify([kind, source, target, evidence])}`, contentOf(edge, connectorId));
  }
  return snapshot;
}

/** Net changes of these sync runs, oldest first: id → added, changed or removed. */
export async function changesOver(
  stack: RunningStack,
  connectorId: string,
  runIds: readonly string[],
): Promise<Snapshot> {
  const net = new Map<string, string>();
  for (const runId of runIds) {
    const path = `/api/connectors/${connectorId}/syncs/${runId}/changes?limit=100`;
    const seen = new Set<string>();
    for (const { id, change } of await all<{ id: string; change: string }>(stack, path)) {
      if (seen.has(id)) throw new Error(`${runId} lists twice that ${id} was ${change}`);
      seen.add(id);
      const key = `change ${id}`;
      const was = net.get(key);
      if (was === 'added' && change === 'removed') net.delete(key);
      else net.set(key, was === 'added' ? was : was === 'removed' ? 'changed' : change);
    }
  }
  return net;
}

/** Keys that only one snapshot has, or whose content differs. */
export function differences(one: Snapshot, other: Snapshot): string[] {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter((key) => one.get(key) !== other.get(key));
}

/** Rows of removed resources are left out, as are leftover parts of bodies that became shorter. */
async function liveRows(stack: RunningStack, connectorId: string): Promise<Row[]> {
  const { azure, sample } = await stack.description();
  const table = TableClient.fromConnectionString(azure.storageConnectionString, 'resources');
  const from = `${sample.tenantId}|${connectorId}|`;
  const filter = odata`PartitionKey ge ${from} and PartitionKey lt ${`${from}~`}`;
  const rows = new Map<string, Row>();
  for await (const row of table.listEntities<Row>({ queryOptions: { filter } }))
    rows.set(`${row.partitionKey} ${row.rowKey}`, row);
  return [...rows.values()].filter((row) => {
    const [, owner, part] = /^body\|(.*)\|(\d+)$/.exec(String(row['rowKey'])) ?? [];
    if (owner === undefined) return row['live'] === true;
    const holder = rows.get(`${String(row['partitionKey'])} ${owner}`);
    return holder?.['live'] === true && Number(part) < Number(holder['bodyRows'] ?? 0);
  });
}

/** Without the connector id and the columns that differ between syncs. */
function contentOf(row: Row, connectorId: string): string {
  const fields = Object.entries(row).filter(([key]) => !perSyncColumns.has(key));
  const text = JSON.stringify(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
  return text.replaceAll(connectorId, '');
}
