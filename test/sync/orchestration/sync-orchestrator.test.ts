import { syncLane } from '../../../functions/sync/orchestration/lane-orchestrator';
import type {
  LaneInput,
  LaneItem,
  LaneResult,
} from '../../../functions/sync/orchestration/step-messages';
import { syncConnector } from '../../../functions/sync/orchestration/sync-orchestrator';
import { replay, type TaskResults } from '../../support/replay';

const target = { tenantId: 't', connectorId: 'c1', syncRunId: 'r1', mode: 'initial' as const };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const tally = { pipelineRuns: 1, triggerRuns: 0, runsWithActivities: 0, remaining: 0 };

/** A lane that reads all its factories. */
const laneDone = ({ part, queue }: LaneInput): LaneResult => ({
  queue: [],
  next: part === 'lists' ? queue.map(({ n }) => ({ n })) : [],
  queries: 0,
});
const results: TaskResults = {
  discoverFactories: () => ({ done: { factories: [factory('sales'), factory('stock')] } }),
  syncLane: laneDone,
  finishSync: () => ({ done: undefined }),
};
const namesIn = ({ queue }: LaneInput) => queue.map(({ factory: { name } }) => name);
const discovered = (names: readonly string[], more: object = {}) => ({
  discoverFactories: () => ({ done: { factories: names.map(factory), ...more } }),
});

