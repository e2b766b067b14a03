import type { Stored } from '../../functions/storage/stored';
import type { FactoryOutcome, SyncRun, SyncStatus } from '../../functions/sync/sync-run';
import type { SyncOutcome } from '../../functions/sync/step-messages';
import { aConnectedConnector, aConnector, ada, mallory } from '../support/builders';
import { syncContext } from '../support/sync-context';

const connector = { tenantId: ada.tenantId, connectorId: 'c1' };
const manual = { trigger: 'manual' as const };
const begin = (world: ReturnType<typeof syncContext>) =>
  world.services.syncRuns.begin(ada.tenantId, 'c1', manual, world.durableClient);

describe('beginning a sync', () => {
  it('given a connected connector, when a sync is begun, then its orchestration is started under an id of its own', async () => {
    const world = syncContext();

    const run = await begin(world);

    expect(run).toMatchObject({ status: 'queued', mode: 'initial', trigger: 'manual' });
    expect(world.durableClient.started).toEqual([
      {
        name: 'syncConnector',
        instanceId: `sync-c1-${run.id}`,
        input: { tenantId: ada.tenantId, connectorId: 'c1', runId: run.id, mode: 'initial' },
      },
    ]);
    expect(run.id).toMatch(/^[\w-]+$/);
  });

  it('given a connector that is not connected, when a sync is begun, then it conflicts and nothing is stored', async () => {
    const world = syncContext([aConnector()]);

    await expect(begin(world)).rejects.toMatchObject({ code: 'connector_not_connected' });

    expect(world.durableClient.started).toEqual([]);
    const listed = await world.services.syncRuns.list(ada.tenantId, 'c1', { limit: 9 });
    expect(listed.items).toEqual([]);
  });

  it('given a connector of another tenant, when a sync is begun, then there is none', async () => {
    const { services, durableClient } = syncContext();

    const beginning = services.syncRuns.begin(mallory.tenantId, 'c1', manual, durableClient);

    await expect(beginning).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('given a sync under way, when another is begun, then it conflicts and says where the first is', async () => {
    const world = syncContext();
    const first = await begin(world);

    await expect(begin(world)).rejects.toMatchObject({
      code: 'sync_already_running',
      location: `/api/connectors/c1/syncs/${first.id}`,
    });
  });

  it.each(['Completed', 'Failed', 'Terminated', 'Canceled'] as const)(
    'given a lock whose instance is %s, when a sync is begun, then it takes over and the lost run has failed',
    async (status) => {
      const world = syncContext();
      const lost = await begin(world);
      world.durableClient.statuses.set(`sync-c1-${lost.id}`, status);
      world.wait(1);

      const run = await begin(world);

      expect(run.id > lost.id).toBe(true);
      expect(await world.services.syncRuns.get(ada.tenantId, 'c1', lost.id)).toMatchObject({
        status: 'failed',
        error: { code: 'sync_instance_lost' },
      });
    },
  );

  it('given a run that is over and has not given its lock back yet, when a sync is begun, then it takes over and the end stays', async () => {
    const world = syncContext();
    const { id: runId } = await begin(world);
    world.runs.finish = (run) => world.runs.replace(run);
    await world.services.syncRuns.finish({ ...connector, runId, mode: 'initial', reports: [] });
    world.wait(1);

    const next = await begin(world);

    expect(await world.runs.lock(connector)).toMatchObject({ runId: next.id });
    expect(await world.services.syncRuns.get(ada.tenantId, 'c1', runId)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('given a run whose instance was never started, when another is begun a minute later, then the first goes on and none is lost', async () => {
    const world = syncContext();
    const first = await begin(world);
    world.durableClient.statuses.clear();
    world.durableClient.started.length = 0;

    await expect(begin(world)).rejects.toMatchObject({ code: 'sync_already_running' });
    expect(world.durableClient.started).toEqual([]);
    world.wait(61);

    await expect(begin(world)).rejects.toMatchObject({
      code: 'sync_already_running',
      location: `/api/connectors/c1/syncs/${first.id}`,
    });
    expect(world.durableClient.started).toMatchObject([{ instanceId: `sync-c1-${first.id}` }]);
    expect(await world.services.syncRuns.get(ada.tenantId, 'c1', first.id)).toMatchObject({
      status: 'queued',
    });
  });

  it('given a run at work whose instance is gone, when a sync is begun, then it takes over', async () => {
    const world = syncContext();
    const lost = await begin(world);
    const target = { tenantId: ada.tenantId, connectorId: 'c1', runId: lost.id };
    await world.services.syncRuns.started({ ...target, mode: 'initial' });
    world.durableClient.statuses.clear();
    world.wait(61);

    await begin(world);

    expect(await world.services.syncRuns.get(ada.tenantId, 'c1', lost.id)).toMatchObject({
      status: 'failed',
      error: { code: 'sync_instance_lost' },
    });
  });

  it('given a run that was stored though the answer was lost on its way, when storing it is tried again, then it begins as if nothing had been', async () => {
    const world = syncContext();
    const store = world.runs.begin.bind(world.runs);
    world.runs.begin = async (run) => {
      await store(run);
      await store(run);
    };

    const { id } = await begin(world);

    expect(world.durableClient.started).toMatchObject([{ instanceId: `sync-c1-${id}` }]);
  });

  it('given ten callers at once, when each begins a sync, then one does', async () => {
    const world = syncContext();

    const begun = await Promise.allSettled(Array.from({ length: 10 }, () => begin(world)));

    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(world.durableClient.started).toHaveLength(1);
  });
});

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const failures = { trigger: { code: 'x', message: 'y' } };
const report = (outcome: Omit<FactoryOutcome, 'factory'>) => ({
  outcome: { factory, ...outcome },
  tallies: {},
});
const ok = report({ status: 'succeeded' });
const partly = report({ status: 'partial', failures });
const not = report({ status: 'failed', failures });

const runEndings: readonly {
  readonly what: string;
  readonly outcome: Partial<Pick<SyncOutcome, 'reports' | 'failure'>>;
  readonly status: SyncStatus;
}[] = [
  { what: 'no factories', outcome: {}, status: 'succeeded' },
  { what: 'copied factories', outcome: { reports: [ok, ok] }, status: 'succeeded' },
  {
    what: 'a factory that is gone',
    outcome: { reports: [ok, report({ status: 'gone' })] },
    status: 'succeeded',
  },
  { what: 'a factory copied in part', outcome: { reports: [ok, partly] }, status: 'partial' },
  { what: 'a factory that failed', outcome: { reports: [ok, not] }, status: 'partial' },
  { what: 'only factories that failed', outcome: { reports: [not, not] }, status: 'failed' },
  {
    what: 'a failed discovery',
    outcome: { failure: { code: 'x', message: 'y' } },
    status: 'failed',
  },
];

describe('a sync run', () => {
  it.each(runEndings)(
    'given $what, when it is finished, then it is $status',
    async ({ outcome, status }) => {
      const world = syncContext();
      const { id: runId, mode } = await begin(world);
      const target = { tenantId: ada.tenantId, connectorId: 'c1', runId, mode };
      await world.services.syncRuns.started(target);
      await world.services.syncRuns.discovered(target, { factoryCount: 1, lists: 12 });

      await world.services.syncRuns.finish({ ...target, reports: [], ...outcome });
      await world.services.syncRuns.finish({ ...target, reports: [] });

      const run = await world.services.syncRuns.get(ada.tenantId, 'c1', runId);
      expect(run).toMatchObject({ status, phase: 'finished', finishedAt: expect.any(String) });
      expect(run.error === undefined).toBe(status === 'succeeded');
      expect(await world.services.syncRuns.stop(ada.tenantId, 'c1')).toBe(true);
      const { syncSummary } = await world.services.connectors.get(ada.tenantId, 'c1');
      expect(syncSummary).toMatchObject({ lastSyncRunId: runId, lastStatus: status });
    },
  );

  it('given a sync that ends before its beginning is noted, when both are, then the connector shows the end', async () => {
    const world = syncContext();
    const { services, durableClient } = world;
    const start = durableClient.start.bind(durableClient);
    durableClient.start = async (name, instanceId, input) => {
      await start(name, instanceId, input);
      const target = { ...connector, runId: instanceId.slice('sync-c1-'.length) };
      await services.syncRuns.finish({ ...target, mode: 'initial', reports: [] });
    };

    const { id } = await begin(world);

    const { syncSummary } = await services.connectors.get(ada.tenantId, 'c1');
    expect(syncSummary).toMatchObject({
      lastSyncRunId: id,
      lastStatus: 'succeeded',
      lastSuccessAt: services.now().toISOString(),
    });
  });

  it('given a sync of an hour, when its connector is deleted, then it has ten minutes from its cancelling to fall silent', async () => {
    const world = syncContext();
    const { id: runId } = await begin(world);
    const stop = () => world.services.syncRuns.stop(ada.tenantId, 'c1');
    await world.services.syncRuns.started({ ...connector, runId, mode: 'initial' });
    world.wait(3_600);

    const first = await stop();
    world.wait(9 * 60);
    const second = await stop();
    world.wait(61);

    expect([first, second, await stop()]).toEqual([false, false, true]);
    expect(await world.services.syncRuns.get(ada.tenantId, 'c1', runId)).toMatchObject({
      status: 'cancelling',
    });
  });

  it.each<[string, (world: ReturnType<typeof syncContext>, run: Stored<SyncRun>) => unknown]>([
    ['is over', ({ runs }, run) => runs.replace({ ...run, status: 'failed' })],
    ['is not there', ({ runs }, run) => runs.delete(run)],
  ])(
    'given a lock whose run %s, when its connector is deleted, then nothing has to be waited for',
    async (_, happen) => {
      const world = syncContext();
      const { id } = await begin(world);
      await happen(world, (await world.runs.get(connector, id))!);

      expect(await world.services.syncRuns.stop(ada.tenantId, 'c1')).toBe(true);
    },
  );

  it('given a connector that was refreshed, when the interval and its jitter have passed since the last start, then it is due', async () => {
    const world = syncContext([aConnectedConnector()]);
    await begin(world);
    const isDue = async () =>
      world.services.syncRuns.isDue(await world.services.connectors.get(ada.tenantId, 'c1'));

    world.wait(59 * 60);
    expect(await isDue()).toBe(false);
    world.wait(6 * 60);
    expect(await isDue()).toBe(true);
  });
});
