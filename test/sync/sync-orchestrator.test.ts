import { syncConnector } from '../../functions/sync/sync-orchestrator';
import { replay } from '../support/replay';

const target = { tenantId: 't', connectorId: 'c1', runId: 'r1', mode: 'initial' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const report = (name: string) => ({
  outcome: { factory: factory(name), status: 'succeeded' },
  tallies: { factory: { read: 1, written: 1, unchanged: 0, removed: 0 } },
});
const answers = {
  discoverFactories: () => ({ done: { factories: [factory('sales'), factory('stock')] } }),
  syncFactory: ({ factory: { name } }: any) => report(name),
  finishSync: () => ({ done: undefined }),
};

describe('syncing a connector', () => {
  it('given two factories, when both are copied, then the run is finished with both reports', () => {
    const { calls, statuses } = replay(syncConnector, target, answers);

    expect(calls.map(({ name, instanceId }) => [name, instanceId])).toEqual([
      ['discoverFactories', undefined],
      ['syncFactory', 'run-0'],
      ['syncFactory', 'run-1'],
      ['finishSync', undefined],
    ]);
    expect(calls.at(-1)!.input).toEqual({ ...target, reports: [report('sales'), report('stock')] });
    expect(statuses.at(-1)).toEqual({ phase: 'finished', factoriesDone: 2 });
  });

  it('given no factory at all, when the sync runs, then it is finished all the same', () => {
    const { calls } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: { factories: [] } }),
    });

    expect(calls.map(({ name }) => name)).toEqual(['discoverFactories', 'finishSync']);
  });

  it('given factories that may not be listed, when the sync runs, then the run fails and the orchestration does not', () => {
    const { calls, error } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ refused: { code: 'connection_expired', detail: 'Reconnect.' } }),
    });

    expect(error).toBeUndefined();
    expect(calls.at(-1)).toMatchObject({
      name: 'finishSync',
      input: { reports: [], failure: { code: 'connection_expired', message: 'Reconnect.' } },
    });
  });

  it('given a step that breaks for good, when the sync runs, then run and orchestration both fail', () => {
    const { calls, error } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => {
        throw new Error('a bug');
      },
    });

    expect(String(error)).toContain('a bug');
    expect(calls.at(-1)).toMatchObject({
      name: 'finishSync',
      input: { failure: { code: 'sync_broke_off' } },
    });
  });

  it('given that Azure asks for patience, when factories are looked for, then a timer waits and they are looked for again', () => {
    const patience = [{ notBefore: '2026-01-15T12:00:50.000Z' }];
    const { calls, timers } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: patience.pop() ?? { factories: [] } }),
    });

    expect(timers).toEqual(['2026-01-15T12:00:50.000Z']);
    expect(calls.map(({ name }) => name)).toEqual([
      'discoverFactories',
      'discoverFactories',
      'finishSync',
    ]);
  });

  it('given more factories than a history should hold, when the first are copied, then it continues as new behind them', () => {
    const { calls, continuedAs } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: { factories: [factory('sales')], after: 'id-of-sales' } }),
    });

    expect(calls.map(({ name }) => name)).not.toContain('finishSync');
    expect(continuedAs).toEqual({
      ...target,
      after: 'id-of-sales',
      reports: [report('sales')],
      started: 1,
    });
  });

  it('given a history that was continued, when it goes on, then new factories get new instance ids', () => {
    const input = { ...target, after: 'id-of-sales', reports: [report('sales')], started: 1 };

    const { calls } = replay(syncConnector, input, {
      ...answers,
      discoverFactories: () => ({ done: { factories: [factory('stock')] } }),
    });

    expect(calls[0]!.input).toEqual({ ...target, after: 'id-of-sales' });
    expect(calls[1]!.instanceId).toBe('run-1');
    expect(calls.at(-1)!.input.reports).toHaveLength(2);
  });

  it('given five factories, when one of the first four is cancelled, then the fifth is not begun', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map(factory);
    const { calls } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: { factories: five, after: 'more' } }),
      syncFactory: ({ factory: { name } }: any) => ({
        outcome: { factory: factory(name), status: name === 'b' ? 'cancelled' : 'succeeded' },
        tallies: {},
      }),
    });

    expect(calls.filter(({ name }) => name === 'syncFactory')).toHaveLength(4);
    expect(calls.at(-1)).toMatchObject({ name: 'finishSync' });
  });

  it('given a factory that was paused, when the sync goes on, then it is started again with what was left', () => {
    const paused = { open: [{ kind: 'pipeline' }], failures: {}, tallies: {} };
    const { calls, timers } = replay(syncConnector, target, {
      ...answers,
      syncFactory: ({ factory: { name }, rest }: any) =>
        name === 'stock' && !rest ? { ...report(name), paused } : report(name),
    });

    expect(
      calls.flatMap(({ name, instanceId, input }) =>
        name === 'syncFactory' ? [[instanceId, input.factory.name, input.rest]] : [],
      ),
    ).toEqual([
      ['run-0', 'sales', undefined],
      ['run-1', 'stock', undefined],
      ['run-2', 'stock', paused],
    ]);
    expect(timers).toHaveLength(1);
    expect(calls.at(-1)!.input.reports).toEqual([report('sales'), report('stock')]);
  });
});
