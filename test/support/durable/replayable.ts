/**
 * Replays every orchestrator with random results of its steps. Each replay must yield the same
 * tasks, end, and fail only where it should.
 */
import type { OrchestrationContext } from 'durable-functions';
import fc from 'fast-check';
import { purgeConnector } from '../../../functions/connectors/deletion-orchestrator';
import type { Orchestration } from '../../../functions/durable/step';
import { deviceFlow } from '../../../functions/oauth/device-orchestrator';
import { runVerification } from '../../../functions/credentials/verification/verification-orchestrator';
import { runRetention } from '../../../functions/retention/retention-orchestrator';
import { syncLane } from '../../../functions/sync/orchestration/lane-orchestrator';
import { syncConnector } from '../../../functions/sync/orchestration/sync-orchestrator';
import type { LaneItem, LaneResult } from '../../../functions/sync/orchestration/step-messages';
import { deliverWebhook } from '../../../functions/webhooks/delivery-orchestrator';
import { failed, type RandomSource, type History } from '../random-history';

export interface Replayable {
  readonly orchestrate: (context: OrchestrationContext) => Orchestration<unknown>;
  readonly input: object;
  readonly steps: Readonly<Record<string, RandomSource>>;
  /** Asserts what every history must satisfy, and returns the kind of history. */
  readonly verify: (history: History<never>) => string;
  /** Kinds of histories that must occur at least once. */
  readonly kinds: readonly string[];
}

const isDone: RandomSource = { values: fc.boolean(), fallback: true };
const noResult: RandomSource = { values: fc.constant(undefined), fallback: undefined };
const optionalFields = <T extends object>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) =>
  fc.record(fields, { requiredKeys: [] });
/** A time around the start of the replay. Some of them are in the past. */
const aTime = fc
  .integer({ min: -60, max: 600 })
  .map((seconds) => new Date(Date.UTC(2026, 0, 15, 12, 0, seconds)).toISOString());

const run = { tenantId: 't', connectorId: 'c1', syncRunId: 'r1', mode: 'initial' };
const factoryOf = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const laneQueue = ['a', 'b', 'c'].map((name, n) => ({ n, factory: factoryOf(name) }));
const stopRequest = fc.constantFrom('paused', 'cancelled');
/** Rare, so that many histories succeed. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const tally = { pipelineRuns: 1, triggerRuns: 0, runsWithActivities: 0, remaining: 1 };
const checkResult = rarely(stopRequest).map((request) => (request ? { stopRequest: request } : {}));
const stretch = (ended: object, checkpoint: object): RandomSource => ({
  values: fc
    .record({
      more: fc.boolean(),
      notBefore: fc.option(aTime, { nil: undefined }),
      stopped: rarely(stopRequest),
    })
    .map(({ more, notBefore, stopped }) => {
      if (stopped === 'cancelled') return { stopRequest: stopped };
      if (stopped) return { checkpoint, stopRequest: stopped };
      return more ? { checkpoint, ...(notBefore && { notBefore }) } : ended;
    }),
  fallback: ended,
});
const laneSteps: Record<string, RandomSource> = {
  mirrorLists: stretch(
    { hasRunHistory: true, derivedIsStale: true },
    { pending: [{ kind: 'pipeline' }] },
  ),
  mirrorRuns: stretch({ tally }, { tally }),
  reportInterruption: noResult,
  checkStopRequest: { values: checkResult, fallback: {} },
};

/** Updates all of its factories, or none. */
const derivedUpdate: RandomSource<{ readonly isLate: boolean; readonly stopRequest?: string }> = {
  values: fc
    .record({ isLate: fc.boolean(), stopped: rarely(stopRequest) })
    .map(({ isLate, stopped }) => ({ isLate, ...(stopped && { stopRequest: stopped }) })),
  fallback: { isLate: false },
  result: ({ isLate, ...more }, { factories }: { factories: object[] }) => ({
    remaining: isLate ? factories : [],
    ...more,
  }),
};

