import { InvocationContext } from '@azure/functions';
import type { InstanceStatus } from '../../functions/durable/instance-status';
import { reconcileSyncs } from '../../functions/sync/reconcile-syncs.timer';
import type { SyncStatus } from '../../functions/sync/sync-run';
import { ask } from '../support/call-endpoint';
import { ada, mallory } from '../support/builders';
import { syncContext } from '../support/sync-context';

const operator = { ...ada, roles: ['Operator' as const] };

async function aRun(wanted: SyncStatus = 'running') {
  const world = syncContext();
  const { services, durableClient } = world;
  const { id } = await services.syncRuns.begin(
    ada.tenantId,
    'c1',
    { trigger: 'manual' },
    durableClient,
  );
  const target = { tenantId: ada.tenantId, connectorId: 'c1', runId: id };
  const instance = `sync-c1-${id}`;
  if (wanted !== 'queued') await services.syncRuns.started({ ...target, mode: 'initial' });
  if (wanted === 'cancelling') await services.steering.cancel(target, durableClient);
  if (wanted === 'paused') await services.steering.pause(target, durableClient);
  if (wanted === 'succeeded')
    await services.syncRuns.finish({ ...target, mode: 'initial', reports: [] });
  const set = (status: InstanceStatus | undefined) =>
    status === undefined
      ? durableClient.statuses.delete(instance)
      : durableClient.statuses.set(instance, status);
  const repairs = async () =>
    (await services.syncReconciliation.reconcile(ada.tenantId, durableClient)).map(
      ({ repair }) => repair,
    );
  const status = async () => (await services.syncRuns.get(ada.tenantId, 'c1', id)).status;
  return { ...world, id, target, set, repairs, status, instance };
}

describe('reconciling runs with their orchestrations', () => {
  it.each<[SyncStatus, InstanceStatus | undefined, number, string[], SyncStatus]>([
    ['running', 'Running', 0, [], 'running'],
    ['running', undefined, 30, [], 'running'],
    ['running', undefined, 61, ['marked_lost'], 'failed'],
    ['queued', undefined, 30, [], 'queued'],
    ['queued', undefined, 61, ['started'], 'queued'],
    ['queued', 'Failed', 0, ['marked_lost'], 'failed'],
    ['running', 'Failed', 0, ['marked_lost'], 'failed'],
    ['cancelling', 'Terminated', 0, ['cancelled'], 'cancelled'],
    ['cancelling', 'Running', 60, [], 'cancelling'],
    ['cancelling', 'Running', 16 * 60, ['cancelled'], 'cancelled'],
    ['cancelling', 'Suspended', 1, ['resumed'], 'cancelling'],
    ['running', 'Suspended', 1, ['resumed'], 'running'],
    ['paused', 'Running', 1, ['suspended'], 'paused'],
    ['paused', 'Suspended', 3_600, [], 'paused'],
    ['paused', 'Suspended', 8 * 86_400, ['pause_expired'], 'cancelling'],
    ['succeeded', 'Suspended', 1, ['resumed'], 'succeeded'],
    ['succeeded', 'Completed', 1, [], 'succeeded'],
  ])(
    'given a %s run whose instance is %s, when %i seconds have passed, then %j is done and it is %s',
    async (wanted, instanceStatus, seconds, expected, after) => {
      const { set, wait, repairs, status } = await aRun(wanted);
      set(instanceStatus);
      wait(seconds);

      expect(await repairs()).toEqual(expected);
      expect(await status()).toBe(after);
    },
  );

  it('given a run that was stored and never started, when it is reconciled, then the very sync that was asked for begins, once', async () => {
    const { set, wait, repairs, durableClient, instance, target } = await aRun('queued');
    const [asked] = durableClient.started.splice(0);
    set(undefined);
    wait(61);

    expect(await repairs()).toEqual(['started']);
    expect(await repairs()).toEqual([]);

    expect(durableClient.started).toEqual([asked]);
    expect(asked).toMatchObject({ instanceId: instance, input: { ...target, mode: 'initial' } });
  });

  it('given a lost run, when it is reconciled, then the connector can be synced again and a second look finds nothing', async () => {
    const { set, repairs, runs, target } = await aRun();
    set('Failed');
    await repairs();

    expect(await runs.lock(target)).toBeUndefined();
    expect(await repairs()).toEqual([]);
  });

  it.each<SyncStatus>(['running', 'cancelling'])(
    'given a %s run that ends while it is looked at, when it is reconciled, then no repair is told and its end stays',
    async (wanted) => {
      const { set, repairs, runs, services, target, status } = await aRun(wanted);
      set('Completed');
      const listActive = runs.listActive.bind(runs);
      runs.listActive = async (tenantId, since) => {
        const found = await listActive(tenantId, since);
        await services.syncRuns.finish({ ...target, mode: 'initial', reports: [] });
        return found;
      };

      expect(await repairs()).toEqual([]);
      expect(await status()).toBe(wanted === 'running' ? 'succeeded' : 'cancelled');
    },
  );

  it('given a lock whose run is gone, when it is reconciled, then the lock is released', async () => {
    const { repairs, runs, services, target, set } = await aRun();
    const finish = runs.finish.bind(runs);
    runs.finish = (run) => runs.replace(run);
    set('Failed');
    await services.syncRuns.end(target, 'failed', { code: 'x', message: 'y' });
    runs.finish = finish;

    expect(await repairs()).toEqual(['lock_released']);
    expect(await runs.lock(target)).toBeUndefined();
  });

  it('given the timer, when it fires, then every tenant with a connector is looked at', async () => {
    const { services, set, status } = await aRun();
    set('Failed');

    await reconcileSyncs(services, new InvocationContext({ logHandler: () => {} }));

    expect(await status()).toBe('failed');
  });
});

describe('operators', () => {
  it('given a running sync, when an Operator terminates it, then it is over and cannot be terminated twice', async () => {
    const { services, id, durableClient, instance } = await aRun();
    const asked = { params: { syncRunId: id }, as: operator, services };

    const first = await ask('opsTerminateSync', asked);
    const second = await ask('opsTerminateSync', asked);

    expect(first).toMatchObject({ status: 200, json: { status: 'cancelled' } });
    expect(durableClient.statuses.get(instance)).toBe('Terminated');
    expect(second).toMatchObject({ status: 409, json: { code: 'sync_finished' } });
  });

  it('given syncs of a tenant, when an Operator looks, then they are listed and counted, for their tenant only', async () => {
    const { services, id } = await aRun();
    const theirs = { ...mallory, roles: ['Operator' as const] };
    const see = (query: Record<string, string>, as = operator) =>
      ask('opsListSyncs', { query, as, services });

    expect((await see({ status: 'running' })).json.items).toMatchObject([{ id }]);
    expect((await see({ status: 'paused' })).json.items).toEqual([]);
    expect((await see({}, theirs)).json.items).toEqual([]);
    expect((await ask('opsSummary', { as: operator, services })).json).toMatchObject({
      connectors: { connected: 1 },
      syncs: { running: 1 },
      locks: 1,
    });
    expect(
      await ask('opsTerminateSync', { params: { syncRunId: id }, as: theirs, services }),
    ).toMatchObject({ status: 404 });
    expect(await ask('opsReconcile', { as: ada, services })).toMatchObject({ status: 403 });
    expect(await ask('opsReconcile', { as: operator, services })).toMatchObject({
      json: { repaired: [] },
    });
  });
});
