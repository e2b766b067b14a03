/**
 * All that two syncs can be held to: every stored resource with its body and hashes, every edge as a client reads it,
 * and what the runs say they have changed.
 */
import { odata, TableClient } from '@azure/data-tables';
import type { RunningStack } from './stack';
import { all } from './journey';
import type { Row } from './tables';

/** By a key of its own each: what it says. */
export type Snapshot = ReadonlyMap<string, string>;

/** What belongs to the moment of a sync and not to what was copied. */
const perSyncColumns = new Set(['timestamp', 'etag', 'syncedAt', 'removedAt']);

export async function takeSnapshot(stack: RunningStack, connectorId: string): Promise<Snapshot> {
  const whole = new Map<string, string>();
  const add = (key: string, value: string) => {
    if (whole.has(key)) throw new Error(`It stands twice: ${key}`);
    whole.set(key, value);
  };
  const rows = await liveRows(stack, connectorId);
  const edges = await all<Row>(stack, `/api/connectors/${connectorId}/edges?limit=100`);
  // Two that hold nothing are alike, too.
  if (rows.length === 0 || edges.length === 0) throw new Error('There is nothing to compare.');
  for (const row of rows) {
    const factory = String(row['partitionKey']).split('|').at(-1);
    add(`resource ${factory} ${String(row['rowKey'])}`, contentOf(row, connectorId));
  }
  for (const edge of edges) {
    const { kind, source, target, evidence } = edge;
    add(`edge ${JSON.stringify([kind, source, target, evidence])}`, contentOf(edge, connectorId));
  }
  return whole;
}

/** What came of all these runs together, oldest first: id → added, changed or removed. */
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
      if (seen.has(id)) throw new Error(`${runId} says twice that ${id} was ${change}`);
      seen.add(id);
      const key = `change ${id}`;
      const was = net.get(key);
      if (was === 'added' && change === 'removed') net.delete(key);
      else net.set(key, was === 'added' ? was : was === 'removed' ? 'changed' : change);
    }
  }
  return net;
}

/** Keys that only one of them has, or under which they differ: none, when they are alike. */
export function differences(one: Snapshot, other: Snapshot): string[] {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].filter((key) => one.get(key) !== other.get(key));
}

/** Rows of what is gone are left out, and so are parts of bodies that no longer are as long. */
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

/** Without what names the connector or the moment. */
function contentOf(row: Row, connectorId: string): string {
  const fields = Object.entries(row).filter(([key]) => !perSyncColumns.has(key));
  const text = JSON.stringify(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))));
  return text.replaceAll(connectorId, '');
}
