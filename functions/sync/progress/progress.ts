/** The progress of a sync run, computed on request from its row and its progress report. */
import type { Tallies } from '../../catalog/tallies';
import { maxConcurrentHistories } from '../orchestration/sync-plan';
import { isTerminal, type SyncPhase, type SyncRun, type SyncRunSummary } from '../sync-run';
import {
  factoryProgressOf,
  latestReportAt,
  listsPerFactory,
  type ActiveFactory,
  type FactoryProgress,
  type FactoryState,
} from './factory-progress';
import type { ProgressCounts, ProgressReport } from './progress-report';
import { throughputOf, type EstimateBasis, type Throughput } from './rate-and-eta';

export interface RunWithProgress<R = SyncRunSummary> {
  readonly run: R;
  readonly report: ProgressReport;
}

export interface Progress extends Throughput {
  readonly phase: SyncPhase;
  /** Lists that were read to their end or failed. */
  readonly done: number;
  readonly total: number;
  /** Share of the whole work, including run history. */
  readonly percent: number;
  readonly counts: Omit<ProgressCounts, 'objects'>;
  readonly factories: FactoryCounts;
  readonly updatedAt: string;
}

/** `queued` counts the factories that were not begun. */
export type FactoryCounts = Readonly<Partial<Record<FactoryState | 'queued', number>>>;

/** Assumed share of the lists in the work of a factory. */
const listsShare = 0.9;

export function progressOf(run: SyncRunSummary, report: ProgressReport, now: Date): Progress {
  if (isTerminal(run)) return finalProgress(run);
  const factories = factoryProgressOf({ ...run, factories: [] }, report);
  const queued = Math.max(0, run.factoryCount - factories.length);
  const lists = sum(factories, ({ active }) => active?.lists.done ?? listsPerFactory(run));
  const share = run.factoryCount === 0 ? 0 : sum(factories, doneShareOf) / run.factoryCount;
  const latest = latestReportAt(report);
  const phase = phaseOf(run, factories, queued);
  const basis =
    phase === 'run_history'
      ? runHistoryBasis(report, factories)
      : listsBasis(run, report, factories);
  const wait = throttledUntilOf(factories);
  const throughput = throughputOf(run, report.workers, { ...basis, ...wait }, now);
  const { resourcesPerSecond, ...rates } = throughput;
  return {
    phase,
    done: Math.min(lists, run.listCount),
    total: run.listCount,
    // Below 100 until the run is terminal.
    percent: Math.min(99, Math.floor(100 * share)),
    counts: countsOf(factories),
    factories: { ...(queued > 0 && { queued }), ...countByState(factories) },
    updatedAt: latest > run.updatedAt ? latest : run.updatedAt,
    ...rates,
    // The rate window contains lists for some time after the last list is read.
    ...(phase !== 'run_history' && resourcesPerSecond !== undefined && { resourcesPerSecond }),
  };
}

/** Final numbers come from the results of the steps, not from progress reports. */
const finalProgress = (run: SyncRunSummary): Progress => ({
  phase: run.phase,
  done: run.listCount,
  total: run.listCount,
  percent: 100,
  counts: {
    read: sumOf(run.tallies, 'read'),
    written: sumOf(run.tallies, 'written'),
    pipelineRuns: run.runs?.pipelineRuns ?? 0,
    triggerRuns: run.runs?.triggerRuns ?? 0,
    runsWithActivities: run.runs?.runsWithActivities ?? 0,
  },
  factories: run.outcomes,
  updatedAt: run.updatedAt,
});

export const sumOf = (tallies: Tallies, name: 'read' | 'written' | 'removed') =>
  sum(Object.values(tallies), (tally) => tally[name]);

function phaseOf({ phase }: Pick<SyncRun, 'phase'>, factories: Factories, queued: number) {
  const listsAreRead = factories.every(({ active }) => !active || active.readingRunHistory);
  const isRunHistory = phase === 'reading' && queued === 0 && factories.length > 0 && listsAreRead;
  return isRunHistory ? 'run_history' : phase;
}

