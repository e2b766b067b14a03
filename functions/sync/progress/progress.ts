/** How far a run is: computed when somebody asks, from its row and from what was told of it. */
import type { Tallies } from '../../catalog/tallies';
import {
  listsOfEach,
  latestReportAt,
  factoryProgressOf,
  type FactoryProgress,
  type FactoryState,
  type ActiveFactory,
} from './factory-progress';
import { throughputOf, type EstimateBasis, type Pace } from './rate-and-eta';
import { isOver, type SyncPhase, type SyncRun, type SyncRunSummary } from '../sync-run';
import type { Counts, Told } from './progress-report';

export interface Progress extends Pace {
  readonly phase: SyncPhase;
  /** Lists that were read to their end or given up. */
  readonly done: number;
  readonly total: number;
  /** Of the whole work, run history included. */
  readonly percent: number;
  readonly counts: Omit<Counts, 'objects'>;
  readonly factories: FactoryCounts;
  readonly updatedAt: string;
}
/** `queued` are those that nobody has begun. */
export type FactoryCounts = Readonly<Partial<Record<FactoryState | 'queued', number>>>;

/** As the orchestration does it; between two of them fewer are seen at work. */
const maxConcurrentHistories = 2;
/** Reading its lists is most of the work of a factory, as far as anybody knows in advance. */
const listsShare = 0.9;

export function progressOf(run: SyncRunSummary, told: Told, now: Date): Progress {
  if (isOver(run)) return finalProgress(run);
  const standings = factoryProgressOf({ ...run, factories: [] }, told);
  const queued = Math.max(0, run.factoryCount - standings.length);
  const lists = sum(standings, ({ live }) => live?.lists.done ?? listsOfEach(run));
  const share = run.factoryCount === 0 ? 0 : sum(standings, jitterOf) / run.factoryCount;
  const newest = latestReportAt(told);
  const phase = phaseOf(run, standings, queued);
  const outlook = phase === 'runs' ? ofRuns(told, standings) : ofLists(run, told, standings);
  const pace = throughputOf(run, told.workers, { ...outlook, ...waitsOf(standings) }, now);
  const { resourcesPerSecond, ...rest } = pace;
  return {
    phase,
    done: Math.min(lists, run.lists),
    total: run.lists,
    // Never 100 before the end: a bar that is full and still runs is a lie.
    percent: Math.min(99, Math.floor(100 * share)),
    counts: countsOf(standings),
    factories: { ...(queued > 0 && { queued }), ...byState(standings) },
    updatedAt: newest > run.updatedAt ? newest : run.updatedAt,
    ...rest,
    // Its window still sees the lists for a while.
    ...(phase !== 'runs' && resourcesPerSecond !== undefined && { resourcesPerSecond }),
  };
}

/** Every number comes from what the steps have reported, none from what was told meanwhile. */
const finalProgress = (run: SyncRunSummary): Progress => ({
  phase: run.phase,
  done: run.lists,
  total: run.lists,
  percent: 100,
  counts: {
    read: sumOf(run.tallies, 'read'),
    written: sumOf(run.tallies, 'written'),
    pipelineRuns: run.runs?.pipelineRuns ?? 0,
    triggerRuns: run.runs?.triggerRuns ?? 0,
    detailed: run.runs?.detailed ?? 0,
  },
  factories: run.outcomes,
  updatedAt: run.updatedAt,
});

export const sumOf = (tallies: Tallies, of: 'read' | 'written' | 'removed') =>
  sum(Object.values(tallies), (tally) => tally[of]);

function phaseOf({ phase }: Pick<SyncRun, 'phase'>, standings: Standings, queued: number) {
  const isRead = standings.every(({ live }) => live === undefined || live.readingRunHistory);
  return phase === 'reading' && queued === 0 && standings.length > 0 && isRead ? 'runs' : phase;
}

function jitterOf({ status, live }: FactoryProgress): number {
  if (!live) return status === 'run_history_pending' ? listsShare : 1;
  return listsShare * readOf(live) + (1 - listsShare) * detailedOf(live);
}

const readOf = ({ lists }: ActiveFactory) => lists.done / Math.max(1, lists.total);
const detailedOf = ({ counts: { detailed }, left }: ActiveFactory) =>
  left === undefined ? 0 : detailed / Math.max(1, detailed + left);

function countsOf(standings: Standings): Progress['counts'] {
  const resources = (of: 'read' | 'written') =>
    sum(standings, ({ live, outcome }) => (outcome?.counts ?? live?.counts)?.[of] ?? 0);
  const runs = (of: 'pipelineRuns' | 'triggerRuns' | 'detailed') =>
    sum(standings, ({ live, outcome }) => (live?.counts ?? outcome?.runs)?.[of] ?? 0);
  return {
    read: resources('read'),
    written: resources('written'),
    pipelineRuns: runs('pipelineRuns'),
    triggerRuns: runs('triggerRuns'),
    detailed: runs('detailed'),
  };
}

function byState(standings: Standings): FactoryCounts {
  const counts: Partial<Record<FactoryState, number>> = {};
  for (const { status } of standings) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Sizes tell more than the number of factories, which says too little before two of them are read. */
function ofLists(
  { expected = 0, factoryCount }: Pick<SyncRun, 'expected' | 'factoryCount'>,
  { ended }: Told,
  standings: Standings,
): EstimateBasis {
  const live = standings.flatMap((each) => (each.live && !each.outcome ? [each.live] : []));
  const objects =
    sum(ended, (each) => each.expected ?? 0) + sum(live, ({ counts }) => counts.objects);
  if (expected > 0) return { done: Math.min(1, objects / expected) };
  return ended.length < 2 ? {} : { done: (ended.length + sum(live, readOf)) / factoryCount };
}

/** What is left is known exactly, or else it will take as long as what has ended. */
function ofRuns({ ended }: Told, standings: Standings): EstimateBasis {
  const live = standings.flatMap((each) => each.live ?? []);
  const toCome = standings.filter(({ status }) => status === 'run_history_pending').length;
  if (toCome === 0 && live.every(({ left }) => left !== undefined))
    return { details: sum(live, ({ left }) => left ?? 0) };
  const through = ended.filter(
    ({ runHistoryPending, outcome }) => !runHistoryPending && outcome.runs,
  );
  if (through.length === 0) return {};
  const each = sum(through, ({ durationMs }) => durationMs) / through.length;
  const left = toCome + sum(live, (one) => 1 - detailedOf(one));
  const side = Math.max(live.length, Math.min(maxConcurrentHistories, toCome + live.length));
  return { remainingInMs: (each * left) / side };
}

function waitsOf(standings: Standings): Pick<EstimateBasis, 'throttledUntil'> {
  const waits = standings.flatMap(({ live }) => live?.throttledUntil ?? []).sort();
  return waits.length > 0 ? { throttledUntil: waits.at(-1)! } : {};
}

type Standings = readonly FactoryProgress[];

const sum = <T>(of: readonly T[], by: (each: T) => number) =>
  of.reduce((total, each) => total + by(each), 0);
