/** A sync under way as those who watch it find it: a run, what workers said of it, and factories that have ended. */
import { noRuns } from '../../functions/run-history/run-mirror-messages';
import type { SyncRun, SyncRunSummary } from '../../functions/sync/sync-run';
import {
  noCounts,
  type Counts,
  type EndedFactory,
  type FactoryWord,
  type WorkerWord,
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
export function aRunUnderWay(factoryCount = 1, overrides: Partial<SyncRun> = {}): SyncRunSummary {
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
    workedInMs: 0,
    workingSince: now.toISOString(),
    ...rest,
  };
}

export const aFactoryWord = (
  name: string,
  { counts, ...word }: Partial<Omit<FactoryWord, 'counts'>> & { counts?: Partial<Counts> } = {},
): FactoryWord => ({
  factory: factoryRef(name),
  lists: [],
  inRuns: false,
  waits: {},
  ...word,
  counts: { ...noCounts, ...counts },
});

/** What a worker says `at` a second; samples are `[second, resources, runs, detailed]`. */
export const aWord = (
  at: number,
  factories: readonly FactoryWord[],
  samples: readonly (readonly number[])[] = [],
): WorkerWord => ({
  at: second(at).toISOString(),
  factories,
  samples: samples.map(([seconds = 0, resources = 0, runs = 0, detailed = 0]) => [
    second(seconds).getTime(),
    resources,
    runs,
    detailed,
  ]),
});

export const anEnd = (
  name: string,
  overrides: Partial<EndedFactory['outcome']> = {},
  expected?: number,
): EndedFactory => ({
  outcome: { factory: factoryRef(name), status: 'succeeded', runs: noRuns, ...overrides },
  ...(expected !== undefined && { expected }),
  tookInMs: 20_000,
});

/** Its lists are read, its run history is not. */
export function listsRead(name: string, expected?: number): EndedFactory {
  const { outcome, ...end } = anEnd(name, {}, expected);
  const { runs: _runs, ...read } = outcome;
  return { ...end, outcome: read, runsToCome: true };
}
