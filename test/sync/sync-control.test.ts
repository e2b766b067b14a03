import type { EndpointName } from '../support/call-endpoint';
import { callEndpoint } from '../support/call-endpoint';
import { owner, viewer, ownerOfOtherTenant } from '../support/builders';
import { StopRequestService } from '../../functions/sync/stop-request-service';
import { type EndOfSync, finishSync, syncContext } from '../support/sync-context';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const failures = { trigger: { code: 'x', message: 'y' } };

async function aRunningSync() {
  const context = syncContext();
  const { json } = await callEndpoint('startSync', {
    params: { connectorId: 'c1' },
    services: context.services,
  });
  const params = { connectorId: 'c1', syncRunId: String(json.id) };
  const target = { tenantId: owner.tenantId, connectorId: 'c1', syncRunId: params.syncRunId };
  const call = (name: EndpointName, as = owner) =>
    callEndpoint(name, { params, as, services: context.services });
  const instance = () => context.durableClient.statuses.get(`sync-c1-${params.syncRunId}`);
  const finish = (outcome: Partial<EndOfSync> = {}) =>
    finishSync(context.services, { ...target, mode: 'initial', ...outcome });
  return { ...context, params, target, call, instance, finish };
}

describe('sync control', () => {
  it('cancels a sync run, also if requested twice', async () => {
    const { call, services, target, finish } = await aRunningSync();

    const first = await call('cancelSync');
    const second = await call('cancelSync');
    const stopRequest = await services.stopRequests.check(target);
    await finish({ reports: [{ outcome: { factory, status: 'succeeded' }, tallies: {} }] });

    expect([first, second]).toMatchObject([
      { status: 202, json: { status: 'cancelling' } },
      { status: 202, json: { status: 'cancelling' } },
    ]);
    expect(stopRequest).toBe('cancelled');
    expect(await call('getSync')).toMatchObject({ json: { status: 'cancelled' } });
    expect(await services.syncDeletion.stop({ tenantId: owner.tenantId, connectorId: 'c1' })).toBe(
      true,
    );
  });

  it('pauses and resumes the steps and the instance', async () => {
    const { call, services, target, instance, wait } = await aRunningSync();

    const paused = await call('pauseSync');
    const whilePaused = [instance(), await services.stopRequests.check(target)];
    wait(1);
    const resumed = await call('resumeSync');

    expect(paused).toMatchObject({ status: 202, json: { status: 'paused' } });
    expect(whilePaused).toEqual(['Suspended', 'paused']);
    expect(resumed).toMatchObject({ status: 202, json: { status: 'queued' } });
    expect([instance(), await services.stopRequests.check(target)]).toEqual(['Running', undefined]);
  });

  it.each(['before', 'after'] as const)(
    'runs again if resumed %s factories are discovered',
    async (order) => {
      const { call, services, target, wait, finish } = await aRunningSync();
      const input = { ...target, mode: 'initial' as const };
      const found = () =>
        services.syncRuns.recordDiscovered(input, { factoryCount: 1, listCount: 12 });
      await call('pauseSync');
      await services.syncRuns.recordStarted(input);
      wait(60);
      if (order === 'after') await found();
      await call('resumeSync');
      if (order === 'before') await found();
      const running = await call('getSync');
      wait(5);

      await finish();

      expect(running).toMatchObject({ json: { status: 'running' } });
      expect(await call('getSync')).toMatchObject({ json: { durationMs: 5_000 } });
    },
  );

  it('resumes the instance of a cancelled paused run', async () => {
    const { call, instance } = await aRunningSync();
    await call('pauseSync');

    await call('cancelSync');

    expect(instance()).toBe('Running');
  });

  it('keeps the result of a run that finishes while paused', async () => {
    const { call, finish } = await aRunningSync();
    await call('pauseSync');

    await finish();

    expect(await call('getSync')).toMatchObject({ json: { status: 'succeeded' } });
    expect(await call('resumeSync')).toMatchObject({ status: 409 });
  });

  it.each([
    ['cancelSync', 'finished', 'sync_finished'],
    ['pauseSync', 'finished', 'sync_finished'],
    ['pauseSync', 'cancelling', 'sync_cancelling'],
    ['resumeSync', 'running', 'sync_not_paused'],
    ['resumeSync', 'finished', 'sync_not_paused'],
    ['retrySync', 'running', 'sync_not_finished'],
    ['retrySync', 'finished', 'sync_nothing_failed'],
  ] as const)('responds to %s of a run that is %s with 409 %s', async (name, state, code) => {
    const { call, finish } = await aRunningSync();
    if (state === 'finished') await finish();
    if (state === 'cancelling') await call('cancelSync');

    expect(await call(name)).toMatchObject({ status: 409, json: { code } });
  });

  it.each(['cancelSync', 'pauseSync', 'resumeSync', 'retrySync'] as const)(
    'refuses %s to Viewers and other tenants',
    async (name) => {
      const { call } = await aRunningSync();

      expect(await call(name, viewer)).toMatchObject({ status: 403 });
      expect(await call(name, ownerOfOtherTenant)).toMatchObject({ status: 404 });
    },
  );

  it('retries only the factory that failed', async () => {
    const { call, finish, services, durableClient, factories } = await aRunningSync();
    const stock = { ...factory, name: 'stock' };
    factories.factories = [factory, stock];
    await finish({
      reports: [
        { outcome: { factory, status: 'succeeded' }, tallies: {} },
        { outcome: { factory: stock, status: 'partial', failures }, tallies: {} },
      ],
    });

    const { status, json } = await call('retrySync');

    expect({ status, json }).toMatchObject({ status: 202, json: { trigger: 'retry' } });
    const input = durableClient.started.at(-1)!.input as any;
    expect(await services.discovery.discover(input)).toEqual({ factories: [stock] });
  });

  it('retries all factories if the run failed before discovery', async () => {
    const { call, finish, services, durableClient } = await aRunningSync();
    await finish({ failure: { code: 'x', message: 'y' } });

    expect(await call('retrySync')).toMatchObject({ status: 202 });

    const input = durableClient.started.at(-1)!.input as any;
    expect(await services.syncRuns.factoriesToRetry(input)).toBeUndefined();
  });
});

describe('StopRequestService', () => {
  const key = { tenantId: 't', connectorId: 'c', syncRunId: 'r' };

  /** Reads of the row while a step asks ten times a second. */
  async function readsWhileAsking(seconds: number) {
    let now = 0;
    const readAt: number[] = [];
    const get = async () => void readAt.push(now);
    const stopRequests = new StopRequestService({ get }, () => new Date(now));
    for (; now < seconds * 1_000; now += 100) await stopRequests.check(key);
    return readAt;
  }

  it('reads a new sync run five times a second', async () => {
    expect(await readsWhileAsking(2)).toHaveLength(10);
  });

  it('reads a long sync run every two seconds', async () => {
    const readAt = await readsWhileAsking(300);

    expect(readAt.length).toBeLessThan(300);
    expect(readAt.at(-1)! - readAt.at(-2)!).toBe(2_000);
  });

  it('reads again after a failure', async () => {
    const get = jest.fn(async () => undefined).mockRejectedValueOnce(new Error('unavailable'));
    const stopRequests = new StopRequestService({ get }, () => new Date(0));

    await expect(stopRequests.check(key)).rejects.toThrow('unavailable');

    // The row does not exist any more.
    expect(await stopRequests.check(key)).toBe('cancelled');
  });
});
