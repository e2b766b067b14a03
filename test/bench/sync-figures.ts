/** The journal of one sync in figures. */
import type { JournalEntry } from '../../infra/local/emulator/journal';
import type { WatchedSync } from './connector';
import { busyTime, sum, usePerTable, type TableUse } from './table-use';

export interface SyncFigures {
  /** From being asked for until … the list of factories is asked for. */
  readonly untilDiscovery: number;
  /** … it is answered. */
  readonly untilDiscovered: number;
  /** … the first list of objects is asked for. */
  readonly untilFirstList: number;
  /** … every list is answered. */
  readonly untilListed: number;
  /** … everything that the lists showed is stored. */
  readonly untilMirrored: number;
  /** … the run is over. */
  readonly untilFinished: number;
  /** Requests for lists of objects, page by page, and for factories themselves. */
  readonly lists: number;
  /** Requests for run history. */
  readonly queries: number;
  readonly perTable: ReadonlyMap<string, TableUse>;
  /** Of the tables of the product. */
  readonly tables: TableUse;
  /** Of those that hold the catalogue, its changes and its etags. */
  readonly catalogue: TableUse;
  /** Rows that tell of the sync, by their tables: its own, the audit trail, what webhooks are sent. */
  readonly telling: string;
  /** Of the tables in which Durable keeps its histories. */
  readonly durable: TableUse;
  /** How long storage was at work at all. */
  readonly storageBusy: number;
}

/** Who looks at a sync reads these, whatever the sync does. */
const watched = new Set(['syncRuns', 'connectors']);
const catalogueTables = new Set(['resources', 'syncChanges', 'syncState']);

export function figuresOf(
  { run, askedAt, entries }: WatchedSync,
  productTables: ReadonlySet<string>,
): SyncFigures {
  const azure = entries.filter(({ service }) => service === 'resource-manager');
  const lists = azure.filter(isList);
  const stored = entries.filter((entry) => isCatalogue(entry) && entry.method !== 'GET');
  const queries = azure.filter(({ path }) => isQuery(path));
  const since = (at: number) => Math.max(0, at - askedAt);

  const perTable = usePerTable(entries.filter((entry) => !isLook(entry)));
  const ours = [...perTable].filter(([table]) => productTables.has(table));
  return {
    untilDiscovery: since(Math.min(...azure.map(arrived))),
    untilDiscovered: since(Math.min(...azure.map(answered))),
    untilFirstList: since(Math.min(...lists.map(arrived))),
    untilListed: since(Math.max(...lists.map(answered))),
    untilMirrored: since(Math.max(...[...lists, ...stored].map(answered))),
    untilFinished: since(Date.parse(run.finishedAt!)),
    lists: lists.length,
    queries: queries.length,
    perTable,
    tables: sum(ours.map(([, use]) => use)),
    catalogue: sum(usePerTable(entries.filter(isCatalogue)).values()),
    telling: ours
      .filter(([table, { rows }]) => rows > 0 && !catalogueTables.has(table))
      .map(([table, { rows }]) => `${table} ${rows}`)
      .join(', '),
    durable: sum(
      [...perTable].filter(([table]) => !productTables.has(table)).map(([, use]) => use),
    ),
    storageBusy: busyTime(entries),
  };
}

/** How far the run history was read is kept beside the etags, and moves on whenever it was asked for. */
const isCatalogue = ({ service, path }: JournalEntry) =>
  service === 'storage' &&
  catalogueTables.has(/^\/\w+\/(?:\$batch )?(\w+)/.exec(path)?.[1] ?? '') &&
  !/(?:%7C|\|)runs(?:%7C\d+|\|\d+)?'/i.test(path);

const isList = ({ service, method, path }: JournalEntry) =>
  service === 'resource-manager' && method === 'GET' && /\/factories\//i.test(path);

const isQuery = (path: string) => /\/query(pipeline|trigger|activity)runs/i.test(path);

const isLook = ({ service, method, path }: JournalEntry) =>
  service === 'storage' && method === 'GET' && watched.has(/^\/\w+\/(\w+)/.exec(path)?.[1] ?? '');

const answered = ({ at }: JournalEntry) => Date.parse(at);
const arrived = (entry: JournalEntry) => answered(entry) - entry.durationMs;

/** When each page of a list was answered, in ms and in that order. */
export const listedAt = (entries: readonly JournalEntry[]): number[] =>
  entries
    .filter(isList)
    .map(answered)
    .sort((one, other) => one - other);
