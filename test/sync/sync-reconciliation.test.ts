import { InvocationContext } from '@azure/functions';
import type { InstanceStatus } from '../../functions/durable/instance-status';
import { reconcileSyncs } from '../../functions/sync/reconcile-syncs.timer';
import type { SyncStatus } from '../../functions/sync/sync-run';
import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const operator = { ...owner, roles: ['Operator' as const] };

async function aRun(wanted: SyncStatus = 'running') {
  const context = syncContext();
  const { services, durableClient } = context;
  const { id } = await services.syncRuns.begin(
    { tenantId: owner.tenantId, connectorId: 'c1' },
    { trigger: 'manual' },
    durableClient,
  );
  const target = { tenantId: owner.tenantId, connectorId: 'c1', syncRunId: id };
  const instance = `sync-c1-${id}`;
  if (wanted !== 'queued') await services.syncRuns.recordStarted({ ...target, mode: 'initial' });
  if (wanted === 'cancelling') await services.syncControl.cancel(target, owner, durableClient);
  if (wanted === 'paused') await services.syncControl.pause(target, owner, durableClient);
  if (wanted === 'succeeded') await services.syncRuns.finish({ ...target, mode: 'initial' });
  const set = (status: InstanceStatus | undefined) =>
    status === undefined
      ? durableClient.statuses.delete(instance)
      : durableClient.statuses.set(instance, status);
  const repairs = async () =>
    (await services.syncReconciliation.reconcile(owner.tenantId, durableClient)).repairs.map(
      ({ repair }) => repair,
    );
  const status = async () =>
    (await services.syncRuns.get({ tenantId: owner.tenantId, connectorId: 'c1', syncRunId: id }))
      .status;
  return { ...context, id, target, set, repairs, status, instance };
}

describe('SyncReconciliationService', () => {
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
    ['running', 'Running', 3_599, [], 'running'],
    ['running', 'Running', 3_600, ['stalled'], 'failed'],
    ['running', 'ContinuedAsNew', 3_600, [], 'running'],
    ['queued', 'Running', 3_600, ['stalled'], 'failed'],
    ['queued', 'Pending', 3_600, [], 'queued'],
    ['paused', 'Suspended', 8 * 86_400, ['pause_expired'], 'cancelling'],
    ['succeeded', 'Suspended', 1, ['resumed'], 'succeeded'],
    ['succeeded', 'Completed', 1, [], 'succeeded'],
  ])(
    'takes a %s run (%s, %i s) through %j to %s',
    async (wanted, instanceStatus, seconds, expected, after) => {
      const { set, wait, repairs, status } = await aRun(wanted);
      set(instanceStatus);
      wait(seconds);

      expect(await repairs()).toEqual(expected);
      expect(await status()).toBe(after);
    },
  );

  describe('with a run without changes of its row for an hour', () => {
    const progress = (at: Date) => ({ at: at.toISOString(), factories: [], samples: [] });

    it('leaves a run whose worker reported progress since', async () => {
      const { wait, repairs, status, syncRunStore, target, services } = await aRun();
      wait(3_000);
      await syncRunStore.reportProgress(target, 'worker', progress(services.now()), true);
      wait(3_000);

      expect(await repairs()).toEqual([]);
      wait(600);
      expect(await repairs()).toEqual(['stalled']);
      expect(await status()).toBe('failed');
    });

    it('leaves a run that waits while Azure throttles it', async () => {
      const { wait, repairs, services, target, status } = await aRun();

      for (let minute = 0; minute < 120; minute++) {
        wait(60);
        await services.syncRuns.recordAlive(target);
      }

      expect(await repairs()).toEqual([]);
      expect(await status()).toBe('running');
    });

    it('terminates the instance, releases the lock and tells operators', async () => {
      const { wait, services, durableClient, instance, syncRunStore, target, id } = await aRun();
      const lines: object[] = [];
      const context = new InvocationContext({
        logHandler: (level, line) => void lines.push({ level, ...JSON.parse(String(line)) }),
      });
      wait(3_600);

      await reconcileSyncs(services, context);

      expect(durableClient.statuses.get(instance)).toBe('Terminated');
      expect(await syncRunStore.getLock(target)).toBeUndefined();
      expect(lines).toMatchObject([{ level: 'error', event: 'sync_run.stalled', syncRunId: id }]);
      const stored = await services.syncRuns.get(target);
      expect(stored.error).toMatchObject({ code: 'sync_stalled' });
    });
  });

  it('starts a stored run once with its original input', async () => {
    const { set, wait, repairs, durableClient, instance, target } = await aRun('queued');
    const [original] = durableClient.started.splice(0);
    set(undefined);
    wait(61);

    expect(await repairs()).toEqual(['started']);
    expect(await repairs()).toEqual([]);

    expect(durableClient.started).toEqual([original]);
    expect(original).toMatchObject({ instanceId: instance, input: { ...target, mode: 'initial' } });
  });

  it('releases the lock of a lost run and finds nothing again', async () => {
    const { set, repairs, syncRunStore, target } = await aRun();
    set('Failed');
    await repairs();

    expect(await syncRunStore.getLock(target)).toBeUndefined();
    expect(await repairs()).toEqual([]);
  });

  it.each<SyncStatus>(['running', 'cancelling'])(
    'reports no repair of a %s run that finishes meanwhile',
    async (wanted) => {
      const { set, repairs, syncRunStore, services, target, status } = await aRun(wanted);
      set('Completed');
      const get = syncRunStore.get.bind(syncRunStore);
      syncRunStore.get = async (connector, id) => {
        syncRunStore.get = get;
        const found = await get(connector, id);
        await services.syncRuns.finish({ ...target, mode: 'initial' });
        return found;
      };

      expect(await repairs()).toEqual([]);
      expect(await status()).toBe(wanted === 'running' ? 'succeeded' : 'cancelled');
    },
  );

  it('reads only runs with a lock and those that are not settled', async () => {
    const { services, syncRunStore, target, set, repairs, durableClient } = await aRun('succeeded');
    const get = jest.spyOn(syncRunStore, 'get');
    set('Suspended');

    const hanging = await repairs();
    set('Completed');
    const ended = [await repairs(), await repairs()];
    get.mockClear();
    await services.syncReconciliation.reconcile(target.tenantId, durableClient);

    expect([hanging, ...ended]).toEqual([['resumed'], [], []]);
    expect(await syncRunStore.listClosing(target.tenantId)).toEqual([]);
    expect(get).not.toHaveBeenCalled();
  });

  it('releases the lock of a terminal run', async () => {
    const { repairs, syncRunStore, services, target, set } = await aRun();
    const cleanUp = jest.spyOn(syncRunStore, 'cleanUp').mockResolvedValue();
    set('Failed');
    await services.syncRuns.end(target, 'failed', { code: 'x', message: 'y' });
    cleanUp.mockRestore();

    expect(await repairs()).toEqual(['lock_released']);
    expect(await syncRunStore.getLock(target)).toBeUndefined();
  });

  it('reconciles every tenant when the timer fires', async () => {
    const { services, set, status } = await aRun();
    set('Failed');

    await reconcileSyncs(services, new InvocationContext({ logHandler: () => {} }));

    expect(await status()).toBe('failed');
  });
});

