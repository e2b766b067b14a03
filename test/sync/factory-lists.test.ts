/** The steps that read one factory: its lists, and its run history. */
import type { MirrorResult, MirrorTarget } from '../../functions/catalog/mirror/mirror-messages';
import { listedKinds } from '../../functions/data-factory/resource';
import type { StopRequest } from '../../functions/durable/stop-request';
import { RefusedError, ThrottledError } from '../../functions/errors/app-error';
import { FactoryEndService } from '../../functions/sync/factories/factory-end-service';
import { FactoryHistoryService } from '../../functions/sync/factories/factory-history-service';
import { FactoryListsService } from '../../functions/sync/factories/factory-lists-service';
import type {
  FactoryTarget,
  RunHistoryTarget,
} from '../../functions/sync/orchestration/step-messages';
import { mirroredKinds } from '../../functions/sync/orchestration/sync-plan';
import type { RunMirrorResult } from '../../functions/run-history/run-mirror-messages';
import { now, owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const one = { read: 1, written: 1, unchanged: 0, removed: 0 };
const runs = { pipelineRuns: 2, triggerRuns: 1, runsWithActivities: 2, remaining: 0 };

/** A sync run on fakes. Lists give the results of `answer`, or are read if it is absent. */
async function aFactory(answer?: (list: MirrorTarget) => Partial<MirrorResult> | undefined) {
  const context = syncContext();
  const { services, syncRunStore, durableClient } = context;
  const run = await services.syncRuns.begin(
    { tenantId: owner.tenantId, connectorId: 'c1' },
    { trigger: 'manual' },
    durableClient,
  );
  const key = { tenantId: owner.tenantId, connectorId: 'c1', syncRunId: run.id };
  const target: FactoryTarget = { ...key, mode: 'incremental', factory };
  await services.syncRuns.recordStarted(target);
  let time = now.getTime();
  const clock = () => new Date(time);
  const lists: MirrorTarget[] = [];
  const removals: unknown[] = [];
  const marks: boolean[] = [];
  const removed = { pipeline: { ...one, read: 0, written: 0, removed: 8 } };
  let stop: StopRequest | undefined;
  const stopRequests = { check: async () => stop };
  const ends = new FactoryEndService(syncRunStore, stopRequests, clock);
  const { progressReporting, factoryRemoval, catalogMirror } = services;
  const service = new FactoryListsService(
    answer
      ? {
          mirror: async (list) => {
            lists.push(list);
            return { tallies: { [list.kind]: one }, ...answer(list) };
          },
        }
      : catalogMirror,
    answer
      ? {
          remove: async (removal) => {
            removals.push(removal);
            return { tallies: removed, massRemovals: {} };
          },
          markGone: async ({ isGone }) => void marks.push(isGone),
        }
      : factoryRemoval,
    context.maps,
    progressReporting,
    stopRequests,
    ends,
    clock,
  );
  const ended = async () => (await syncRunStore.getProgress(key)).ended;
  return {
    ...context,
    key,
    target,
    service,
    ends,
    stopRequests,
    lists,
    removals,
    marks,
    removed,
    clock,
    ended,
    mirror: (more: object = {}) => service.mirror({ ...target, ...more }),
    stop: (request: StopRequest | undefined) => void (stop = request),
    advance: (seconds: number) => void (time += seconds * 1_000),
    outcome: async () => (await ended())[0]!.outcome,
  };
}

/** Results for one kind, each once, and the usual ones otherwise. */
const except =
  (kind: string, ...said: Partial<MirrorResult>[]) =>
  (list: MirrorTarget) =>
    list.kind === kind ? said.shift() : undefined;

const failure = { code: 'resource_manager_access_denied', message: 'No.' };

describe('FactoryListsService', () => {
  it('reads every kind once and stores how the factory ended', async () => {
    const { mirror, lists, ended } = await aFactory(() => undefined);

    const result = await mirror({ expectedObjects: 7 });

    expect(lists.map(({ kind }) => kind)).toEqual([...mirroredKinds]);
    expect([...mirroredKinds].sort()).toEqual([...listedKinds].sort());
    expect(lists[0]).toMatchObject({ full: false, factory });
    expect(result).toEqual({ hasRunHistory: true, derivedIsStale: true });
    expect(await ended()).toMatchObject([
      {
        outcome: { factory, status: 'succeeded', counts: { read: 12 } },
        expectedObjects: 7,
        runHistoryPending: true,
        durationMs: 0,
      },
    ]);
  });

  it('continues only the list that returned a cursor', async () => {
    const { mirror, lists, outcome } = await aFactory(except('pipeline', { cursor: ['next'] }));

    const { checkpoint } = await mirror();
    const result = await mirror({ checkpoint });

    expect(checkpoint!.pending).toEqual([{ kind: 'pipeline', cursor: ['next'] }]);
    expect(lists.slice(mirroredKinds.length)).toMatchObject([
      { kind: 'pipeline', cursor: ['next'] },
    ]);
    expect(result).toEqual({ hasRunHistory: true, derivedIsStale: true });
    expect(await outcome()).toMatchObject({ status: 'succeeded', counts: { read: 13 } });
  });

  it('waits for a throttled list only if nothing else remains', async () => {
    const notBefore = new Date(now.getTime() + 50_000).toISOString();
    const { mirror, lists } = await aFactory((list) =>
      list.cursor
        ? undefined
        : list.kind === 'dataset'
          ? { cursor: [], notBefore }
          : list.kind === 'pipeline'
            ? { cursor: ['next'] }
            : undefined,
    );

    const first = await mirror();
    const second = await mirror({ checkpoint: first.checkpoint });
    const third = await mirror({ checkpoint: second.checkpoint });

    expect([first.notBefore, second.notBefore]).toEqual([undefined, notBefore]);
    expect(lists.slice(mirroredKinds.length).map(({ kind }) => kind)).toEqual([
      'pipeline',
      'dataset',
    ]);
    expect(third).toEqual({ hasRunHistory: true, derivedIsStale: true });
  });

  it('counts the lists that remain as failed in its last step', async () => {
    const { mirror, outcome } = await aFactory(except('dataset', { cursor: ['again'] }));
    const { checkpoint } = await mirror();

    await mirror({ checkpoint, isLast: true });

    expect(await outcome()).toMatchObject({
      status: 'partial',
      failures: { dataset: { code: 'list_throttled' } },
    });
  });

  it('ends partial if one kind cannot be read', async () => {
    const response = { status: 403 };
    const { mirror, outcome } = await aFactory(
      except('trigger', { tallies: {}, failure: { ...failure, response } }),
    );

    await mirror();

    expect(await outcome()).toMatchObject({ status: 'partial', failures: { trigger: failure } });
    expect((await outcome()).failures!['trigger']).toEqual(failure);
  });

  it.each([
    ['pause', 'paused', true],
    ['cancellation', 'cancelled', false],
  ] as const)('returns what remains after a %s', async (_, stopRequest, continues) => {
    const massRemoval = { removed: 9, of: 10 };
    const { mirror, ended } = await aFactory((list) =>
      list.kind === 'dataset'
        ? { massRemoval }
        : list.kind === 'pipeline'
          ? { cursor: [], stopRequest }
          : undefined,
    );

    const result = await mirror();

    expect(result.stopRequest).toBe(stopRequest);
    expect(result.checkpoint?.pending).toEqual(
      continues ? [{ kind: 'pipeline', cursor: [] }] : undefined,
    );
    expect(await ended()).toMatchObject(
      continues
        ? []
        : [{ outcome: { status: 'cancelled', massRemovals: { dataset: massRemoval } } }],
    );
  });

  it('reads nothing for a sync run that is paused or cancelled', async () => {
    const { mirror, lists, stop, outcome } = await aFactory(() => undefined);

    stop('paused');
    const { checkpoint } = await mirror();
    stop('cancelled');
    await mirror({ checkpoint });

    expect(lists).toEqual([]);
    expect(checkpoint!.pending).toHaveLength(mirroredKinds.length);
    expect(await outcome()).toMatchObject({ status: 'cancelled' });
  });

  it('stores no end of a sync run that is terminal', async () => {
    const { mirror, stop, services, key, ended } = await aFactory(() => undefined);
    await services.syncRuns.end(key, 'failed', failure);
    stop('cancelled');

    await mirror();

    expect(await ended()).toEqual([]);
  });

  it('waits for all lists before it throws the error of one', async () => {
    let settled = 0;
    const { mirror, ended } = await aFactory(({ kind }) => {
      settled++;
      if (kind === 'pipeline') throw new Error('Storage is unavailable.');
      return undefined;
    });

    await expect(mirror()).rejects.toThrow('Storage is unavailable.');

    expect(settled).toBe(mirroredKinds.length);
    expect(await ended()).toEqual([]);
  });

  const answer = (status: number, azureCode?: string) => ({
    code: 'any',
    message: 'No.',
    response: { status, ...(azureCode && { code: azureCode }) },
  });
  const denied = { ...answer(403), code: 'resource_manager_access_denied' };
  const gone = answer(404, 'ResourceNotFound');
  const html = answer(404);
  /** `others` is the failure of all lists but the factory itself. */
  const failing = (itself?: ReturnType<typeof answer>, others?: ReturnType<typeof answer>) =>
    aFactory(({ kind }) => {
      const why = kind === 'factory' ? itself : others;
      return { tallies: {}, ...(why && { failure: why }) };
    });
  const unlisted = { unlisted: true };
  const inDoubt = { unlisted: true, discoveryInDoubt: true };
  const goneBefore = { goneSinceRun: 'r0' };

  it.each([
    ['the lists were read', unlisted, gone, undefined, 'partial'],
    [
      'the subscription is not found',
      unlisted,
      answer(404, 'SubscriptionNotFound'),
      html,
      'no_access',
    ],
    ['a proxy answers with HTML', { ...unlisted, ...goneBefore }, html, html, 'failed'],
    ['the lists fail', unlisted, gone, answer(500), 'failed'],
    ['access is denied', {}, denied, denied, 'no_access'],
    ['discovery lists it', {}, gone, gone, 'failed'],
    ['it is retried', { ...unlisted, retryOf: 'r0' }, gone, gone, 'failed'],
  ])('keeps a factory that is not found if %s', async (_, evidence, itself, others, status) => {
    const { mirror, removals, outcome } = await failing(itself, others);

    const result = await mirror(evidence);

    expect(await outcome()).toMatchObject({ status });
    expect(removals).toEqual([]);
    expect(result).toEqual({});
  });

  it.each([
    ['unlisted', unlisted, 'if_mass_removal'],
    ['unlisted with most others', inDoubt, 'always'],
    ['listed, but gone in an earlier sync run', goneBefore, 'always'],
  ])('removes a factory that is gone and %s', async (_, evidence, quarantine) => {
    const { mirror, removals, ended, removed } = await failing(gone, gone);

    await mirror(evidence);

    expect(removals).toMatchObject([{ factory, quarantine }]);
    expect(await ended()).toMatchObject([
      { outcome: { status: 'removed', counts: { removed: 8 } }, tallies: removed },
    ]);
  });

  it('names a factory whose derived data is stale', async () => {
    const idle = { tallies: { pipeline: { ...one, written: 0, unchanged: 1 } } };
    const changed = await aFactory(() => undefined);
    const unchanged = await aFactory(() => idle);

    const results = [
      await changed.mirror(),
      await unchanged.mirror(),
      await unchanged.mirror({ mode: 'full' }),
      await unchanged.mirror({ derivedIsStale: true }),
    ];

    expect(results.map(({ derivedIsStale = false }) => derivedIsStale)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('leaves a removal that begins late to the next step', async () => {
    const { mirror, removals, advance, outcome } = await aFactory(({ kind }) => {
      if (kind === 'factory') advance(30);
      return { tallies: {}, failure: gone };
    });

    const { checkpoint } = await mirror(unlisted);
    const before = [...removals];
    await mirror({ ...unlisted, checkpoint });

    expect([before.length, removals.length]).toEqual([0, 1]);
    expect(await outcome()).toMatchObject({ status: 'removed' });
  });

  it.each([
    ['filters by name', {}, 'never'],
    ['filters by tag', { filteredByTags: true }, 'if_mass_removal'],
    [
      'filters by tag that exclude most',
      { filteredByTags: true, discoveryInDoubt: true },
      'always',
    ],
  ])('removes a factory that is excluded by %s, unread', async (_, evidence, quarantine) => {
    const { mirror, removals, lists, outcome } = await failing(gone, gone);

    await mirror({ ...evidence, filteredOut: true });

    expect(removals).toMatchObject([{ quarantine }]);
    expect(lists).toEqual([]);
    expect(await outcome()).toMatchObject({ status: 'filtered_out' });
  });

  it.each([
    ['records that it is gone', {}, gone, gone, [true]],
    ['clears the record of a factory that is found', goneBefore, undefined, undefined, [false]],
    ['clears the record if lists are read', goneBefore, gone, undefined, [false]],
    ['keeps the record in an outage', goneBefore, answer(503), answer(503), []],
    ['records nothing for a factory that is found', {}, undefined, undefined, []],
  ])('%s', async (_, evidence, itself, others, expected) => {
    const { mirror, marks } = await failing(itself, others);

    await mirror(evidence);

    expect(marks).toEqual(expected);
  });

  describe('on the catalog', () => {
    const wait = { name: 'W', type: 'Wait' };
    const pipelines = [
      { name: 'A', etag: 'e1', properties: { activities: [wait] } },
      { name: 'B', etag: 'e1', properties: { activities: [] } },
    ];

    it('gives a step that runs again the counts of the first', async () => {
      const { mirror, factories, ended, maps, catalogRows } = await aFactory();
      factories.pages = { pipeline: [pipelines], dataset: [[{ name: 'D', properties: {} }]] };
      await mirror();
      const [first] = await ended();
      const writes = [...maps.writes, ...catalogRows.written];

      await mirror();

      expect(await ended()).toEqual([first]);
      expect(first!.tallies).toMatchObject({
        pipeline: { read: 2, written: 2 },
        activity: { written: 1 },
        dataset: { written: 1 },
      });
      expect([...maps.writes, ...catalogRows.written]).toEqual(writes);
    });

    it('counts what a failed attempt has written', async () => {
      const { mirror, factories, ended } = await aFactory();
      factories.pages = { pipeline: [pipelines] };
      const readPage = factories.readPage.bind(factories);
      factories.readPage = async (connector, ref, kind, cursor) => {
        if (kind === 'dataset') throw new TypeError('a bug');
        return readPage(connector, ref, kind, cursor);
      };
      await expect(mirror()).rejects.toThrow('a bug');
      factories.readPage = readPage;

      await mirror();

      expect((await ended())[0]!.tallies.pipeline).toMatchObject({ read: 2, written: 2 });
    });

    it('writes nothing for a list that is throttled at its first page', async () => {
      const { mirror, factories, maps } = await aFactory();
      factories.pages = { trigger: [new ThrottledError('throttled', 'Later.', 30)] };

      const { checkpoint, notBefore } = await mirror();

      expect(checkpoint!.pending).toMatchObject([{ kind: 'trigger', notBefore }]);
      expect(maps.writes).toEqual([]);
    });

    it('fails only the list that Azure denies', async () => {
      const { mirror, factories, outcome } = await aFactory();
      factories.pages = {
        pipeline: [pipelines],
        trigger: [new RefusedError('denied', 'No.')],
      };

      await mirror();

      expect(await outcome()).toMatchObject({ status: 'partial', counts: { written: 3 } });
    });
  });
});

describe('FactoryHistoryService', () => {
  async function aHistory(...said: Partial<RunMirrorResult>[]) {
    const context = await aFactory(() => undefined);
    const cursors: unknown[] = [];
    const service = new FactoryHistoryService(
      {
        mirror: async (target) => {
          cursors.push(target.cursor);
          return { tally: runs, ...said.shift() };
        },
      },
      context.services.progressReporting,
      context.stopRequests,
      context.ends,
      context.clock,
    );
    await context.mirror();
    return {
      ...context,
      cursors,
      read: (more: Partial<RunHistoryTarget> = {}) => {
        const { checkpoint: _lists, ...target } = context.target;
        return service.mirror({ ...target, ...more });
      },
    };
  }
  const cursor = { phase: 'trigger' as const, before: 'b', budget: 3 };

  it('adds its counts to the result of the lists', async () => {
    const { read, ended } = await aHistory();

    const result = await read();

    expect(result).toEqual({ tally: runs });
    expect(await ended()).toMatchObject([
      { outcome: { status: 'succeeded', counts: { read: 12 }, runs } },
    ]);
    expect((await ended())[0]).not.toHaveProperty('runHistoryPending');
  });

  it.each([
    ['a wait', { notBefore: '2026-01-15T12:00:30.000Z' }],
    ['a pause', { stopRequest: 'paused' as const }],
  ])('continues at its cursor with its counts after %s', async (_, how) => {
    const { read, cursors, outcome } = await aHistory({ cursor, ...how });

    const { checkpoint, ...rest } = await read();
    await read({ checkpoint: checkpoint! });

    expect(rest).toEqual(how);
    expect(cursors).toEqual([undefined, cursor]);
    expect((await outcome()).runs).toEqual({
      ...runs,
      pipelineRuns: 4,
      triggerRuns: 2,
      runsWithActivities: 4,
    });
  });

  it.each([
    ['cannot be read', { failure }, {}, { status: 'partial', failures: { runHistory: failure } }],
    ['is cancelled', { cursor, stopRequest: 'cancelled' as const }, {}, { status: 'cancelled' }],
    [
      'is throttled for too long',
      {},
      { isLast: true as const },
      { status: 'partial', failures: { runHistory: { code: 'run_history_throttled' } } },
    ],
  ])('keeps the lists if run history %s', async (_, how, more, expected) => {
    const { read, outcome } = await aHistory(how);

    await read(more);

    expect(await outcome()).toMatchObject({ ...expected, counts: { read: 12 } });
  });

  it.each([
    ['lists', { status: 'failed', failures: { factory: { code: 'factory_interrupted' } } }],
    [
      'runHistory',
      { status: 'partial', failures: { runHistory: { code: 'run_history_interrupted' } } },
    ],
  ] as const)('stores an interruption of %s', async (part, expected) => {
    const { ends, target, outcome } = await aHistory();

    await ends.recordInterruption({ ...target, part });

    expect(await outcome()).toMatchObject(expected);
  });

  it('asks for more queries only if its share was limited', async () => {
    const tally = { ...runs, remaining: 5 };
    const { read, ended } = await aHistory({ tally }, { tally });

    const limited = await read({ activityQueries: 2 });
    const pending = (await ended())[0]!.runHistoryPending;
    const unlimited = await read();

    expect([limited.needsQueries, pending, unlimited.needsQueries]).toEqual([
      true,
      true,
      undefined,
    ]);
  });
});
