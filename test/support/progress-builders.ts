/** Builders for an active sync run and its progress report. */
import { emptyRunTally } from '../../functions/run-history/run-tallies';
import type { SyncRun, SyncRunSummary } from '../../functions/sync/sync-run';
import {
  noCounts,
  type ProgressCounts,
  type FactoryEndEntry,
  type WorkerFactoryProgress,
  type WorkerProgress,
} from '../../functions/sync/progress/progress-report';
import { owner, now } from './builders';

export const factoryRef = (name = 'sales') => ({ subscriptionId: 's', resourceGroup: 'g', name });

/** The factory of a sync run that a step reads. */
export const aStepTarget = (name?: string) => ({
  tenantId: owner.tenantId,
  connectorId: 'c1',
  factory: factoryRef(name),
  syncRunId: 'r1',
});

/** A time in seconds after the start of the sync run. */
export const second = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

/** A sync run that was just started, with twelve lists per factory. */
export function anActiveRun(factoryCount = 1, overrides: Partial<SyncRun> = {}): SyncRunSummary {
  const { factories: _factories, ...rest } = overrides;
  return {
    tenantId: owner.tenantId,
    connectorId: 'c1',
    id: 'r1',
    mode: 'initial',
    trigger: 'manual',
    status: 'running',
    phase: 'reading',
    listCount: 12 * factoryCount,
    factoryCount,
    tallies: {},
    outcomes: {},
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    startedAt: now.toISOString(),
    activeMs: 0,
    activeSince: now.toISOString(),
    ...rest,
  };
}

export const aFactoryProgress = (
  name: string,
  {
    counts,
    ...entry
  }: Partial<Omit<WorkerFactoryProgress, 'counts'>> & { counts?: Partial<ProgressCounts> } = {},
): WorkerFactoryProgress => ({
  factory: factoryRef(name),
  lists: [],
  readingRunHistory: false,
  throttledParts: {},
  ...entry,
  counts: { ...noCounts, ...counts },
});

/** The report of a worker. Samples are `[second, resources, runs, runsWithActivities]`. */
export const aWorkerProgress = (
  at: number,
  factories: readonly WorkerFactoryProgress[],
  samples: readonly (readonly number[])[] = [],
): WorkerProgress => ({
  at: second(at).toISOString(),
  factories,
  samples: samples.map(([seconds = 0, resources = 0, runs = 0, runsWithActivities = 0]) => [
    second(seconds).getTime(),
    resources,
    runs,
    runsWithActivities,
  ]),
});

export const aFactoryEnd = (
  name: string,
  overrides: Partial<FactoryEndEntry['outcome']> = {},
  expectedObjects?: number,
): FactoryEndEntry => ({
  outcome: { factory: factoryRef(name), status: 'succeeded', runs: emptyRunTally, ...overrides },
  tallies: {},
  ...(expectedObjects !== undefined && { expectedObjects }),
  durationMs: 20_000,
});

/** A factory whose lists are read and whose run history is pending. */
export function aFactoryWithListsRead(name: string, expectedObjects?: number): FactoryEndEntry {
  const { outcome, ...end } = aFactoryEnd(name, {}, expectedObjects);
  const { runs: _runs, ...read } = outcome;
  return { ...end, outcome: read, runHistoryPending: true };
}
