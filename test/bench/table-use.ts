/** What the journal says of tables: who was asked how often, how many rows were written, and what time it took. */
import type { JournalEntry } from '../../infra/local/emulator/journal';

export interface TableUse {
  readonly requests: number;
  /** Requests that write. */
  readonly writes: number;
  /** Rows put or deleted. */
  readonly rows: number;
  /** Between the arrival of each request and its answer; requests that wait for each other count each. */
  readonly ms: number;
}

export const unused: TableUse = { requests: 0, writes: 0, rows: 0, ms: 0 };

/** By the name of the table. Blobs, queues and the list of tables are left out. */
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

/** A transaction is noted with its table and the number of its rows, everything else writes one row or none. */
function requestOf({ service, method, path }: JournalEntry) {
  if (service !== 'storage') return undefined;
  const [, batched, operations] = /^\/\w+\/\$batch (\w+) ×(\d+)/.exec(path) ?? [];
  if (batched !== undefined) return { table: batched, rows: Number(operations) };
  const [, table] = /^\/\w+\/(\w+)(?:\(|\?|$)/.exec(path) ?? [];
  if (table === undefined || table === 'Tables') return undefined;
  return { table, rows: method === 'GET' ? 0 : 1 };
}

/** How long storage had anything to do at all, in ms. */
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