describe('syncConnector', () => {
  it('reads the lists of all factories, then their run history', () => {
    const { calls, statuses } = replay(syncConnector, target, results);

    expect(calls.map(({ name, instanceId, input }) => [name, instanceId, input.part])).toEqual([
      ['discoverFactories', undefined, undefined],
      ['syncLane', 'run-0', 'lists'],
      ['syncLane', 'run-1', 'lists'],
      ['syncLane', 'run-2', 'runHistory'],
      ['syncLane', 'run-3', 'runHistory'],
      ['finishSync', undefined, undefined],
    ]);
    expect(calls.at(-1)!.input).toEqual(target);
    expect(statuses).toEqual([
      { phase: 'discovering' },
      { phase: 'reading', factoriesFinished: 0 },
      { phase: 'run_history', factoriesFinished: 0 },
      { phase: 'finished', factoriesFinished: 2 },
    ]);
  });

  it('deals factories to eight lanes and run history to two, largest first', () => {
    const names = Array.from('abcdefghij');
    const found = names.map((name, n) => ({ ...factory(name), expectedObjects: n === 9 ? 99 : 1 }));
    const { calls } = replay(syncConnector, target, {
      ...results,
      discoverFactories: () => ({ done: { factories: found } }),
    });

    const lanes = calls.filter(({ name }) => name === 'syncLane').map(({ input }) => input);
    expect(lanes.filter(({ part }) => part === 'lists').map(namesIn)).toEqual([
      ['j', 'h'],
      ['a', 'i'],
      ...Array.from('bcdefg', (name) => [name]),
    ]);
    expect(lanes.filter(({ part }) => part === 'runHistory').map(namesIn)).toEqual([
      Array.from('acegi'),
      Array.from('bdfhj'),
    ]);
  });

  it('reads a single factory in its own history', () => {
    const { calls } = replay(syncConnector, target, {
      ...results,
      ...discovered(['sales']),
      mirrorLists: () => ({ done: { hasRunHistory: true } }),
      mirrorRuns: () => ({ done: { tally } }),
    });

    expect(calls.map(({ name }) => name)).toEqual([
      'discoverFactories',
      'mirrorLists',
      'mirrorRuns',
      'finishSync',
    ]);
    expect(calls[1]!.input).toEqual({ ...target, factory: factory('sales') });
  });

  it('updates derived data of changed factories before run history', () => {
    const { calls } = replay(syncConnector, target, {
      ...results,
      syncLane: (input: LaneInput) => ({
        ...laneDone(input),
        ...(namesIn(input).includes('stock') && { stale: [1] }),
      }),
      updateDerivedData: () => ({ done: { remaining: [] } }),
    });

    const [update] = calls.filter(({ name }) => name === 'updateDerivedData');
    expect(calls.map(({ name, input }) => input.part ?? name)).toEqual([
      'discoverFactories',
      'lists',
      'lists',
      'updateDerivedData',
      'runHistory',
      'runHistory',
      'finishSync',
    ]);
    expect(update!.input).toEqual({ ...target, factories: [factory('stock')] });
  });

  it('continues with factories whose derived data remains, after a pause', () => {
    const said = [
      { remaining: [factory('sales')] },
      { remaining: [factory('sales')], stopRequest: 'paused' },
      { remaining: [] },
    ];
    const { calls, timers } = replay(syncConnector, target, {
      ...results,
      syncLane: (input: LaneInput) => ({ ...laneDone(input), stale: [input.queue[0]!.n] }),
      updateDerivedData: () => ({ done: said.shift() }),
    });

    const updates = calls.filter(({ name }) => name === 'updateDerivedData');
    expect(updates.map(({ input }) => input.factories.length)).toEqual([2, 1, 1]);
    expect(timers).toHaveLength(1);
  });

  it('reads no run history if it is cancelled during an update', () => {
    const { calls } = replay(syncConnector, target, {
      ...results,
      syncLane: (input: LaneInput) => ({ ...laneDone(input), stale: [0] }),
      updateDerivedData: () => ({ done: { remaining: [], stopRequest: 'cancelled' } }),
    });

    expect(calls.map(({ name }) => name).slice(-2)).toEqual(['updateDerivedData', 'finishSync']);
  });

  it.each<[string, TaskResults['']]>([
    [
      'fails',
      () => {
        throw new Error('Storage is unavailable.');
      },
    ],
    ['is refused', () => ({ refused: { code: 'refused_for_good', message: 'No.' } })],
  ])('reads run history if an update of derived data %s', (_, updateDerivedData) => {
    const { calls, error } = replay(syncConnector, target, {
      ...results,
      syncLane: (input: LaneInput) => ({ ...laneDone(input), stale: [0] }),
      updateDerivedData: updateDerivedData!,
    });

    expect(error).toBeUndefined();
    expect(calls.map(({ input }) => input.part)).toContain('runHistory');
  });

  it('finishes without factories', () => {
    const { calls } = replay(syncConnector, target, { ...results, ...discovered([]) });

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
      input: { failure: { code: 'connection_expired', message: 'Reconnect.' } },
    });
  });

  it.each<[string, TaskResults]>([
    [
      'a step runs out of retries',
      {
        discoverFactories: () => {
          throw new Error('a bug');
        },
      },
    ],
    ['a lane cannot store its results', { syncLane: () => ({ ...noMore, isBroken: true }) }],
    [
      'a lane fails',
      {
        syncLane: () => {
          throw new Error('a bug');
        },
      },
    ],
  ])('fails after finishing the run when %s', (_, broken) => {
    const { calls, error } = replay(syncConnector, target, { ...results, ...broken });

    expect(error).toBeInstanceOf(Error);
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

  it('continues as new after each page of factories, with new instance ids', () => {
    const page = discovered(['sales', 'stock'], { after: 'id-of-stock', factoryCount: 3 });
    const first = replay(syncConnector, target, { ...results, ...page });
    const last = replay(syncConnector, first.continuedAs, {
      ...results,
      ...discovered(['trips', 'trade']),
    });

    expect(first.calls.map(({ name }) => name)).not.toContain('finishSync');
    expect(first.continuedAs).toEqual({
      ...target,
      after: 'id-of-stock',
      activityQueries: 200,
      startedCount: 4,
      finishedCount: 2,
      factoryCount: 3,
    });
    expect(last.calls[0]!.input).toEqual({ ...target, after: 'id-of-stock' });
    expect(last.calls[1]!.instanceId).toBe('run-4');
    expect(last.statuses.at(-1)).toEqual({ phase: 'finished', factoriesFinished: 4 });
  });

  it.each(['lists', 'runHistory'])('starts no lane after a cancellation of %s', (cancelled) => {
    const { calls } = replay(syncConnector, target, {
      ...results,
      ...discovered(['a', 'b'], { after: 'more' }),
      syncLane: (input) => ({
        ...laneDone(input),
        ...(input.part === cancelled && { stopRequest: 'cancelled' }),
      }),
    });

    const lanes = calls.filter(({ name }) => name === 'syncLane');
    expect(lanes).toHaveLength(cancelled === 'lists' ? 2 : 4);
    expect(calls.at(-1)).toMatchObject({ name: 'finishSync' });
  });

  it('restarts a paused lane with what it has left', () => {
    const left = { n: 1, factory: factory('stock'), checkpoint: { pending: [] } };
    const { calls, timers } = replay(syncConnector, target, {
      ...results,
      syncLane: (input) =>
        input.part === 'lists' && input.queue[0].n === 1 && !input.queue[0].checkpoint
          ? { ...noMore, queue: [left], stopRequest: 'paused' }
          : laneDone(input),
    });

    const lanes = calls.filter(({ name }) => name === 'syncLane');
    expect(lanes.map(({ instanceId, input }) => [instanceId, input.part, namesIn(input)])).toEqual([
      ['run-0', 'lists', ['sales']],
      ['run-1', 'lists', ['stock']],
      ['run-2', 'lists', ['stock']],
      ['run-3', 'runHistory', ['sales']],
      ['run-4', 'runHistory', ['stock']],
    ]);
    expect(lanes[2]!.input.queue).toEqual([left]);
    expect(timers).toHaveLength(1);
  });

  describe('with activity queries', () => {
    /** Runs whose activities are not read, by factory. Returns what is read of each. */
    function replayNeeds(needs: readonly number[], found: object = {}) {
      const left = [...needs];
      const readBy = needs.map(() => 0);
      const names = needs.map((_, n) => `f${n}`);
      const read = (n: number, budget: number) => {
        const more = Math.min(budget, left[n]!);
        left[n]! -= more;
        readBy[n]! += more;
        return { ...tally, runsWithActivities: readBy[n]!, remaining: left[n]! };
      };
      const { continuedAs } = replay(syncConnector, target, {
        ...results,
        ...discovered(names, found),
        // A single factory needs no lane.
        mirrorRuns: ({ factory: { name }, checkpoint }) => ({
          done: { tally: read(Number(name.slice(1)), checkpoint.cursor.budget) },
        }),
        syncLane: ({ part, queue, activityQueries }: LaneInput) => {
          if (part === 'lists') return laneDone({ ...target, part, queue });
          const ended = queue.map(({ n, checkpoint }) => {
            const { cursor } = (checkpoint ?? {}) as { cursor?: { budget: number } };
            return { n, tally: read(n, cursor?.budget ?? activityQueries!) };
          });
          const next = activityQueries === undefined ? [] : ended.filter(({ n }) => left[n]! > 0);
          const queries = ended.reduce((sum, each) => sum + each.tally.runsWithActivities, 0);
          return { queue: [], next, queries };
        },
      });
      return { continuedAs, read: readBy };
    }

    it.each([
      ['all that need few', [3, 3, 3], [3, 3, 3]],
      ['equal parts', [900, 900], [100, 100]],
      ['what the others leave', [3, 900, 0, 150], [3, 99, 0, 98]],
      ['all to the only one', [0, 0, 500], [0, 0, 200]],
    ])('gives %s', (_, needs, read) => {
      expect(replayNeeds(needs).read).toEqual(read);
    });

    it('reads many runs of one among 90 factories without any', () => {
      const { read } = replayNeeds([...Array.from({ length: 90 }, () => 0), 500]);

      expect(read.at(-1)).toBe(200);
    });

    it('keeps the part of later pages, and what this page has left', () => {
      const page = { after: 'more', factoryCount: 8 };
      const { continuedAs, read } = replayNeeds([500, 0, 10, 0], page);

      expect(read).toEqual([90, 0, 10, 0]);
      expect(continuedAs.activityQueries).toBe(100);
    });
  });
});