function doneShareOf({ status, active }: FactoryProgress): number {
  if (!active) return status === 'run_history_pending' ? listsShare : 1;
  return listsShare * listsDoneShare(active) + (1 - listsShare) * activitiesDoneShare(active);
}

const listsDoneShare = ({ lists }: ActiveFactory) => lists.done / Math.max(1, lists.total);
const activitiesDoneShare = ({ counts: { runsWithActivities }, remaining }: ActiveFactory) =>
  remaining === undefined ? 0 : runsWithActivities / Math.max(1, runsWithActivities + remaining);

function countsOf(factories: Factories): Progress['counts'] {
  const resources = (name: 'read' | 'written') =>
    sum(factories, ({ active, outcome }) => (outcome?.counts ?? active?.counts)?.[name] ?? 0);
  const runs = (name: 'pipelineRuns' | 'triggerRuns' | 'runsWithActivities') =>
    sum(factories, ({ active, outcome }) => (active?.counts ?? outcome?.runs)?.[name] ?? 0);
  return {
    read: resources('read'),
    written: resources('written'),
    pipelineRuns: runs('pipelineRuns'),
    triggerRuns: runs('triggerRuns'),
    runsWithActivities: runs('runsWithActivities'),
  };
}

function countByState(factories: Factories): FactoryCounts {
  const counts: Partial<Record<FactoryState, number>> = {};
  for (const { status } of factories) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/**
 * Prefers object counts. Without them the number of factories is the basis, once two have ended.
 */
function listsBasis(
  { expectedObjects = 0, factoryCount }: Pick<SyncRun, 'expectedObjects' | 'factoryCount'>,
  { ended }: ProgressReport,
  factories: Factories,
): EstimateBasis {
  const active = factories.flatMap((each) => (each.active && !each.outcome ? [each.active] : []));
  const objects =
    sum(ended, (each) => each.expectedObjects ?? 0) + sum(active, ({ counts }) => counts.objects);
  if (expectedObjects > 0) return { done: Math.min(1, objects / expectedObjects) };
  if (ended.length < 2) return {};
  return { done: (ended.length + sum(active, listsDoneShare)) / factoryCount };
}

/**
 * The remaining runs if they are known exactly, or else the mean duration of the ended factories.
 */
function runHistoryBasis({ ended }: ProgressReport, factories: Factories): EstimateBasis {
  const active = factories.flatMap((each) => each.active ?? []);
  const pending = factories.filter(({ status }) => status === 'run_history_pending').length;
  if (pending === 0 && active.every(({ remaining }) => remaining !== undefined))
    return { runsRemaining: sum(active, ({ remaining }) => remaining ?? 0) };
  const completed = ended.filter(
    ({ runHistoryPending, outcome }) => !runHistoryPending && outcome.runs,
  );
  if (completed.length === 0) return {};
  const meanMs = sum(completed, ({ durationMs }) => durationMs) / completed.length;
  const remaining = pending + sum(active, (each) => 1 - activitiesDoneShare(each));
  // Between two batches fewer factories are active than the orchestrator runs at once.
  const concurrency = Math.max(
    active.length,
    Math.min(maxConcurrentHistories, pending + active.length),
  );
  return { remainingMs: (meanMs * remaining) / concurrency };
}

function throttledUntilOf(factories: Factories): Pick<EstimateBasis, 'throttledUntil'> {
  const waits = factories.flatMap(({ active }) => active?.throttledUntil ?? []).sort();
  return waits.length > 0 ? { throttledUntil: waits.at(-1)! } : {};
}

type Factories = readonly FactoryProgress[];

const sum = <T>(items: readonly T[], by: (item: T) => number) =>
  items.reduce((total, item) => total + by(item), 0);
