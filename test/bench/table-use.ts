/** Use of tables according to the journal: requests, written rows and time. */
import type { JournalEntry } from '../../infra/local/emulator/journal';

export interface TableUse {
  readonly requests: number;
  /** Requests that write. */
  readonly writes: number;
  /** Rows put or deleted. */
  readonly rows: number;
  /** Sum of request durations. Concurrent requests count separately. */
  readonly ms: number;
}

export const unused: TableUse = { requests: 0, writes: 0, rows: 0, ms: 0 };

/** By table name. Excludes blobs, queues and the list of tables. */
export function usePerTable(entries: readonly JournalEntry[]): Map<string, TableUse> {
  const found = new Map<string, TableUse>();
  for (const entry of entries) {
    const request = requestOf(entry);
    if (!request) continue;
    const { table, rows } = request;
    const use = { requests: 1, writes: rows > 0 ? 1 : 0, rows, ms: entry.durationMs };
    found.set(table, sum([found.get(table) ?? unused, use]));
  }
  return found;
}

export const sum = (uses: Iterable<TableUse>): TableUse =>
  [...uses].reduce(
    (one, other) => ({
      requests: one.requests + other.requests,
      writes: one.writes + other.writes,
      rows: one.rows + other.rows,
      ms: one.ms + other.ms,
    }),
    unused,
  );

/**
 * The journal has the table and the number of rows of a transaction. Any other request writes one
 * row or none.
 */
function requestOf({ service, method, path }: JournalEntry) {
  if (service !== 'storage') return undefined;
  const [, batched, operations] = /^\/\w+\/\$batch (\w+) ×(\d+)/.exec(path) ?? [];
  if (batched !== undefined) return { table: batched, rows: Number(operations) };
  const [, table] = /^\/\w+\/(\w+)(?:\(|\?|$)/.exec(path) ?? [];
  if (table === undefined || table === 'Tables') return undefined;
  return { table, rows: method === 'GET' ? 0 : 1 };
}

/** Milliseconds during which storage processed any request. */
export function busyTime(entries: readonly JournalEntry[]): number {
  const spans = entries
    .filter(({ service }) => service === 'storage')
    .map(({ at, durationMs }) => ({ from: Date.parse(at) - durationMs, to: Date.parse(at) }))
    .sort((one, other) => one.from - other.from);
  let busy = 0;
  let until = 0;
  for (const { from, to } of spans) {
    busy += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return busy;
}
