/**
 * Whatever the steps of an orchestration bring, replaying it asks for the same again, it comes to an end, and it fails
 * only where it says so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrchestrationContext } from 'durable-functions';
import fc from 'fast-check';
import { purgeConnector } from '../../functions/connectors/deletion-orchestrator';
import type { Orchestration } from '../../functions/durable/step';
import { deviceFlow } from '../../functions/oauth/device-orchestrator';
import { runRetention } from '../../functions/retention/retention-orchestrator';
import { syncFactory } from '../../functions/sync/orchestration/factory-orchestrator';
import { mirroredKinds } from '../../functions/sync/orchestration/sync-plan';
import { syncConnector } from '../../functions/sync/orchestration/sync-orchestrator';
import type { FactoryResult } from '../../functions/sync/orchestration/step-messages';
import { deliverWebhook } from '../../functions/webhooks/delivery-orchestrator';
import {
  failed,
  follow,
  randomPlan,
  type RandomSource,
  type History,
} from '../support/random-history';

interface Replayable {
  readonly orchestrate: (context: OrchestrationContext) => Orchestration<unknown>;
  readonly input: object;
  readonly steps: Readonly<Record<string, RandomSource>>;
  /** What must hold however it went; says how it went. */
  readonly holds: (history: History<never>) => string;
  /** Ways it must have gone at least once, or the dice show nothing. */
  readonly ways: readonly string[];
}

const nothing: RandomSource = { values: fc.constant(undefined), fallback: undefined };
const maybe = <T extends object>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) =>
  fc.record(fields, { requiredKeys: [] });
/** Around the time at which replays begin, as a step would name it: some of them have passed. */
const aTime = fc
  .integer({ min: -60, max: 600 })
  .map((seconds) => new Date(Date.UTC(2026, 0, 15, 12, 0, seconds)).toISOString());