const noMore: LaneResult = { queue: [], next: [], queries: 0 };

describe('syncLane', () => {
  const queueOf = (...names: string[]) =>
    names.map((name, n): LaneItem => ({ n, factory: factory(name) }));
  const lane = { ...target, part: 'lists' as const, queue: queueOf('a', 'b') };
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 15, 12, 0, seconds)).toISOString();
  const checkpoint = { pending: [{ kind: 'pipeline' }] };

  /** Results of mirrorLists by name of a factory, each once, then the usual ones. */
  function replayLane(
    said: Readonly<Record<string, object[]>>,
    input: object = lane,
    more: TaskResults = {},
  ) {
    const { calls, ...replayed } = replay(syncLane, input, {
      mirrorLists: ({ factory: { name } }) => ({ done: said[name]?.shift() ?? {} }),
      ...more,
    });
    const steps = calls.filter(({ name }) => name !== 'checkStopRequest');
    return { ...replayed, calls: steps, read: steps.map(({ input: each }) => each.factory.name) };
  }

  it('reads one factory after the other and names those with run history', () => {
    const { read, calls, result } = replayLane({ b: [{ hasRunHistory: true }] });

    expect(read).toEqual(['a', 'b']);
    expect(calls[0]!.input).toEqual({ ...target, factory: factory('a') });
    expect(result).toEqual({ queue: [], next: [{ n: 1 }], queries: 0, stale: [] });
  });

  it('continues a factory at its checkpoint', () => {
    const { read, calls } = replayLane({ a: [{ checkpoint }] });

    expect(read).toEqual(['a', 'a', 'b']);
    expect(calls[1]!.input).toMatchObject({ checkpoint });
  });

  it('reads the next factory while Azure throttles one', () => {
    const { read, timers } = replayLane({ a: [{ checkpoint, notBefore: at(50) }] });

    expect(read).toEqual(['a', 'b', 'a']);
    expect(timers).toEqual([at(50)]);
  });

  it('waits once four factories are throttled', () => {
    const throttled = (seconds: number) => [{ checkpoint, notBefore: at(seconds) }];
    const { read, timers } = replayLane(
      { a: throttled(40), b: throttled(20), c: throttled(30), d: throttled(50) },
      { ...lane, queue: queueOf('a', 'b', 'c', 'd', 'e') },
    );

    expect(read).toEqual(['a', 'b', 'c', 'd', 'b', 'e', 'c', 'a', 'd']);
    expect(timers).toEqual([at(20), at(30), at(40), at(50)]);
  });

  it('waits again if the timer fires early', () => {
    const said = [{ checkpoint, notBefore: at(50) }];
    const { timers } = replay(
      syncLane,
      { ...lane, queue: queueOf('a') },
      { mirrorLists: () => ({ done: said.shift() ?? {} }) },
      { timersEarlyMs: 400 },
    );

    expect(timers).toEqual([at(50), at(51)]);
  });

  it('keeps a long wait that a pause has ended', () => {
    const waiting = { checkpoint, notBefore: at(600) };
    const { result, timers } = replayLane({ a: [waiting] }, lane, {
      checkStopRequest: () => ({ done: { stopRequest: 'paused' } }),
    });

    expect(timers).toEqual([at(60)]);
    expect(result).toMatchObject({ stopRequest: 'paused', queue: [{ n: 0, ...waiting }] });
  });

  it('stores the results of begun factories when the sync run is cancelled', () => {
    const said = { a: [{ checkpoint, notBefore: at(600) }], b: [{ stopRequest: 'cancelled' }] };
    const { read, result, timers } = replayLane(said, { ...lane, queue: queueOf('a', 'b', 'c') });

    expect(read).toEqual(['a', 'b', 'a']);
    expect(timers).toEqual([]);
    expect(result).toMatchObject({ stopRequest: 'cancelled' });
  });

  it('returns the queue of a paused lane with the checkpoint', () => {
    const { read, result } = replayLane({ a: [{ checkpoint, stopRequest: 'paused' }] });

    expect(read).toEqual(['a']);
    expect(result).toEqual({
      queue: [{ n: 0, factory: factory('a'), checkpoint, stretches: 0 }, lane.queue[1]],
      next: [],
      queries: 0,
      stale: [],
      stopRequest: 'paused',
    });
  });

  it('stores an interruption and reads the other factories', () => {
    const fails = ({ factory: { name } }: any) => {
      if (name === 'a') throw new Error('a bug');
      return { done: { hasRunHistory: true } };
    };
    const { calls, result } = replayLane({}, lane, {
      mirrorLists: fails,
      reportInterruption: () => ({ done: undefined }),
    });

    expect(calls.map(({ name }) => name)).toEqual([
      'mirrorLists',
      'reportInterruption',
      'mirrorLists',
    ]);
    expect(calls[1]!.input).toEqual({ ...target, part: 'lists', factory: factory('a') });
    expect(result).toEqual({ queue: [], next: [{ n: 1 }], queries: 0, stale: [] });
  });

  it('is broken if an interruption cannot be stored', () => {
    const broken = () => {
      throw new Error('Storage is unavailable.');
    };
    const { result, error } = replayLane({}, lane, {
      mirrorLists: broken,
      reportInterruption: broken,
    });

    expect(error).toBeUndefined();
    expect(result).toMatchObject({ isBroken: true });
  });

  it('ends a factory that Azure keeps throttling after a hundred steps', () => {
    const { calls, continuedAs } = replayLane({ a: Array(40).fill({ checkpoint }) });
    const item = { ...continuedAs.queue[0], stretches: 100 };
    const last = replayLane({}, { ...continuedAs, queue: [item] });

    expect(calls).toHaveLength(40);
    expect(continuedAs.queue[0]).toMatchObject({ n: 0, checkpoint, stretches: 40 });
    expect(last.calls).toMatchObject([{ input: { checkpoint, isLast: true } }]);
  });

  it('continues as new with the results of its history', () => {
    const names = Array.from({ length: 50 }, (_, n) => `f${n}`);
    const history = { ...lane, part: 'runHistory', activityQueries: 2, queue: queueOf(...names) };
    const ran = { ...tally, runsWithActivities: 2, remaining: 1 };
    const steps = { mirrorRuns: () => ({ done: { tally: ran, needsQueries: true } }) };
    const first = replay(syncLane, history, steps);

    const last = replay(syncLane, first.continuedAs, steps);

    expect([first.calls.length, last.calls.length]).toEqual([40, 10]);
    expect(first.calls[0]!.input).toEqual({
      ...target,
      factory: factory('f0'),
      activityQueries: 2,
    });
    expect(last.result).toMatchObject({ queue: [], queries: 100 });
    expect(last.result!.next).toEqual(names.map((_, n) => ({ n, tally: ran })));
  });
});
