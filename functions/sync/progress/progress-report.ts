/**
 * Progress reports of an active sync run. One row per worker and one per finished factory, so no
 * writer waits for another. Deleted when the sync run finishes.
 */
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import type { Tallies } from '../../catalog/tallies';
import type { FailureInfo } from '../../errors/app-error';
import type { RunTally } from '../../run-history/run-tallies';
import type { FactoryOutcome } from '../sync-run';

/** Names are compared without case. */
export const factoryKey = ({ subscriptionId, resourceGroup, name }: FactoryRef) =>
  `${subscriptionId}/${resourceGroup}/${name}`.toLowerCase();

/** A list, or run history. */
export type FactoryPart = ListedKind | 'runHistory';

export interface ProgressCounts {
  /** Objects that Data Factory lists. `read` also counts the activities in them. */
  readonly objects: number;
  readonly read: number;
  readonly written: number;
  readonly pipelineRuns: number;
  readonly triggerRuns: number;
  /** Runs whose activities were read. */
  readonly runsWithActivities: number;
}

export const noCounts: ProgressCounts = {
  objects: 0,
  read: 0,
  written: 0,
  pipelineRuns: 0,
  triggerRuns: 0,
  runsWithActivities: 0,
};
export const countNames = Object.keys(noCounts) as readonly (keyof ProgressCounts)[];

/** Called for every object that is read, so it changes `to` and allocates nothing. */
export function addCounts(
  to: { -readonly [name in keyof ProgressCounts]: number },
  more: Partial<ProgressCounts>,
) {
  for (const name of countNames) to[name] += more[name] ?? 0;
  return to;
}

/** One factory as one worker knows it. */
export interface WorkerFactoryProgress {
  readonly factory: FactoryRef;
  /** Lists that were read to their end or failed. */
  readonly lists: readonly ListedKind[];
  readonly readingRunHistory: boolean;
  /** ISO 8601 time until which Azure throttles a part. */
  readonly throttledParts: Readonly<Partial<Record<FactoryPart, string>>>;
  readonly counts: ProgressCounts;
  /** Runs whose activities this sync will still read. Absent until known. */
  readonly remaining?: number;
}

/** Totals at a time: resources, runs, and runs whose activities were read. */
export type Sample = readonly [
  atMs: number,
  resources: number,
  runs: number,
  runsWithActivities: number,
];

/** A rate is the mean over this time. */
export const rateWindowMs = 30_000;

export interface WorkerProgress {
  readonly at: string;
  /** Factories that the worker reads, and a few that it read before. */
  readonly factories: readonly WorkerFactoryProgress[];
  /** Oldest first: the samples within the rate window, and one before it. */
  readonly samples: readonly Sample[];
}

/** How a factory ended. Stored when its lists end, and complete when its run history ends. */
export interface FactoryEndEntry {
  readonly outcome: FactoryOutcome;
  readonly tallies: Tallies;
  /** Number of objects that the factory was expected to have. */
  readonly expectedObjects?: number;
  /** Only the lists are read so far, or run history is not read to its end. */
  readonly runHistoryPending?: true;
  /** Duration of the part that ended last: the lists, or run history. */
  readonly durationMs: number;
}

/** How the run history of a factory ended. */
export interface RunHistoryEndEntry {
  readonly factory: FactoryRef;
  readonly tally: RunTally;
  readonly failure?: FailureInfo;
  readonly isCancelled?: true;
  /** The sync run may read more activities. */
  readonly isPending?: true;
  readonly durationMs: number;
}

/** Adds the ends of run histories to the ends of lists. */
export function mergeEnds(
  lists: readonly FactoryEndEntry[],
  histories: readonly RunHistoryEndEntry[],
): FactoryEndEntry[] {
  const byFactory = new Map(histories.map((each) => [factoryKey(each.factory), each]));
  return lists.map((end) => {
    const history = byFactory.get(factoryKey(end.outcome.factory));
    return history ? withRunHistory(end, history) : end;
  });
}

/** A failure of run history does not change the result of the lists. */
function withRunHistory(
  { runHistoryPending: _pending, outcome, ...end }: FactoryEndEntry,
  { tally, failure, isCancelled, isPending, durationMs }: RunHistoryEndEntry,
): FactoryEndEntry {
  const isPartial = failure !== undefined && outcome.status === 'succeeded';
  const status = isCancelled ? 'cancelled' : isPartial ? 'partial' : outcome.status;
  const failures = failure && { failures: { ...outcome.failures, runHistory: failure } };
  return {
    ...end,
    outcome: { ...outcome, status, ...failures, runs: tally },
    ...(isPending && { runHistoryPending: true }),
    durationMs,
  };
}

export interface ProgressReport {
  readonly workers: readonly WorkerProgress[];
  readonly ended: readonly FactoryEndEntry[];
}

export const emptyReport: ProgressReport = { workers: [], ended: [] };