const run = { tenantId: 't', connectorId: 'c1', syncRunId: 'r1', mode: 'initial' };
const factoryOf = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const stopRequest = fc.constantFrom('paused', 'cancelled');
const failure = fc.constantFrom(
  ...['azure_no_response', 'resource_manager_access_denied', 'resource_manager_not_found'].map(
    (code) => ({ code, message: 'No.' }),
  ),
);
/** So that many a history comes to a good end. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const one = { read: 1, written: 1, unchanged: 0, removed: 0 };

const mirrored = fc
  .record({
    more: fc.boolean(),
    notBefore: fc.option(aTime, { nil: undefined }),
    failure: seldom(failure),
    stopRequest: seldom(stopRequest),
  })
  .map(({ more, notBefore, failure: why, stopRequest: stopped }) => ({
    tallies: { pipeline: one },
    ...(why && { failure: why }),
    ...(!why && (more || stopped) && { cursor: ['next'] }),
    ...(!why && more && notBefore && { notBefore }),
    ...(!why && stopped && { stopRequest: stopped }),
  }));
const tally = { pipelineRuns: 1, triggerRuns: 0, runsWithActivities: 0, remaining: 0 };
const checkResult = seldom(stopRequest).map((said) => (said ? { stopRequest: said } : {}));
const runsMirrored = fc
  .tuple(maybe({ notBefore: aTime, cursor: fc.constant({}) }), checkResult, seldom(failure))
  .map(([more, stopped, why]) => ({ tally, ...more, ...stopped, ...(why && { failure: why }) }));

const factorySteps: Record<string, RandomSource> = {
  mirrorKind: { values: mirrored, fallback: { tallies: {} } },
  mirrorRuns: { values: runsMirrored, fallback: { tally } },
  removeFactory: { values: fc.constant({}), fallback: {} },
  checkStopRequest: { values: checkResult, fallback: {} },
  reportFactoryEnd: nothing,
};

/** A factory stops in its lists or in its run history, and is asked to go on. */
const factoryCopied: RandomSource<{ readonly status: string; readonly stopsIn?: string }> = {
  values: fc.record(
    {
      status: fc.constantFrom('succeeded', 'partial', 'removed', 'no_access', 'cancelled'),
      stopsIn: fc.constantFrom('lists', 'runHistory'),
    },
    { requiredKeys: ['status'] },
  ),
  fallback: { status: 'succeeded' },
  plain: true,
  result: ({ status, stopsIn }, { factory, listsOnly, rest }) => {
    const report = { outcome: { factory, status }, tallies: {} };
    if (status === 'cancelled' || !stopsIn) return report;
    const open = stopsIn === 'lists' && rest?.open.length !== 0 ? [{ kind: 'pipeline' }] : [];
    const left = { open, failures: {}, massRemovals: {}, tallies: {} };
    return { ...report, left, ...((open.length > 0 || !listsOnly) && { paused: true }) };
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
  result: (rolled) => {
    if (!('names' in rolled)) return rolled;
    const { names, ...more } = rolled;
    return { factories: names.map(factoryOf), ...more };
  },
};

/** Steps may break, and it goes on nevertheless. */
function neverFails(history: History<never>): string {
  expect(history.error).toBeUndefined();
  return failed(history).length > 0 ? 'bumpily' : 'smoothly';
}

const replayable: Readonly<Record<string, Replayable>> = {
  syncConnector: {
    orchestrate: syncConnector,
    input: run,
    steps: {
      discoverFactories: discovered,
      syncFactory: factoryCopied,
      checkStopRequest: { values: checkResult, fallback: {} },
      finishSync: nothing,
    },
    holds: (history) => {
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
      const whole = !last.input.failure && !JSON.stringify(history.entries).includes('cancelled');
      if (whole) expect(reported).toEqual(found(history));
      else expect(reported.length).toBeLessThanOrEqual(found(history).length);
      // An operator should see what broke; what was refused is told in the run.
      expect(error !== undefined).toBe(broken.length > 0);
      return whole ? 'whole' : 'cut short';
    },
    ways: ['cut short', 'whole'],
  },
  syncFactory: {
    orchestrate: syncFactory,
    input: { ...run, factory: factoryOf('sales'), factoryCount: 2 },
    steps: factorySteps,
    holds: (history: History<FactoryResult>) => {
      expect(history.error).toBeUndefined();
      expect(history.result!.outcome.factory).toEqual(factoryOf('sales'));
      const { outcome, checkpoint, paused } = history.result!;
      if (outcome.status === 'succeeded' && !checkpoint)
        expect(finishedKinds(history)).toEqual([...mirroredKinds].sort());
      return paused ? 'paused' : outcome.status;
    },
    ways: ['succeeded', 'partial', 'failed', 'paused', 'cancelled'],
  },
  purgeConnector: {
    orchestrate: purgeConnector,
    input: { tenantId: 't', connectorId: 'c1' },
    steps: {
      deleteSecrets: nothing,
      waitUntilIdle: nothing,
      deleteDependents: nothing,
      deleteRow: nothing,
    },
    holds: (history) => {
      const order = ['deleteSecrets', 'waitUntilIdle', 'deleteDependents', 'deleteRow'];
      const [first] = failed(history);
      expect(history.calls.map(({ name }) => name)).toEqual(
        first ? order.slice(0, order.indexOf(first.call.name) + 1) : order,
      );
      expect(history.error !== undefined).toBe(first !== undefined);
      return first ? 'cut short' : 'whole';
    },
    ways: ['cut short', 'whole'],
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
    holds: neverFails,
    ways: ['smoothly', 'bumpily'],
  },
  deliverWebhook: {
    orchestrate: deliverWebhook,
    input: { tenantId: 't', webhookId: 'w1', deliveryId: 'd1', redelivery: 1 },
    steps: { attemptDelivery: { values: maybe({ retryAt: aTime }), fallback: {} } },
    holds: neverFails,
    ways: ['smoothly', 'bumpily'],
  },
  runRetention: {
    orchestrate: runRetention,
    input: { task: 'runHistory' },
    steps: {
      purgeBatch: {
        values: maybe({
          next: fc.constant('further'),
          failed: fc.array(fc.constant('f'), { maxLength: 2 }),
        }),
        fallback: {},
      },
    },
    holds: (history) => {
      const left = history.entries.some(
        ({ outcome }) => 'done' in outcome && ((outcome.done as any).failed?.length ?? 0) > 0,
      );
      expect(history.error !== undefined).toBe(left || failed(history).length > 0);
      return history.error ? 'with failures' : 'whole';
    },
    ways: ['with failures', 'whole'],
  },
};

/** What a step or sub-orchestration has brought, each time it brought something. */
const brought = ({ entries }: History<unknown>, name: string): any[] =>
  entries.flatMap(({ call, outcome }) =>
    call.name === name && 'done' in outcome
      ? [{ kind: call.input.kind, ...(outcome.done as object) }]
      : [],
  );

/** Factories that discovery has named. */
const found = (history: History<unknown>): string[] =>
  brought(history, 'discoverFactories')
    .flatMap(({ factories = [] }): string[] => factories.map(({ name }: { name: string }) => name))
    .sort();

/** Kinds whose last page was read. */
const finishedKinds = (history: History<unknown>): string[] =>
  brought(history, 'mirrorKind')
    .filter(({ cursor, failure: why }) => !cursor && !why)
    .map(({ kind }) => kind as string)
    .sort();

const functions = join(__dirname, '../../functions');
const registered = readdirSync(functions, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [
    ...readFileSync(join(functions, file), 'utf8').matchAll(/app\.orchestration\('(\w+)'/g),
  ])
  .map(([, name]) => name!);

describe('orchestrator', () => {
  it('is replayed here if it is registered', () => {
    expect(registered.sort()).toEqual(Object.keys(replayable).sort());
  });

  it.each(Object.entries(replayable))(
    '%s is deterministic and ends with any results of its steps',
    (_, { orchestrate, input, steps, holds, ways }) => {
      const went = new Set<string>();
      fc.assert(
        fc.property(randomPlan(steps), (rolls) => {
          const history = follow(orchestrate, input, steps, rolls);

          const unknown = history.calls.filter(({ name }) => !(name in steps));
          expect(unknown).toEqual([]);
          went.add(holds(history as History<never>));
        }),
        { numRuns: 150 },
      );
      expect([...went]).toEqual(expect.arrayContaining([...ways]));
    },
  );
});