describe('opsReconcile', () => {
  const down = () => Promise.reject(new Error('down'));

  it('repairs nothing if its event cannot be recorded', async () => {
    const { services, set, status, outbox } = await aRun();
    set('Failed');
    outbox.put = down;

    const response = await callEndpoint('opsReconcile', { as: operator, services });

    expect([response.status, await status()]).toEqual([500, 'running']);
  });

  it('repairs the other sync runs if one fails', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const { services, set, status, durableClient, syncRunStore, id } = await aRun();
    set('Failed');
    syncRunStore.listClosing = async (tenantId) => [
      { tenantId, connectorId: 'c2', syncRunId: 'broken' },
    ];
    const getStatus = durableClient.getStatus.bind(durableClient);
    durableClient.getStatus = (instance) =>
      instance.endsWith('broken') ? down() : getStatus(instance);

    const { json } = await callEndpoint('opsReconcile', { as: operator, services });

    expect(json.repaired).toMatchObject([{ syncRunId: id, repair: 'marked_lost' }]);
    expect(await status()).toBe('failed');
    expect(logged.mock.calls.flat().join()).toContain('reconciliation.failed');
    logged.mockRestore();
  });

  it('fails if nothing could be repaired', async () => {
    const { services, durableClient } = await aRun();
    durableClient.getStatus = down;

    const { status } = await callEndpoint('opsReconcile', { as: operator, services });

    expect(status).toBe(500);
  });
});

describe('endpoints for operators', () => {
  it('terminates a sync run, but not twice', async () => {
    const { services, id, durableClient, instance } = await aRun();
    const call = { params: { syncRunId: id }, as: operator, services };

    const first = await callEndpoint('opsTerminateSync', call);
    const second = await callEndpoint('opsTerminateSync', call);

    expect(first).toMatchObject({ status: 200, json: { status: 'cancelled' } });
    expect(durableClient.statuses.get(instance)).toBe('Terminated');
    expect(second).toMatchObject({ status: 409, json: { code: 'sync_finished' } });
  });

  it('lists and counts the runs of the own tenant only', async () => {
    const { services, id } = await aRun();
    const operatorOfOtherTenant = { ...ownerOfOtherTenant, roles: ['Operator' as const] };
    const list = (query: Record<string, string>, as = operator) =>
      callEndpoint('opsListSyncs', { query, as, services });

    expect((await list({ status: 'running' })).json.items).toMatchObject([{ id }]);
    expect((await list({ status: 'paused' })).json.items).toEqual([]);
    expect((await list({}, operatorOfOtherTenant)).json.items).toEqual([]);
    expect((await callEndpoint('opsSummary', { as: operator, services })).json).toMatchObject({
      connectors: { connected: 1 },
      syncs: { running: 1 },
      locks: 1,
    });
    expect(
      await callEndpoint('opsTerminateSync', {
        params: { syncRunId: id },
        as: operatorOfOtherTenant,
        services,
      }),
    ).toMatchObject({ status: 404 });
    expect(await callEndpoint('opsReconcile', { as: owner, services })).toMatchObject({
      status: 403,
    });
    expect(await callEndpoint('opsReconcile', { as: operator, services })).toMatchObject({
      json: { repaired: [] },
    });
  });
});
