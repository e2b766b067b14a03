/** Figures of one sync, computed from the journal of the emulators. */
import type { JournalEntry } from '../../infra/local/emulator/journal';
import type { FinishedSync } from './connector';
import { formatMs, formatNumber, type Report } from './report';
import { busyTime, sum, usePerTable, type TableUse } from './table-use';

export interface SyncFigures {
  /** Milliseconds from the request of the sync to the request of the list of factories. */
  readonly untilDiscovery: number;
  /** … to its response. */
  readonly untilDiscovered: number;
  /** … to the request of the first list of objects. */
  readonly untilFirstList: number;
  /** … to the last response of a list. */
  readonly untilListed: number;
  /** … to the last row written for the lists. */
  readonly untilMirrored: number;
  /** … to the end of the run. */
  readonly untilFinished: number;
  /** Requests for pages of lists and for factories. */
  readonly lists: number;
  /** Requests for run history. */
  readonly queries: number;
  readonly perTable: ReadonlyMap<string, TableUse>;
  /** Tables of the product. */
  readonly tables: TableUse;
  /** Tables of the catalog, its changes and its etag maps. */
  readonly catalog: TableUse;
  /** Rows in other tables of the product, by table: sync run, events, outbox. */
  readonly otherRows: string;
  /** Tables of Durable Functions. */
  readonly durable: TableUse;
  /** Milliseconds during which storage processed any request. */
  readonly storageBusy: number;
}

const catalogTables = new Set(['resources', 'syncChanges', 'syncState']);

export function figuresOf(
  { run, requestedAt, entries }: FinishedSync,
  productTables: ReadonlySet<string>,
): SyncFigures {
  const azure = entries.filter(({ service }) => service === 'resource-manager');
  const lists = azure.filter(isList);
  const stored = entries.filter(
    (entry) => isCatalog(entry) && !isDerived(entry) && entry.method !== 'GET',
  );
  const queries = azure.filter(({ path }) => isRunQuery(path));
  const since = (at: number) => Math.max(0, at - requestedAt);

  const perTable = usePerTable(entries);
  const ours = [...perTable].filter(([table]) => productTables.has(table));
  return {
    untilDiscovery: since(Math.min(...azure.map(receivedAt))),
    untilDiscovered: since(Math.min(...azure.map(respondedAt))),
    untilFirstList: since(Math.min(...lists.map(receivedAt))),
    untilListed: since(Math.max(...lists.map(respondedAt))),
    untilMirrored: since(Math.max(...[...lists, ...stored].map(respondedAt))),
    untilFinished: since(Date.parse(run.finishedAt!)),
    lists: lists.length,
    queries: queries.length,
    perTable,
    tables: sum(ours.map(([, use]) => use)),
    catalog: sum(usePerTable(entries.filter(isCatalog)).values()),
    otherRows: ours
      .filter(([table, { rows }]) => rows > 0 && !catalogTables.has(table))
      .map(([table, { rows }]) => `${table} ${rows}`)
      .join(', '),
    durable: sum(
      [...perTable].filter(([table]) => !productTables.has(table)).map(([, use]) => use),
    ),
    storageBusy: busyTime(entries),
  };
}

/**
 * Excludes the state of run history, which is in the table of etag maps and changes with every
 * read. Its row is inserted without a key in the path; transactions write etag maps.
 */
const isCatalog = ({ service, path }: JournalEntry) =>
  service === 'storage' &&
  catalogTables.has(/^\/\w+\/(?:\$batch )?(\w+)/.exec(path)?.[1] ?? '') &&
  !/'runs(?:%7C|\|)|\/syncState(?:\?|$)/i.test(path);

/**
 * Lineage and the index for search are computed after the lists. A request for the row of a factory
 * alone marks them as current.
 */
const isDerived = ({ path }: JournalEntry) =>
  /'(?:lineage|search)(?:-head)?(?:%7C|\|)|\(.*'factory(?:%7C|\|)/i.test(path);

const isList = ({ service, method, path }: JournalEntry) =>
  service === 'resource-manager' && method === 'GET' && /\/factories\//i.test(path);

const isRunQuery = (path: string) => /\/query(pipeline|trigger|activity)runs/i.test(path);

const respondedAt = ({ at }: JournalEntry) => Date.parse(at);
const receivedAt = (entry: JournalEntry) => respondedAt(entry) - entry.durationMs;

/** Times of the responses of all list pages, in ms, ascending. */
export const listResponseTimes = (entries: readonly JournalEntry[]): number[] =>
  entries
    .filter(isList)
    .map(respondedAt)
    .sort((one, other) => one - other);

/** `--profile`: time, requests and rows of a sync per table. */
export function reportTables(report: Report, { perTable }: SyncFigures): void {
  const busiestFirst = [...perTable].sort(([, one], [, other]) => other.ms - one.ms);
  for (const [table, { requests, writes, rows, ms }] of busiestFirst)
    report(
      `    ${table}`,
      `${formatMs(ms)} in ${formatNumber(requests)} requests, ${formatNumber(rows)} rows written in ${formatNumber(writes)}`,
    );
}
