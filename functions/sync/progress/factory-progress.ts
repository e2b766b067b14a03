/** How each factory of a run stands, put together from what the workers say and from what has ended. */
import { z } from 'zod';
import type { FactoryRef } from '../../data-factory/resource';
import { factoryStatus, isOver, type FactoryOutcome, type SyncRun } from '../sync-run';
import {
  addCounts,
  factoryKey,
  noCounts,
  type Counts,
  type WorkerFactoryProgress,
  type Part,
  type Told,
} from './progress-report';

export const factoryState = z.enum([
  /** Azure puts off what is left of it. */
  'waiting',
  'reading',
  /** Its run history has to wait for the lists of others. */
  'run_history_pending',
  'reading_run_history',
  'paused',
  ...factoryStatus.options,
]);
export type FactoryState = z.infer<typeof factoryState>;

export interface FactoryProgress {
  readonly factory: FactoryRef;
  readonly status: FactoryState;
  /** While it goes on: what it has come to so far. */
  readonly live?: ActiveFactory;
  /** Once it has ended; of one whose run history is still read, how its lists ended. */
  readonly outcome?: FactoryOutcome;
}

export interface ActiveFactory {
  readonly lists: { readonly done: number; readonly total: number };
  readonly readingRunHistory: boolean;
  readonly throttledUntil?: string;
  readonly counts: Counts;
  readonly left?: number;
}

type Run = Pick<SyncRun, 'status' | 'lists' | 'factoryCount' | 'factories'>;

/** Those that have begun, in the order of their keys. Of a run that is over, how all of them ended. */
export function factoryProgressOf(run: Run, told: Told): FactoryProgress[] {
  const standings = isOver(run)
    ? run.factories.map((outcome) => ended(outcome))
    : underWay(run, told);
  return standings.sort((a, b) => (factoryKey(a.factory) < factoryKey(b.factory) ? -1 : 1));
}

function underWay(run: Run, told: Told): FactoryProgress[] {
  const ends = new Map(told.ended.map((end) => [factoryKey(end.outcome.factory), end]));
  const standings: FactoryProgress[] = [];
  const now = latestReportAt(told);
  const lists = listsOfEach(run);
  for (const [key, words] of wordsByFactory(told)) {
    const live = liveOf(words, lists, now);
    const end = ends.get(key);
    if (end && !(end.runHistoryPending && live.readingRunHistory)) continue;
    ends.delete(key);
    const factory = words[0]!.factory;
    const status = stateOf(run, live);
    standings.push({ factory, status, live, ...(end && { outcome: end.outcome }) });
  }
  for (const { outcome, runHistoryPending } of ends.values())
    standings.push(ended(outcome, runHistoryPending ? 'run_history_pending' : outcome.status));
  return standings;
}

const ended = (
  outcome: FactoryOutcome,
  status: FactoryState = outcome.status,
): FactoryProgress => ({ factory: outcome.factory, status, outcome });

export const listsOfEach = ({ lists, factoryCount }: Pick<SyncRun, 'lists' | 'factoryCount'>) =>
  factoryCount === 0 ? 0 : lists / factoryCount;

/** Of all workers; the time as the run knows it. Empty when nobody has told anything. */
export const latestReportAt = ({ workers }: Told): string =>
  workers.reduce((newest, { at }) => (at > newest ? at : newest), '');

function stateOf({ status }: Pick<SyncRun, 'status'>, live: ActiveFactory): FactoryState {
  if (status === 'paused') return 'paused';
  if (live.throttledUntil !== undefined) return 'waiting';
  return live.readingRunHistory ? 'reading_run_history' : 'reading';
}

/** What several workers know of one factory: a list that two of them have read was read once. */
function liveOf(
  words: readonly WorkerFactoryProgress[],
  total: number,
  now: string,
): ActiveFactory {
  const counts = { ...noCounts };
  for (const word of words) addCounts(counts, word.counts);
  const read = new Set(words.flatMap((word) => word.lists));
  const readingRunHistory = words.some((word) => word.readingRunHistory);
  const done = readingRunHistory ? total : Math.min(read.size, total);
  const waits = new Map<Part, string>();
  for (const word of words)
    for (const [part, until] of Object.entries(word.waits) as [Part, string][])
      // A wait that was over before the newest word is none any more, whoever was told of it.
      if (
        until > now &&
        (part === 'runs' ? readingRunHistory : !readingRunHistory && !read.has(part))
      )
        waits.set(part, until);
  const isWaiting = waits.size > 0 && waits.size >= (readingRunHistory ? 1 : total - done);
  const left = words.findLast((word) => word.left !== undefined)?.left;
  return {
    lists: { done, total },
    readingRunHistory,
    counts,
    ...(isWaiting && { throttledUntil: [...waits.values()].sort()[0]! }),
    ...(left !== undefined && { left }),
  };
}

/** Oldest word first. */
function wordsByFactory({ workers }: Told): Map<string, WorkerFactoryProgress[]> {
  const words = new Map<string, WorkerFactoryProgress[]>();
  for (const { factories } of [...workers].sort((a, b) => (a.at < b.at ? -1 : 1)))
    for (const word of factories) {
      const key = factoryKey(word.factory);
      words.set(key, [...(words.get(key) ?? []), word]);
    }
  return words;
}
