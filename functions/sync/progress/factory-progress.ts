/** Progress of each factory of a sync run, merged from progress reports and finished factories. */
import { z } from 'zod';
import type { FactoryRef } from '../../data-factory/resource';
import { factoryStatus, isTerminal, type FactoryOutcome, type SyncRun } from '../sync-run';
import {
  addCounts,
  factoryKey,
  noCounts,
  type FactoryPart,
  type ProgressCounts,
  type ProgressReport,
  type WorkerFactoryProgress,
} from './progress-report';

export const factoryState = z.enum([
  /** Azure throttles everything that remains of the factory. */
  'throttled',
  'reading',
  /** Its lists are read. Run history waits for the lists of other factories. */
  'run_history_pending',
  'reading_run_history',
  'paused',
  ...factoryStatus.options,
]);
export type FactoryState = z.infer<typeof factoryState>;

export interface FactoryProgress {
  readonly factory: FactoryRef;
  readonly status: FactoryState;
  /** Present while a part of the factory is read. */
  readonly active?: ActiveFactory;
  /** The result of the factory; while run history is read, the result of its lists. */
  readonly outcome?: FactoryOutcome;
}

export interface ActiveFactory {
  readonly lists: { readonly done: number; readonly total: number };
  readonly readingRunHistory: boolean;
  readonly throttledUntil?: string;
  readonly counts: ProgressCounts;
  readonly remaining?: number;
}

type Run = Pick<SyncRun, 'status' | 'listCount' | 'factoryCount' | 'factories'>;

/**
 * Progress of the factories that were begun, sorted by key. For a terminal run the results of all
 * factories.
 */
export function factoryProgressOf(run: Run, report: ProgressReport): FactoryProgress[] {
  const factories = isTerminal(run)
    ? run.factories.map((outcome) => endedFactory(outcome))
    : activeRunFactories(run, report);
  return factories.sort((a, b) => (factoryKey(a.factory) < factoryKey(b.factory) ? -1 : 1));
}

function activeRunFactories(run: Run, report: ProgressReport): FactoryProgress[] {
  const ends = new Map(report.ended.map((end) => [factoryKey(end.outcome.factory), end]));
  const factories: FactoryProgress[] = [];
  const now = latestReportAt(report);
  const lists = listsPerFactory(run);
  for (const [key, entries] of entriesByFactory(report)) {
    const active = mergeEntries(entries, lists, now);
    const end = ends.get(key);
    if (end && !(end.runHistoryPending && active.readingRunHistory)) continue;
    ends.delete(key);
    const factory = entries[0]!.factory;
    const status = stateOf(run, active);
    factories.push({ factory, status, active, ...(end && { outcome: end.outcome }) });
  }
  for (const { outcome, runHistoryPending } of ends.values())
    factories.push(
      endedFactory(outcome, runHistoryPending ? 'run_history_pending' : outcome.status),
    );
  return factories;
}

const endedFactory = (
  outcome: FactoryOutcome,
  status: FactoryState = outcome.status,
): FactoryProgress => ({ factory: outcome.factory, status, outcome });

export const listsPerFactory = ({
  listCount,
  factoryCount,
}: Pick<SyncRun, 'listCount' | 'factoryCount'>) =>
  factoryCount === 0 ? 0 : listCount / factoryCount;

/** The time of the newest report of any worker. Empty if no worker has reported. */
export const latestReportAt = ({ workers }: ProgressReport): string =>
  workers.reduce((latest, { at }) => (at > latest ? at : latest), '');

function stateOf({ status }: Pick<SyncRun, 'status'>, active: ActiveFactory): FactoryState {
  if (status === 'paused') return 'paused';
  if (active.throttledUntil !== undefined) return 'throttled';
  return active.readingRunHistory ? 'reading_run_history' : 'reading';
}

/** Merges the entries of several workers. A list that two of them have read counts once. */
function mergeEntries(
  entries: readonly WorkerFactoryProgress[],
  total: number,
  now: string,
): ActiveFactory {
  const counts = { ...noCounts };
  for (const entry of entries) addCounts(counts, entry.counts);
  const read = new Set(entries.flatMap((entry) => entry.lists));
  const readingRunHistory = entries.some((entry) => entry.readingRunHistory);
  const done = readingRunHistory ? total : Math.min(read.size, total);
  const isPending = (part: FactoryPart) =>
    part === 'runHistory' ? readingRunHistory : !readingRunHistory && !read.has(part);
  const throttledParts = new Map<FactoryPart, string>();
  for (const entry of entries)
    for (const [part, until] of Object.entries(entry.throttledParts) as [FactoryPart, string][])
      // A wait whose time has passed does not count, even if its worker has not reported since.
      if (until > now && isPending(part)) throttledParts.set(part, until);
  const pendingParts = readingRunHistory ? 1 : total - done;
  const isThrottled = throttledParts.size > 0 && throttledParts.size >= pendingParts;
  // The steps of a factory run on different workers; those that ended know of more remaining runs.
  const remaining = minOf(entries.flatMap((entry) => entry.remaining ?? []));
  return {
    lists: { done, total },
    readingRunHistory,
    counts,
    ...(isThrottled && { throttledUntil: [...throttledParts.values()].sort()[0]! }),
    ...(remaining !== undefined && { remaining }),
  };
}

const minOf = (numbers: readonly number[]) =>
  numbers.length === 0 ? undefined : Math.min(...numbers);

/** The entries of each factory, oldest first. */
function entriesByFactory({ workers }: ProgressReport): Map<string, WorkerFactoryProgress[]> {
  const byFactory = new Map<string, WorkerFactoryProgress[]>();
  for (const { factories } of [...workers].sort((a, b) => (a.at < b.at ? -1 : 1)))
    for (const entry of factories) {
      const key = factoryKey(entry.factory);
      byFactory.set(key, [...(byFactory.get(key) ?? []), entry]);
    }
  return byFactory;
}
