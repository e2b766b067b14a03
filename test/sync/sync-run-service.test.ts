import type { Stored } from '../../functions/storage/stored';
import type { FactoryOutcome, SyncRun, SyncStatus } from '../../functions/sync/sync-run';
import { aConnectedConnector, aConnector, owner, ownerOfOtherTenant } from '../support/builders';
import { type EndOfSync, finishSync, syncContext } from '../support/sync-context';

const connector = { tenantId: owner.tenantId, connectorId: 'c1' };
const manual = { trigger: 'manual' as const };
const begin = (context: ReturnType<typeof syncContext>) =>
  context.services.syncRuns.begin(
    { tenantId: owner.tenantId, connectorId: 'c1' },
    manual,
    context.durableClient,
  );

describe('SyncRunService.begin', () => {
  it('starts an orchestration with its own instance id', async () => {
    const context = syncContext();

    const run = await begin(context);

    expect(run).toMatchObject({ status: 'queued', mode: 'initial', trigger: 'manual' });
    expect(context.durableClient.started).toEqual([
      {
        name: 'syncConnector',
        instanceId: `sync-c1-${run.id}`,
        input: { tenantId: owner.tenantId, connectorId: 'c1', syncRunId: run.id, mode: 'initial' },
      },
    ]);
    expect(run.id).toMatch(/^[\w-]+$/);
  });

  it('throws and stores nothing if the connector is not connected', async () => {
    const context = syncContext([aConnector()]);

    await expect(begin(context)).rejects.toMatchObject({ code: 'connector_not_connected' });

    expect(context.durableClient.started).toEqual([]);
    const listed = await context.services.syncRuns.list(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      { limit: 9 },
    );
    expect(listed.items).toEqual([]);
  });

  it('throws NotFoundError for a connector of another tenant', async () => {
    const { services, durableClient } = syncContext();

    const beginning = services.syncRuns.begin(
      { tenantId: ownerOfOtherTenant.tenantId, connectorId: 'c1' },
      manual,
      durableClient,
    );

    await expect(beginning).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('throws with the location of the run that is active', async () => {
    const context = syncContext();
    const first = await begin(context);

    await expect(begin(context)).rejects.toMatchObject({
      code: 'sync_already_running',
      location: `/api/connectors/c1/syncs/${first.id}`,
    });
  });

  it.each(['Completed', 'Failed', 'Terminated', 'Canceled'] as const)(
    'takes over the lock of an instance that is %s',
    async (status) => {
      const context = syncContext();
      const lost = await begin(context);
      context.durableClient.statuses.set(`sync-c1-${lost.id}`, status);
      context.wait(1);

      const run = await begin(context);

      expect(run.id > lost.id).toBe(true);
      expect(
        await context.services.syncRuns.get({
          tenantId: owner.tenantId,
          connectorId: 'c1',
          syncRunId: lost.id,
        }),
      ).toMatchObject({
        status: 'failed',
        error: { code: 'sync_instance_lost' },
      });
    },
  );

  it('takes over the lock of a terminal run and keeps its result', async () => {
    const context = syncContext();
    const { id: syncRunId } = await begin(context);
    jest.spyOn(context.syncRunStore, 'cleanUp').mockResolvedValue();
    await context.services.syncRuns.finish({
      ...connector,
      syncRunId,
      mode: 'initial',
    });
    context.wait(1);

    const next = await begin(context);

    expect(await context.syncRunStore.getLock(connector)).toMatchObject({ syncRunId: next.id });
    expect(
      await context.services.syncRuns.get({
        tenantId: owner.tenantId,
        connectorId: 'c1',
        syncRunId,
      }),
    ).toMatchObject({
      status: 'succeeded',
    });
  });

  it('starts the queued run that was never started instead', async () => {
    const context = syncContext();
    const first = await begin(context);
    context.durableClient.statuses.clear();
    context.durableClient.started.length = 0;

    await expect(begin(context)).rejects.toMatchObject({ code: 'sync_already_running' });
    expect(context.durableClient.started).toEqual([]);
    context.wait(61);

    await expect(begin(context)).rejects.toMatchObject({
      code: 'sync_already_running',
      location: `/api/connectors/c1/syncs/${first.id}`,
    });
    expect(context.durableClient.started).toMatchObject([{ instanceId: `sync-c1-${first.id}` }]);
    expect(
      await context.services.syncRuns.get({
        tenantId: owner.tenantId,
        connectorId: 'c1',
        syncRunId: first.id,
      }),
    ).toMatchObject({
      status: 'queued',
    });
  });

  it('takes over the lock of a running run without instance', async () => {
    const context = syncContext();
    const lost = await begin(context);
    const target = { tenantId: owner.tenantId, connectorId: 'c1', syncRunId: lost.id };
    await context.services.syncRuns.recordStarted({ ...target, mode: 'initial' });
    context.durableClient.statuses.clear();
    context.wait(61);

    await begin(context);

    expect(
      await context.services.syncRuns.get({
        tenantId: owner.tenantId,
        connectorId: 'c1',
        syncRunId: lost.id,
      }),
    ).toMatchObject({
      status: 'failed',
      error: { code: 'sync_instance_lost' },
    });
  });

  it('begins normally if the first response of storage was lost', async () => {
    const context = syncContext();
    const store = context.syncRunStore.begin.bind(context.syncRunStore);
    context.syncRunStore.begin = async (run) => {
      await store(run);
      await store(run);
    };

    const { id } = await begin(context);

    expect(context.durableClient.started).toMatchObject([{ instanceId: `sync-c1-${id}` }]);
  });

  it('lets one of ten concurrent callers begin', async () => {
    const context = syncContext();

    const begun = await Promise.allSettled(Array.from({ length: 10 }, () => begin(context)));

    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(context.durableClient.started).toHaveLength(1);
  });
});

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const failures = { trigger: { code: 'x', message: 'y' } };
const report = (name: string, outcome: Omit<FactoryOutcome, 'factory'>) => ({
  outcome: { factory: { ...factory, name }, ...outcome },
  tallies: {},
});
const ok = report('sales', { status: 'succeeded' });
const partly = report('stock', { status: 'partial', failures });
const not = report('trips', { status: 'failed', failures });

const runEndings: readonly {
  readonly what: string;
  readonly outcome: Pick<EndOfSync, 'reports' | 'failure'>;
  readonly status: SyncStatus;
}[] = [
  { what: 'no factories', outcome: {}, status: 'succeeded' },
  { what: 'mirrored factories', outcome: { reports: [ok] }, status: 'succeeded' },
  {
    what: 'a removed factory',
    outcome: { reports: [ok, report('gone', { status: 'removed' })] },
    status: 'succeeded',
  },
  { what: 'a partial factory', outcome: { reports: [ok, partly] }, status: 'partial' },
  { what: 'a failed factory', outcome: { reports: [ok, not] }, status: 'partial' },
  { what: 'only failed factories', outcome: { reports: [not] }, status: 'failed' },
  {
    what: 'a failed discovery',
    outcome: { failure: { code: 'x', message: 'y' } },
    status: 'failed',
  },
];

describe('SyncRunService', () => {
  it.each(runEndings)('finishes a run with $what as $status', async ({ outcome, status }) => {
    const context = syncContext();
    const { id: syncRunId, mode } = await begin(context);
    const target = { tenantId: owner.tenantId, connectorId: 'c1', syncRunId, mode };
    await context.services.syncRuns.recordStarted(target);
    await context.services.syncRuns.recordDiscovered(target, { factoryCount: 1, listCount: 12 });

    await finishSync(context.services, { ...target, ...outcome });
    await context.services.syncRuns.finish(target);

    const run = await context.services.syncRuns.get({
      tenantId: owner.tenantId,
      connectorId: 'c1',
      syncRunId,
    });
    expect(run).toMatchObject({ status, phase: 'finished', finishedAt: expect.any(String) });
    expect(run.error === undefined).toBe(status === 'succeeded');
    expect(
      await context.services.syncDeletion.stop({ tenantId: owner.tenantId, connectorId: 'c1' }),
    ).toBe(true);
    const { syncSummary } = await context.services.connectors.get({
      tenantId: owner.tenantId,
      connectorId: 'c1',
    });
    expect(syncSummary).toMatchObject({ lastSyncRunId: syncRunId, lastStatus: status });
  });

  it('keeps the end in the summary if the beginning is recorded later', async () => {
    const context = syncContext();
    const { services, durableClient } = context;
    const start = durableClient.start.bind(durableClient);
    durableClient.start = async (name, instanceId, input) => {
      await start(name, instanceId, input);
      const target = { ...connector, syncRunId: instanceId.slice('sync-c1-'.length) };
      await services.syncRuns.finish({ ...target, mode: 'initial' });
    };

    const { id } = await begin(context);

    const { syncSummary } = await services.connectors.get({
      tenantId: owner.tenantId,
      connectorId: 'c1',
    });
    expect(syncSummary).toMatchObject({
      lastSyncRunId: id,
      lastStatus: 'succeeded',
      lastSuccessAt: services.now().toISOString(),
    });
  });

  it('waits ten minutes from the cancellation for the last step', async () => {
    const context = syncContext();
    const { id: syncRunId } = await begin(context);
    const stop = () =>
      context.services.syncDeletion.stop({ tenantId: owner.tenantId, connectorId: 'c1' });
    await context.services.syncRuns.recordStarted({ ...connector, syncRunId, mode: 'initial' });
    context.wait(3_600);

    const first = await stop();
    context.wait(9 * 60);
    const second = await stop();
    context.wait(61);

    expect([first, second, await stop()]).toEqual([false, false, true]);
    expect(
      await context.services.syncRuns.get({
        tenantId: owner.tenantId,
        connectorId: 'c1',
        syncRunId,
      }),
    ).toMatchObject({
      status: 'cancelling',
    });
  });

  it.each<[string, (context: ReturnType<typeof syncContext>, run: Stored<SyncRun>) => unknown]>([
    ['is terminal', ({ syncRunStore }, run) => syncRunStore.replace({ ...run, status: 'failed' })],
    ['is missing', ({ syncRunStore }, run) => syncRunStore.delete(run)],
  ])('waits for nothing if the run of the lock %s', async (_, arrange) => {
    const context = syncContext();
    const { id } = await begin(context);
    await arrange(context, (await context.syncRunStore.get(connector, id))!);

    expect(
      await context.services.syncDeletion.stop({ tenantId: owner.tenantId, connectorId: 'c1' }),
    ).toBe(true);
  });

  it('is due when interval and jitter have passed since the start', async () => {
    const context = syncContext([aConnectedConnector()]);
    await begin(context);
    const dueTrigger = async () =>
      context.services.syncRuns.dueTrigger(
        await context.services.connectors.get({ tenantId: owner.tenantId, connectorId: 'c1' }),
      );

    context.wait(59 * 60);
    expect(await dueTrigger()).toBeUndefined();
    context.wait(6 * 60);
    expect(await dueTrigger()).toBe('schedule');
  });
});
