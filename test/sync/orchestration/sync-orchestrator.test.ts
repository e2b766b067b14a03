import { syncConnector } from '../../../functions/sync/orchestration/sync-orchestrator';
import { replay } from '../../support/replay';

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
    expect(statuses.at(-1)).toEqual({ phase: 'finished', factoriesFinished: 2 });
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
      input: { failure: { code: 'sync_interrupted' } },
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
      discoverFactories: () => ({
        done: { factories: [factory('sales')], after: 'id-of-sales', total: 2 },
      }),
    });

    expect(calls.map(({ name }) => name)).not.toContain('finishSync');
    expect(continuedAs).toEqual({
      ...target,
      after: 'id-of-sales',
      reports: [report('sales')],
      started: 1,
      total: 2,
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

  it('given more factories than a history should hold, when each part is copied, then all of them share what a sync may ask about runs', () => {
    const found = [
      { factories: [factory('sales'), factory('stock')], after: 'id-of-stock', total: 3 },
      { factories: [factory('trips')] },
    ];
    const copy = (input: object) =>
      replay(syncConnector, input, {
        ...answers,
        discoverFactories: () => ({ done: found.shift() }),
      });

    const first = copy(target);
    const last = copy(first.continuedAs);

    const copies = [...first.calls, ...last.calls].filter(({ name }) => name === 'syncFactory');
    expect(copies.map(({ input }) => [input.factory.name, input.siblings])).toEqual([
      ['sales', 3],
      ['stock', 3],
      ['trips', 3],
    ]);
    expect(copies.at(-1)!.input).toMatchObject({ listsOnly: true });
    expect(last.calls.at(-1)!.input.reports).toHaveLength(3);
  });

  it('given nine factories, when one of the first eight is cancelled, then the ninth is not begun', () => {
    const nine = Array.from('abcdefghi', factory);
    const { calls } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: { factories: nine, after: 'more' } }),
      syncFactory: ({ factory: { name } }: any) => ({
        outcome: { factory: factory(name), status: name === 'b' ? 'cancelled' : 'succeeded' },
        tallies: {},
      }),
    });

    expect(calls.filter(({ name }) => name === 'syncFactory')).toHaveLength(8);
    expect(calls.at(-1)).toMatchObject({ name: 'finishSync' });
  });

  it('given a factory that was paused, when the sync goes on, then it is started again with what was left', () => {
    const left = { open: [{ kind: 'pipeline' }], failures: {}, tallies: {} };
    const { calls, timers } = replay(syncConnector, target, {
      ...answers,
      syncFactory: ({ factory: { name }, rest }: any) =>
        name === 'stock' && !rest ? { ...report(name), left, paused: true } : report(name),
    });

    expect(
      calls.flatMap(({ name, instanceId, input }) =>
        name === 'syncFactory' ? [[instanceId, input.factory.name, input.rest]] : [],
      ),
    ).toEqual([
      ['run-0', 'sales', undefined],
      ['run-1', 'stock', undefined],
      ['run-2', 'stock', left],
    ]);
    expect(timers).toHaveLength(1);
    expect(calls.at(-1)!.input.reports).toEqual([report('sales'), report('stock')]);
  });

  /** Lists first; a factory whose lists are read has nothing left but its run history. */
  const inTwoParts = ({ factory: { name }, listsOnly }: any) => ({
    outcome: { factory: factory(name), status: 'succeeded', ...(!listsOnly && { runs: 1 }) },
    tallies: {},
    ...(listsOnly && { left: { open: [], failures: {}, alarms: {}, tallies: { of: name } } }),
  });

  it('given several factories, when they are copied, then run histories come after the lists of all, two at a time', () => {
    const names = ['a', 'b', 'c'];
    const { calls, statuses } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: { factories: names.map(factory) } }),
      syncFactory: inTwoParts,
    });

    const copies = calls.filter(({ name }) => name === 'syncFactory').map(({ input }) => input);
    expect(copies.map(({ factory: { name }, listsOnly }) => [name, listsOnly])).toEqual([
      ...names.map((name) => [name, true]),
      ...names.map((name) => [name, undefined]),
    ]);
    expect(copies[4]!.rest.tallies).toEqual({ of: 'b' });
    expect(statuses.map(({ phase }: any) => phase)).toEqual([
      'discovering',
      'reading',
      'runs',
      'runs',
      'finished',
    ]);
    expect(calls.at(-1)!.input.reports).toEqual(
      names.map((name) => ({
        outcome: { factory: factory(name), status: 'succeeded', runs: 1 },
        tallies: {},
      })),
    );
  });

  it('given a sync that is cancelled in run history, when it is finished, then lists that were read are reported', () => {
    const names = ['a', 'b', 'c'];
    const { calls } = replay(syncConnector, target, {
      ...answers,
      discoverFactories: () => ({ done: { factories: names.map(factory) } }),
      syncFactory: (input: any) =>
        input.listsOnly
          ? inTwoParts(input)
          : { outcome: { factory: input.factory, status: 'cancelled' }, tallies: {} },
    });

    expect(
      calls.at(-1)!.input.reports.map(({ outcome }: any) => [outcome.factory.name, outcome.status]),
    ).toEqual([
      ['a', 'cancelled'],
      ['b', 'cancelled'],
      ['c', 'succeeded'],
    ]);
  });
});
