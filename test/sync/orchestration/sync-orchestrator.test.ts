import { syncConnector } from '../../../functions/sync/orchestration/sync-orchestrator';
import { replay } from '../../support/replay';

const target = { tenantId: 't', connectorId: 'c1', syncRunId: 'r1', mode: 'initial' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const report = (name: string) => ({
  outcome: { factory: factory(name), status: 'succeeded' },
  tallies: { factory: { read: 1, written: 1, unchanged: 0, removed: 0 } },
});
const results = {
  discoverFactories: () => ({ done: { factories: [factory('sales'), factory('stock')] } }),
  syncFactory: ({ factory: { name } }: any) => report(name),
  finishSync: () => ({ done: undefined }),
};

describe('syncConnector', () => {
  it('finishes with the reports of all factories', () => {
    const { calls, statuses } = replay(syncConnector, target, results);

    expect(calls.map(({ name, instanceId }) => [name, instanceId])).toEqual([
      ['discoverFactories', undefined],
      ['syncFactory', 'run-0'],
      ['syncFactory', 'run-1'],
      ['finishSync', undefined],
    ]);
    expect(calls.at(-1)!.input).toEqual({ ...target, reports: [report('sales'), report('stock')] });
    expect(statuses.at(-1)).toEqual({ phase: 'finished', factoriesFinished: 2 });
  });

  it('finishes without factories', () => {
    const { calls } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ done: { factories: [] } }),
    });

    expect(calls.map(({ name }) => name)).toEqual(['discoverFactories', 'finishSync']);
  });

  it('finishes with the failure if discovery is refused', () => {
    const { calls, error } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ refused: { code: 'connection_expired', message: 'Reconnect.' } }),
    });

    expect(error).toBeUndefined();
    expect(calls.at(-1)).toMatchObject({
      name: 'finishSync',
      input: { reports: [], failure: { code: 'connection_expired', message: 'Reconnect.' } },
    });
  });

  it('fails after finishing the run when a step runs out of retries', () => {
    const { calls, error } = replay(syncConnector, target, {
      ...results,
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

  it('waits and discovers again if Azure throttles discovery', () => {
    const waits = [{ notBefore: '2026-01-15T12:00:50.000Z' }];
    const { calls, timers } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ done: waits.pop() ?? { factories: [] } }),
    });

    expect(timers).toEqual(['2026-01-15T12:00:50.000Z']);
    expect(calls.map(({ name }) => name)).toEqual([
      'discoverFactories',
      'discoverFactories',
      'finishSync',
    ]);
  });

  it('continues as new after each page of factories', () => {
    const { calls, continuedAs } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({
        done: { factories: [factory('sales')], after: 'id-of-sales', factoryCount: 2 },
      }),
    });

    expect(calls.map(({ name }) => name)).not.toContain('finishSync');
    expect(continuedAs).toEqual({
      ...target,
      after: 'id-of-sales',
      activityQueries: 200,
      reports: [report('sales')],
      startedCount: 1,
      factoryCount: 2,
    });
  });

  it('uses new instance ids in a continued history', () => {
    const input = { ...target, after: 'id-of-sales', reports: [report('sales')], startedCount: 1 };

    const { calls } = replay(syncConnector, input, {
      ...results,
      discoverFactories: () => ({ done: { factories: [factory('stock')] } }),
    });

    expect(calls[0]!.input).toEqual({ ...target, after: 'id-of-sales' });
    expect(calls[1]!.instanceId).toBe('run-1');
    expect(calls.at(-1)!.input.reports).toHaveLength(2);
  });

  it('passes the factory count of all pages to each factory', () => {
    const found = [
      { factories: [factory('sales'), factory('stock')], after: 'id-of-stock', factoryCount: 3 },
      { factories: [factory('trips')] },
    ];
    const syncWith = (input: object) =>
      replay(syncConnector, input, {
        ...results,
        discoverFactories: () => ({ done: found.shift() }),
      });

    const first = syncWith(target);
    const last = syncWith(first.continuedAs);

    const syncs = [...first.calls, ...last.calls].filter(({ name }) => name === 'syncFactory');
    expect(syncs.map(({ input }) => [input.factory.name, input.factoryCount])).toEqual([
      ['sales', 3],
      ['stock', 3],
      ['trips', 3],
    ]);
    expect(syncs.at(-1)!.input).toMatchObject({ listsOnly: true });
    expect(last.calls.at(-1)!.input.reports).toHaveLength(3);
  });

  it('starts no further factory after a cancellation', () => {
    const nine = Array.from('abcdefghi', factory);
    const { calls } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ done: { factories: nine, after: 'more' } }),
      syncFactory: ({ factory: { name } }: any) => ({
        outcome: { factory: factory(name), status: name === 'b' ? 'cancelled' : 'succeeded' },
        tallies: {},
      }),
    });

    expect(calls.filter(({ name }) => name === 'syncFactory')).toHaveLength(8);
    expect(calls.at(-1)).toMatchObject({ name: 'finishSync' });
  });

  it('restarts a paused factory with its checkpoint', () => {
    const checkpoint = { pending: [{ kind: 'pipeline' }], failures: {}, tallies: {} };
    const { calls, timers } = replay(syncConnector, target, {
      ...results,
      syncFactory: ({ factory: { name }, checkpoint: before }: any) =>
        name === 'stock' && !before ? { ...report(name), checkpoint, paused: true } : report(name),
    });

    expect(
      calls.flatMap(({ name, instanceId, input }) =>
        name === 'syncFactory' ? [[instanceId, input.factory.name, input.checkpoint]] : [],
      ),
    ).toEqual([
      ['run-0', 'sales', undefined],
      ['run-1', 'stock', undefined],
      ['run-2', 'stock', checkpoint],
    ]);
    expect(timers).toHaveLength(1);
    expect(calls.at(-1)!.input.reports).toEqual([report('sales'), report('stock')]);
  });

  /** Reads only the lists first; then run history remains. */
  const listsThenRunHistory = ({ factory: { name }, listsOnly }: any) => ({
    outcome: { factory: factory(name), status: 'succeeded', ...(!listsOnly && { runs: 1 }) },
    tallies: {},
    ...(listsOnly && {
      checkpoint: { pending: [], failures: {}, massRemovals: {}, tallies: { of: name } },
    }),
  });

  it('reads run history after all lists, two factories at a time', () => {
    const names = ['a', 'b', 'c'];
    const { calls, statuses } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ done: { factories: names.map(factory) } }),
      syncFactory: listsThenRunHistory,
    });

    const syncs = calls.filter(({ name }) => name === 'syncFactory').map(({ input }) => input);
    expect(syncs.map(({ factory: { name }, listsOnly }) => [name, listsOnly])).toEqual([
      ...names.map((name) => [name, true]),
      ...names.map((name) => [name, undefined]),
    ]);
    expect(syncs[4]!.checkpoint.tallies).toEqual({ of: 'b' });
    expect(statuses.map(({ phase }: any) => phase)).toEqual([
      'discovering',
      'reading',
      'run_history',
      'run_history',
      'finished',
    ]);
    expect(calls.at(-1)!.input.reports).toEqual(
      names.map((name) => ({
        outcome: { factory: factory(name), status: 'succeeded', runs: 1 },
        tallies: {},
      })),
    );
  });

  it('reports the lists of a run that is cancelled in run history', () => {
    const names = ['a', 'b', 'c'];
    const { calls } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ done: { factories: names.map(factory) } }),
      syncFactory: (input: any) =>
        input.listsOnly
          ? listsThenRunHistory(input)
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

  describe('with activity queries', () => {
    /** Runs whose activities are not read, by factory. */
    function replayNeeds(needs: Readonly<Record<string, number>>, input: object = target) {
      const left = new Map(Object.entries(needs));
      const found = Object.keys(needs).map(factory);
      const { calls, continuedAs } = replay(syncConnector, input, {
        ...results,
        discoverFactories: () => ({ done: { factories: found, ...(input as any).found } }),
        syncFactory: ({ factory: { name }, listsOnly, activityQueries, checkpoint }: any) => {
          const lists = { pending: [], failures: {}, massRemovals: {}, tallies: {} };
          if (listsOnly) return { ...report(name), checkpoint: lists };
          const budget = checkpoint.runHistory?.cursor.budget ?? activityQueries;
          const before = checkpoint.runHistory?.tally.runsWithActivities ?? 0;
          const read = Math.min(budget, left.get(name)!);
          left.set(name, left.get(name)! - read);
          const remaining = left.get(name)!;
          const tally = { runsWithActivities: before + read, remaining };
          const outcome = { factory: factory(name), status: 'succeeded', runs: tally };
          const runHistory = { ...lists, runHistory: { tally } };
          return {
            outcome,
            tallies: {},
            ...(remaining > 0 && activityQueries && { checkpoint: runHistory }),
          };
        },
      });
      const reports = (calls.at(-1)!.input.reports ?? continuedAs?.reports) as any[];
      return {
        calls,
        continuedAs: continuedAs as any,
        read: reports.map(({ outcome }) => outcome.runs.runsWithActivities),
      };
    }

    it.each([
      ['all that need few', [3, 3, 3], [3, 3, 3]],
      ['equal parts', [900, 900], [100, 100]],
      ['what the others leave', [3, 900, 0, 150], [3, 99, 0, 98]],
      ['all to the only one', [0, 0, 500], [0, 0, 200]],
    ])('gives %s', (_, needs, read) => {
      const byName = Object.fromEntries(needs.map((need, n) => [`f${n}`, need]));

      expect(replayNeeds(byName).read).toEqual(read);
    });

    it('reads many runs of one among 90 factories without any', () => {
      const names = Array.from({ length: 90 }, (_, n): [string, number] => [`f${100 + n}`, 0]);

      const { read } = replayNeeds({ ...Object.fromEntries(names), needy: 500 });

      expect(Math.max(...read)).toBe(200);
    });

    it('keeps the part of later pages, and what this page has left', () => {
      const input = { ...target, found: { after: 'more', factoryCount: 8 } };

      const { continuedAs, read } = replayNeeds({ a: 500, b: 0, c: 10, d: 0 }, input);

      expect(read).toEqual([90, 0, 10, 0]);
      expect(continuedAs.activityQueries).toBe(100);
    });
  });
});
