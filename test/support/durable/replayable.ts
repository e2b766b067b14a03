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
import { syncFactory } from '../../../functions/sync/orchestration/factory-orchestrator';
import { mirroredKinds } from '../../../functions/sync/orchestration/sync-plan';
import { syncConnector } from '../../../functions/sync/orchestration/sync-orchestrator';
import type { FactoryResult } from '../../../functions/sync/orchestration/step-messages';
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
const stopRequest = fc.constantFrom('paused', 'cancelled');
const failure = fc.constantFrom(
  { code: 'azure_no_response', message: 'No.' },
  { code: 'resource_manager_access_denied', message: 'No.', response: { status: 403 } },
  {
    code: 'resource_manager_not_found',
    message: 'No.',
    response: { status: 404, code: 'ResourceNotFound' },
  },
);
/** Rare, so that many histories succeed. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const one = { read: 1, written: 1, unchanged: 0, removed: 0 };

const mirrored = fc
  .record({
    more: fc.boolean(),
    notBefore: fc.option(aTime, { nil: undefined }),
    failure: rarely(failure),
    stopRequest: rarely(stopRequest),
  })
  .map(({ more, notBefore, failure: why, stopRequest: stopped }) => ({
    tallies: { pipeline: one },
    ...(why && { failure: why }),
    ...(!why && (more || stopped) && { cursor: ['next'] }),
    ...(!why && more && notBefore && { notBefore }),
    ...(!why && stopped && { stopRequest: stopped }),
  }));
const tally = { pipelineRuns: 1, triggerRuns: 0, runsWithActivities: 0, remaining: 0 };
const checkResult = rarely(stopRequest).map((request) => (request ? { stopRequest: request } : {}));
const runsMirrored = fc
  .tuple(
    optionalFields({ notBefore: aTime, cursor: fc.constant({}) }),
    checkResult,
    rarely(failure),
  )
  .map(([more, stopped, why]) => ({ tally, ...more, ...stopped, ...(why && { failure: why }) }));

const factorySteps: Record<string, RandomSource> = {
  mirrorKind: { values: mirrored, fallback: { tallies: {} } },
  mirrorRuns: { values: runsMirrored, fallback: { tally } },
  removeFactory: {
    values: fc.constant({ tallies: {}, massRemovals: {} }),
    fallback: { tallies: {}, massRemovals: {} },
  },
  markGone: noResult,
  checkStopRequest: { values: checkResult, fallback: {} },
  reportFactoryEnd: noResult,
};

/** A sub-orchestration that may stop in its lists or in run history. */
const factorySynced: RandomSource<{ readonly status: string; readonly stopsIn?: string }> = {
  values: fc.record(
    {
      status: fc.constantFrom('succeeded', 'partial', 'removed', 'no_access', 'cancelled'),
      stopsIn: fc.constantFrom('lists', 'runHistory'),
    },
    { requiredKeys: ['status'] },
  ),
  fallback: { status: 'succeeded' },
  plain: true,
  result: ({ status, stopsIn }, { factory, listsOnly, checkpoint: before }) => {
    const report = { outcome: { factory, status }, tallies: {} };
    if (status === 'cancelled' || !stopsIn) return report;
    const hasLists = stopsIn === 'lists' && before?.pending.length !== 0;
    const pending = hasLists ? [{ kind: 'pipeline' }] : [];
    const checkpoint = { pending, failures: {}, massRemovals: {}, tallies: {} };
    return { ...report, checkpoint, ...((hasLists || !listsOnly) && { paused: true }) };
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
      syncFactory: factorySynced,
      checkStopRequest: { values: checkResult, fallback: {} },
      finishSync: noResult,
    },
    verify: (history) => {
      const { calls, error } = history;
      const last = calls.at(-1)!;
      const broken = failed(history).filter(
        ({ call, outcome }) => 'broken' in outcome || call.name === 'finishSync',
      );
      expect(calls.filter(({ name }) => name === 'finishSync')).toHaveLength(1);
      expect(last.name).toBe('finishSync');
      expect(last.input).toMatchObject(run);
      const reported = last.input.reports
        .map(({ outcome }: any): string => outcome.factory.name)
        .toSorted();
      const complete =
        !last.input.failure && !JSON.stringify(history.entries).includes('cancelled');
      if (complete) expect(reported).toEqual(found(history));
      else expect(reported.length).toBeLessThanOrEqual(found(history).length);
      // A refusal is a result of the run. Any other failure reaches the operator.
      expect(error !== undefined).toBe(broken.length > 0);
      return complete ? 'complete' : 'incomplete';
    },
    kinds: ['incomplete', 'complete'],
  },
  syncFactory: {
    orchestrate: syncFactory,
    input: { ...run, factory: factoryOf('sales'), factoryCount: 2 },
    steps: factorySteps,
    verify: (history: History<FactoryResult>) => {
      expect(history.error).toBeUndefined();
      expect(history.result!.outcome.factory).toEqual(factoryOf('sales'));
      const { outcome, checkpoint, paused } = history.result!;
      if (outcome.status === 'succeeded' && !checkpoint)
        expect(finishedKinds(history)).toEqual([...mirroredKinds].sort());
      return paused ? 'paused' : outcome.status;
    },
    kinds: ['succeeded', 'partial', 'failed', 'paused', 'cancelled'],
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

/** Kinds whose lists were read to the end. */
const finishedKinds = (history: History<unknown>): string[] =>
  resultsOf(history, 'mirrorKind')
    .filter(({ cursor, failure: why }) => !cursor && !why)
    .map(({ kind }) => kind as string)
    .sort();