/** A lane that reads all its factories, or stops after some of them. */
const laneRun: RandomSource<{ readonly reads: number; readonly stops?: string }> = {
  values: fc.record({ reads: fc.nat(2), stops: stopRequest }, { requiredKeys: ['reads'] }),
  fallback: { reads: 0 },
  plain: true,
  result: ({ reads, stops }, { part, queue }: { part: string; queue: LaneItem[] }) => {
    const read = stops ? queue.slice(0, reads) : queue;
    const next = part === 'lists' ? read.map(({ n }) => ({ n })) : [];
    const stale = next.map(({ n }) => n);
    const left = { queue: queue.slice(read.length), next, queries: 0, stale };
    const isDone = left.queue.length === 0 && stops === 'paused';
    return { ...left, ...(stops && !isDone && { stopRequest: stops }) };
  },
};

const discovered: RandomSource<{ readonly notBefore: string } | { readonly names: string[] }> = {
  values: fc.oneof(
    fc.record({ notBefore: aTime }),
    fc.record(
      { names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e')), after: fc.string() },
      { requiredKeys: ['names'] },
    ),
  ),
  fallback: { names: [] },
  result: (value) => {
    if (!('names' in value)) return value;
    const { names, ...more } = value;
    return { factories: names.map(factoryOf), ...more };
  },
};

const batch: RandomSource = {
  values: optionalFields({
    next: fc.constant('checkpoint'),
    failed: fc.array(fc.constant('f'), { maxLength: 2 }),
  }),
  fallback: {},
};
function failsWithItsBatches(history: History<never>): string {
  const hasFailures = history.entries.some(
    ({ outcome }) => 'done' in outcome && ((outcome.done as any).failed?.length ?? 0) > 0,
  );
  expect(history.error !== undefined).toBe(hasFailures || failed(history).length > 0);
  return history.error ? 'with failures' : 'complete';
}

/** Steps may fail, but the orchestration does not. */
function neverFails(history: History<never>): string {
  expect(history.error).toBeUndefined();
  return failed(history).length > 0 ? 'with failures' : 'without failures';
}

export const replayable: Readonly<Record<string, Replayable>> = {
  syncConnector: {
    orchestrate: syncConnector,
    input: run,
    steps: {
      discoverFactories: discovered,
      ...laneSteps,
      syncLane: laneRun,
      updateDerivedData: derivedUpdate,
      finishSync: noResult,
    },
    verify: (history) => {
      const { calls, error } = history;
      const last = calls.at(-1)!;
      const isUnfinished = failed(history).some(({ call }) => call.name === 'finishSync');
      expect(calls.filter(({ name }) => name === 'finishSync')).toHaveLength(1);
      expect(last.name).toBe('finishSync');
      expect(last.input).toMatchObject(run);
      const incomplete = last.input.failure || /cancelled/.test(JSON.stringify(history.entries));
      const isRead = failed(history).every(({ call }) => !(call.name in laneSteps));
      if (!incomplete && isRead) {
        expect(laneNames(history, 'lists')).toEqual(found(history));
        expect(laneNames(history, 'runHistory')).toEqual(found(history));
      }
      // A refusal is a result of the run. Any other failure reaches the operator.
      const isInterrupted = last.input.failure?.code === 'sync_interrupted';
      expect(error !== undefined).toBe(isUnfinished || isInterrupted);
      return incomplete ? 'incomplete' : 'complete';
    },
    kinds: ['incomplete', 'complete'],
  },
  syncLane: {
    orchestrate: syncLane,
    input: { ...run, part: 'lists', queue: laneQueue },
    steps: laneSteps,
    verify: (history: History<LaneResult>) => {
      expect(history.error).toBeUndefined();
      const { queue, next, stopRequest: stopped, isBroken } = history.result!;
      if (stopped || isBroken) return stopped ?? 'broken';
      expect(queue).toEqual([]);
      const read = history.calls.flatMap(({ name, input }): string[] =>
        name === 'mirrorLists' ? [input.factory.name] : [],
      );
      expect([...new Set(read)].sort()).toEqual(laneQueue.map(({ factory }) => factory.name));
      expect(new Set(next.map(({ n }) => n)).size).toBe(next.length);
      return next.length === laneQueue.length ? 'complete' : 'with interruptions';
    },
    kinds: ['complete', 'with interruptions', 'paused', 'cancelled'],
  },
  purgeConnector: {
    orchestrate: purgeConnector,
    input: { tenantId: 't', connectorId: 'c1' },
    steps: {
      deleteSecrets: isDone,
      checkIdle: isDone,
      deleteDependents: isDone,
      deleteRow: noResult,
    },
    verify: (history) => {
      const order = ['deleteSecrets', 'checkIdle', 'deleteDependents', 'deleteRow'];
      const [first] = failed(history);
      const last = history.error ? history.calls.at(-1)!.name : 'deleteRow';
      if (first) expect(last).toBe(first.call.name);
      // A poll that is not done is repeated. A new history begins at the first step.
      const seen = history.calls.map(({ name }) => order.indexOf(name));
      const back = seen.filter((step, n) => n > 0 && step < seen[n - 1]!);
      expect(back.every((step) => step === 0)).toBe(true);
      expect([...new Set(history.calls.map(({ name }) => name))]).toEqual(
        order.slice(0, order.indexOf(last) + 1),
      );
      expect(first === undefined || history.error !== undefined).toBe(true);
      return history.error ? 'incomplete' : 'complete';
    },
    kinds: ['incomplete', 'complete'],
  },
  deviceFlow: {
    orchestrate: deviceFlow,
    input: { tenantId: 't', connectorId: 'c1', sessionId: 's1', intervalSeconds: 5 },
    steps: {
      pollDevice: {
        values: fc.constantFrom({ done: false }, { done: false, slowDown: true }),
        fallback: { done: true },
      },
    },
    verify: neverFails,
    kinds: ['without failures', 'with failures'],
  },
  deliverWebhook: {
    orchestrate: deliverWebhook,
    input: { tenantId: 't', webhookId: 'w1', deliveryId: 'd1', redelivery: 1 },
    steps: { attemptDelivery: { values: optionalFields({ retryAt: aTime }), fallback: {} } },
    verify: neverFails,
    kinds: ['without failures', 'with failures'],
  },
  runRetention: {
    orchestrate: runRetention,
    input: { task: 'runHistory' },
    steps: { purgeBatch: batch },
    verify: failsWithItsBatches,
    kinds: ['with failures', 'complete'],
  },
  runVerification: {
    orchestrate: runVerification,
    input: {},
    steps: { verifyBatch: batch },
    verify: failsWithItsBatches,
    kinds: ['with failures', 'complete'],
  },
};

/** All results of a step or sub-orchestration. */
const resultsOf = ({ entries }: History<unknown>, name: string): any[] =>
  entries.flatMap(({ call, outcome }) =>
    call.name === name && 'done' in outcome
      ? [{ kind: call.input.kind, ...(outcome.done as object) }]
      : [],
  );

/** The factories that were discovered. */
const found = (history: History<unknown>): string[] =>
  resultsOf(history, 'discoverFactories')
    .flatMap(({ factories = [] }): string[] => factories.map(({ name }: { name: string }) => name))
    .sort();

/** The factories that lanes have read to the end of a part. */
const laneNames = ({ entries }: History<unknown>, part: string): string[] =>
  entries
    .flatMap(({ call, outcome }): string[] => {
      const done = 'done' in outcome ? (outcome.done as LaneResult) : undefined;
      if (!done) return [];
      // A single factory is read without a lane.
      if (call.name === (part === 'lists' ? 'mirrorLists' : 'mirrorRuns'))
        return 'checkpoint' in done || done.stopRequest ? [] : [call.input.factory.name];
      if (call.name !== 'syncLane' || call.input.part !== part) return [];
      const left = new Set(done.queue.map(({ n }) => n));
      return (call.input.queue as LaneItem[]).flatMap(({ n, factory }) =>
        left.has(n) ? [] : [factory.name],
      );
    })
    .sort();
