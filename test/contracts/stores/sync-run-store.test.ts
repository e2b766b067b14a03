/** SyncRunStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { SyncRunTable } from '../../../functions/azure/tables/sync-run-table';
import { StaleError } from '../../../functions/errors/app-error';
import type { SyncRunStore } from '../../../functions/sync/ports';
import { transition, type SyncRun } from '../../../functions/sync/sync-run';
import {
  noCounts,
  type FactoryEndEntry,
  type WorkerProgress,
} from '../../../functions/sync/progress/progress-report';
import { ulid } from '../../../functions/storage/ulid';
import { fakeSyncRunStore } from '../../fakes/sync-run-store';
import { now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'f' };

function aRun(seconds = 0, overrides: Partial<SyncRun> = {}): SyncRun {
  const at = later(seconds);
  return {
    ...connector,
    id: ulid(at, new Uint8Array(10)),
    mode: 'initial',
    trigger: 'manual',
    status: 'queued',
    phase: 'queued',
    listCount: 0,
    factoryCount: 0,
    tallies: {},
    factories: [],
    activeMs: 0,
    requestedBy: { objectId: 'o', displayName: 'Ada' },
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
    ...overrides,
  };
}

const aWorkerProgress = (seconds: number): WorkerProgress => ({
  at: later(seconds).toISOString(),
  factories: [
    {
      factory,
      lists: ['pipeline'],
      readingRunHistory: false,
      throttledParts: {},
      counts: { ...noCounts, read: seconds },
    },
  ],
  samples: [[later(seconds).getTime(), seconds, 0, 0]],
});
const aFactoryEnd = (name: string): FactoryEndEntry => ({
  outcome: { factory: { ...factory, name }, status: 'succeeded' },
  tallies: { pipeline: { read: 4, written: 1, unchanged: 3, removed: 0 } },
  expectedObjects: 4,
  durationMs: 1_000,
});

describe.each<[string, () => SyncRunStore | Promise<SyncRunStore>]>([
  ['fake', fakeSyncRunStore],
  [
    'Table Storage',
    async () => new SyncRunTable(await storage.newTable(), await storage.newTable()),
  ],
])('SyncRunStore: %s', (_, open) => {
  it('reads a new sync run and locks its connector', async () => {
    const store = await open();
    await store.begin(aRun());

    expect(await store.get(connector, aRun().id)).toEqual({ ...aRun(), etag: expect.any(String) });
    expect(await store.getLock(connector)).toMatchObject({
      syncRunId: aRun().id,
      acquiredAt: aRun().createdAt,
    });
  });

  it('refuses ten concurrent sync runs of a locked connector', async () => {
    const store = await open();
    await store.begin(aRun());

    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => store.begin(aRun(n + 1))),
    );

    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect((await store.list(connector, { limit: 50 })).items).toHaveLength(1);
  });

  it('creates one of ten concurrent sync runs', async () => {
    const store = await open();

    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => store.begin(aRun(n))),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('grants an orphaned lock to one of five sync runs', async () => {
    const store = await open();
    await store.begin(aRun());
    const lock = (await store.getLock(connector))!;

    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => store.takeOverLock(aRun(n + 1), lock)),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await store.getLock(connector))!.syncRunId).not.toBe(aRun().id);
  });

  it('stores a finished sync run and frees its connector', async () => {
    const store = await open();
    await store.begin(aRun());
    const { etag } = (await store.get(connector, aRun().id))!;
    const finished: SyncRun = {
      ...transition(transition(aRun(), 'running', later(1)), 'partial', later(2)),
      listCount: 12,
      factoryCount: 1,
      tallies: { pipeline: { read: 1, written: 1, unchanged: 0, removed: 0 } },
      factories: [
        { factory, status: 'partial', failures: { trigger: { code: 'x', message: 'y' } } },
      ],
      error: { code: 'x', message: 'y' },
    };

    await store.replace({ ...finished, etag });
    await store.cleanUp(finished);

    expect(await store.get(connector, aRun().id)).toEqual({
      ...finished,
      etag: expect.any(String),
    });
    expect(await store.getLock(connector)).toBeUndefined();
    await store.begin(aRun(10));
  });

  it('does not release a lock that was taken over', async () => {
    const store = await open();
    await store.begin(aRun());
    await store.takeOverLock(aRun(1), (await store.getLock(connector))!);

    await store.cleanUp(aRun());

    expect(await store.getLock(connector)).toMatchObject({ syncRunId: aRun(1).id });
  });

  it('does not release a lock that is taken over concurrently', async () => {
    const store = await open();
    await store.begin(aRun());
    const read = (await store.get(connector, aRun().id))!;
    const lock = (await store.getLock(connector))!;
    const getLock = store.getLock.bind(store);
    store.getLock = async (key) => {
      const current = await getLock(key);
      store.getLock = getLock;
      await store.takeOverLock(aRun(1), lock);
      return current;
    };

    await store.cleanUp(read);

    expect(await store.getLock(connector)).toMatchObject({ syncRunId: aRun(1).id });
  });

  it('refuses to replace a sync run that has changed', async () => {
    const store = await open();
    await store.begin(aRun());
    const read = (await store.get(connector, aRun().id))!;
    await store.replace({ ...read, listCount: 1 });

    await expect(store.replace({ ...read, listCount: 2 })).rejects.toMatchObject({ kind: 'stale' });
  });

  it('keeps the last report of each worker', async () => {
    const store = await open();
    const run = { ...connector, syncRunId: aRun().id };

    await store.reportProgress(run, 'w1', aWorkerProgress(1), true);
    await store.reportProgress(run, 'w2', aWorkerProgress(2), true);
    await store.reportProgress(run, 'w1', aWorkerProgress(3), false);

    const { workers } = await store.getProgress(run);
    expect(workers.toSorted((a, b) => (a.at < b.at ? -1 : 1))).toEqual([
      aWorkerProgress(2),
      aWorkerProgress(3),
    ]);
  });

  it('lists reports of ten workers and factories once each', async () => {
    const store = await open();
    const run = { ...connector, syncRunId: aRun().id };
    const numbers = Array.from({ length: 10 }, (_, n) => n);

    await Promise.all([
      ...numbers.map((n) => store.reportProgress(run, `w${n}`, aWorkerProgress(n), true)),
      ...[...numbers, ...numbers].map((n) => store.reportFactoryEnd(run, aFactoryEnd(`f${n}`))),
    ]);

    const { workers, ended } = await store.getProgress(run);
    expect(workers).toHaveLength(10);
    expect(ended.map(({ outcome }) => outcome.factory.name).sort()).toEqual(
      numbers.map((n) => `f${n}`),
    );
    expect(ended).toContainEqual(aFactoryEnd('f3'));
  });

  it('adds the end of run history to the end of the lists', async () => {
    const store = await open();
    const run = { ...connector, syncRunId: aRun().id };
    const tally = { pipelineRuns: 3, triggerRuns: 1, runsWithActivities: 2, remaining: 5 };
    const failure = { code: 'x', message: 'y' };
    const pending = { ...aFactoryEnd('a'), runHistoryPending: true as const };
    await store.reportFactoryEnd(run, pending);
    await store.reportFactoryEnd(run, { ...pending, outcome: aFactoryEnd('b').outcome });
    const end = { factory: { ...factory, name: 'a' }, tally, durationMs: 7 };

    await store.reportRunHistoryEnd(run, { ...end, isPending: true });
    const first = (await store.getProgress(run)).ended;
    await store.reportRunHistoryEnd(run, { ...end, failure });
    const { ended } = await store.getProgress(run);

    const { outcome } = aFactoryEnd('a');
    const read = { ...aFactoryEnd('a'), durationMs: 7 };
    expect(first).toContainEqual({
      ...read,
      outcome: { ...outcome, runs: tally },
      runHistoryPending: true,
    });
    expect(ended).toContainEqual({
      ...read,
      outcome: { ...outcome, status: 'partial', failures: { runHistory: failure }, runs: tally },
    });
    expect(ended).toContainEqual({ ...pending, outcome: aFactoryEnd('b').outcome });
  });

  it('refuses reports of a finished sync run and deletes earlier ones', async () => {
    const store = await open();
    const [run, other] = [aRun().id, aRun(1).id].map((syncRunId) => ({ ...connector, syncRunId }));
    await store.begin(aRun());
    for (const each of [run!, other!]) {
      await store.reportProgress(each, 'w1', aWorkerProgress(1), true);
      await store.reportFactoryEnd(each, aFactoryEnd('f'));
    }

    await store.cleanUp(aRun());

    await expect(
      store.reportProgress(run!, 'w1', aWorkerProgress(2), false),
    ).rejects.toBeInstanceOf(Error);
    expect(await store.getProgress(run!)).toEqual({ workers: [], ended: [] });
    expect(await store.getProgress(other!)).toEqual({
      workers: [aWorkerProgress(1)],
      ended: [aFactoryEnd('f')],
    });
    expect((await store.list(connector, { limit: 9 })).items).toHaveLength(1);
  });

  it('clears fields that a paused sync run no longer has', async () => {
    const store = await open();
    await store.begin(aRun(0, { status: 'running', startedAt: now.toISOString() }));
    const running = transition(aRun(), 'running', later(1));
    const { etag } = (await store.get(connector, aRun().id))!;
    await store.replace({ ...running, expectedObjects: 7, etag });

    const paused = transition(running, 'paused', later(5));
    await store.replace({ ...paused, etag: (await store.get(connector, aRun().id))!.etag });

    expect(running.activeSince).toBe(later(1).toISOString());
    expect(await store.get(connector, aRun().id)).toEqual({ ...paused, etag: expect.any(String) });
  });

  it('lists five sync runs newest first in pages of two', async () => {
    const store = await open();
    for (let n = 0; n < 5; n++) {
      await store.begin(aRun(n));
      await store.cleanUp(aRun(n));
    }

    const { factories: _, ...summary } = (await store.get(connector, aRun(4).id))!;
    const ids: string[] = [];
    let continuation: string | undefined;
    do {
      const page = await store.list(connector, { limit: 2, ...(continuation && { continuation }) });
      ids.push(...page.items.map(({ id }) => id));
      continuation = page.continuation;
    } while (continuation);

    expect(ids).toEqual([4, 3, 2, 1, 0].map((n) => aRun(n).id));
    expect((await store.list(connector, { limit: 1 })).items).toEqual([
      { ...summary, etag: undefined, outcomes: {} },
    ]);
  });

  it('deletes the sync runs of one connector only', async () => {
    const store = await open();
    const others = [
      { ...connector, connectorId: 'c2' },
      { ...connector, tenantId: 'fabrikam' },
    ];
    for (const each of [connector, ...others]) {
      await store.begin(aRun(0, each));
      await store.reportProgress({ ...each, syncRunId: aRun().id }, 'w1', aWorkerProgress(1), true);
      await store.reportFactoryEnd({ ...each, syncRunId: aRun().id }, aFactoryEnd('f'));
    }

    await store.deleteConnector(connector);
    await store.deleteConnector(connector);

    expect(await store.getLock(connector)).toBeUndefined();
    expect((await store.list(connector, { limit: 9 })).items).toEqual([]);
    expect((await store.getProgress({ ...connector, syncRunId: aRun().id })).workers).toEqual([]);
    for (const other of others) {
      expect((await store.list(other, { limit: 9 })).items).toHaveLength(1);
      expect((await store.getProgress({ ...other, syncRunId: aRun().id })).ended).toHaveLength(1);
    }
  });

  it('returns nothing for an unknown id', async () => {
    const store = await open();

    expect(await store.get(connector, aRun().id)).toBeUndefined();
    expect(await store.get(connector, "x' or 1 eq 1")).toBeUndefined();
  });

  it('lists active and recent sync runs, locks and ids by tenant', async () => {
    const store = await open();
    const other = { ...connector, connectorId: 'c2' };
    await store.begin(aRun(0));
    await store.replace({
      ...transition(aRun(0), 'failed', later(5)),
      etag: (await store.get(connector, aRun(0).id))!.etag,
    });
    await store.cleanUp(transition(aRun(0), 'failed', later(5)));
    await store.begin(aRun(10));
    await store.begin(aRun(20, other));
    await store.begin(aRun(30, { tenantId: 'fabrikam' }));

    const listEnded = (seconds: number) => store.listEnded('contoso', later(seconds));
    const active = (await store.listActive('contoso')).map(({ id }) => id).sort();
    const closing = await store.listClosing('contoso');
    await store.settle(closing[0]!);
    const ended = [await listEnded(5), await listEnded(6)];
    await store.purgeEnded('contoso', later(6));

    expect(active).toEqual([aRun(10).id, aRun(20).id]);
    expect(closing).toEqual([{ ...connector, syncRunId: aRun(0).id }]);
    expect(await store.listClosing('contoso')).toEqual([]);
    expect([...ended, await listEnded(0)]).toEqual([['failed'], [], []]);
    expect((await store.listLocks('contoso')).map(({ connectorId }) => connectorId).sort()).toEqual(
      ['c1', 'c2'],
    );
    expect(await store.find('contoso', aRun(20).id)).toMatchObject(other);
    expect(await store.find('fabrikam', aRun(20).id)).toBeUndefined();
    expect((await store.listTenant('contoso', 'queued', { limit: 9 })).items).toHaveLength(2);
    expect((await store.listTenant('contoso', undefined, { limit: 9 })).items).toHaveLength(3);
  });

  it('lists sync runs before a given time, newest first', async () => {
    const store = await open();
    for (const seconds of [0, 1, 2, 3]) {
      await store.begin(aRun(seconds));
      await store.releaseLock(connector, (await store.getLock(connector))!);
    }
    await store.begin(aRun(0, { connectorId: 'c2' }));

    const ids: string[] = [];
    for (let continuation: string | undefined = ''; continuation !== undefined;) {
      const page: { items: readonly { id: string }[]; continuation?: string } =
        await store.listBefore(connector, later(2), {
          limit: 1,
          ...(continuation && { continuation }),
        });
      ids.push(...page.items.map(({ id }) => id));
      continuation = page.continuation;
    }

    expect(ids).toEqual([aRun(1).id, aRun(0).id]);
  });

  it('deletes a sync run only with a current etag', async () => {
    const store = await open();
    await store.begin(aRun());
    const read = (await store.get(connector, aRun().id))!;
    const confirmation = { at: later(9).toISOString(), by: { objectId: 'o', displayName: 'Ada' } };
    const purgedAt = later(10).toISOString();
    await store.replace({ ...read, removalsConfirmed: confirmation, changesPurgedAt: purgedAt });

    await expect(store.delete(read)).rejects.toBeInstanceOf(StaleError);
    const current = (await store.get(connector, aRun().id))!;
    await store.delete(current);

    expect(current).toMatchObject({ removalsConfirmed: confirmation, changesPurgedAt: purgedAt });
    expect(await store.get(connector, aRun().id)).toBeUndefined();
    await expect(store.delete(current)).rejects.toBeInstanceOf(StaleError);
    await expect(store.replace(current)).rejects.toBeInstanceOf(StaleError);
  });

  it('releases a lock only with a current etag', async () => {
    const store = await open();
    await store.begin(aRun());
    const read = (await store.getLock(connector))!;
    await store.takeOverLock(aRun(1), read);

    await store.releaseLock(connector, read);
    expect(await store.getLock(connector)).toMatchObject({ syncRunId: aRun(1).id });
    await store.releaseLock(connector, (await store.getLock(connector))!);

    expect(await store.getLock(connector)).toBeUndefined();
  });
});
