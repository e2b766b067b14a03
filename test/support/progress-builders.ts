/** A sync under way as those who watch it find it: a run, what workers said of it, and factories that have ended. */
import { emptyRunTally } from '../../functions/run-history/run-mirror-messages';
import type { SyncRun, SyncRunSummary } from '../../functions/sync/sync-run';
import {
  noCounts,
  type Counts,
  type FactoryEndEntry,
  type WorkerFactoryProgress,
  type WorkerProgress,
} from '../../functions/sync/progress/progress-report';
import { ada, now } from './builders';

export const factoryRef = (name = 'sales') => ({ subscriptionId: 's', resourceGroup: 'g', name });

/** What a step works on. */
export const pass = (name?: string) => ({
  tenantId: ada.tenantId,
  connectorId: 'c1',
  factory: factoryRef(name),
  pass: 'r1',
});

/** So many seconds after the run began. */
export const second = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

/** One that has begun a moment ago, with twelve lists a factory. */
export function anActiveRun(factoryCount = 1, overrides: Partial<SyncRun> = {}): SyncRunSummary {
  const { factories: _factories, ...rest } = overrides;
  return {
    tenantId: ada.tenantId,
    connectorId: 'c1',
    id: 'r1',
    mode: 'initial',
    trigger: 'manual',
    status: 'running',
    phase: 'reading',
    lists: 12 * factoryCount,
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
    ...word
  }: Partial<Omit<WorkerFactoryProgress, 'counts'>> & { counts?: Partial<Counts> } = {},
): WorkerFactoryProgress => ({
  factory: factoryRef(name),
  lists: [],
  readingRunHistory: false,
  waits: {},
  ...word,
  counts: { ...noCounts, ...counts },
});

/** What a worker says `at` a second; samples are `[second, resources, runs, detailed]`. */
export const aWorkerProgress = (
  at: number,
  factories: readonly WorkerFactoryProgress[],
  samples: readonly (readonly number[])[] = [],
): WorkerProgress => ({
  at: second(at).toISOString(),
  factories,
  samples: samples.map(([seconds = 0, resources = 0, runs = 0, detailed = 0]) => [
    second(seconds).getTime(),
    resources,
    runs,
    detailed,
  ]),
});

export const aFactoryEnd = (
  name: string,
  overrides: Partial<FactoryEndEntry['outcome']> = {},
  expected?: number,
): FactoryEndEntry => ({
  outcome: { factory: factoryRef(name), status: 'succeeded', runs: emptyRunTally, ...overrides },
  ...(expected !== undefined && { expected }),
  durationMs: 20_000,
});

/** Its lists are read, its run history is not. */
export function listsRead(name: string, expected?: number): FactoryEndEntry {
  const { outcome, ...end } = aFactoryEnd(name, {}, expected);
  const { runs: _runs, ...read } = outcome;
  return { ...end, outcome: read, runHistoryPending: true };
}
