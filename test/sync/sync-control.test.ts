import type { EndpointName } from '../support/call-endpoint';
import { ask } from '../support/call-endpoint';
import { ada, edgar, mallory } from '../support/builders';
import { syncContext } from '../support/sync-context';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const failures = { trigger: { code: 'x', message: 'y' } };

async function aRunningSync() {
  const world = syncContext();
  const { json } = await ask('startSync', { params: { connectorId: 'c1' }, services: world.services });
  const params = { connectorId: 'c1', runId: String(json.id) };
  const target = { tenantId: ada.tenantId, connectorId: 'c1', runId: params.runId };
  const steer = (name: EndpointName, as = ada) =>
    ask(name, { params, as, services: world.services });
  const instance = () => world.durableClient.statuses.get(`sync-c1-${params.runId}`);
  const finish = (outcome: object = { reports: [] }) =>
    world.services.syncRuns.finish({ ...target, mode: 'initial', reports: [], ...outcome });
  return { ...world, params, target, steer, instance, finish };
}

describe('steering a sync', () => {
  it('given a running sync, when it is cancelled twice, then its steps are told and it ends cancelled', async () => {
    const { steer, services, target, finish } = await aRunningSync();

    const first = await steer('cancelSync');
    const second = await steer('cancelSync');
    const told = await services.halts.ask(target, target.runId);
    await finish({ reports: [{ outcome: { factory, status: 'succeeded' }, tallies: {} }] });

    expect([first, second]).toMatchObject([
      { status: 202, json: { status: 'cancelling' } },
      { status: 202, json: { status: 'cancelling' } },
    ]);
    expect(told).toBe('cancelled');
    expect(await steer('getSync')).toMatchObject({ json: { status: 'cancelled' } });
    expect(await services.syncRuns.stop(ada.tenantId, 'c1')).toBe(true);
  });

  it('given a running sync, when it is paused and resumed, then Durable and the steps hear of both', async () => {
    const { steer, services, target, instance, wait } = await aRunningSync();

    const paused = await steer('pauseSync');
    const whilePaused = [instance(), await services.halts.ask(target, target.runId)];
    wait(1);
    const resumed = await steer('resumeSync');

    expect(paused).toMatchObject({ status: 202, json: { status: 'paused' } });
    expect(whilePaused).toEqual(['Suspended', 'paused']);
    expect(resumed).toMatchObject({ status: 202, json: { status: 'queued' } });
    expect([instance(), await services.halts.ask(target, target.runId)]).toEqual([
      'Running',
      undefined,
    ]);
  });

  it.each(['before', 'after'] as const)(
    'given a pause while the first step runs, when it is resumed %s factories are found, then it runs from there on',
    async (order) => {
      const { steer, services, target, wait, finish } = await aRunningSync();
      const input = { ...target, mode: 'initial' as const };
      const found = () => services.syncRuns.discovered(input, { factoryCount: 1, lists: 12 });
      await steer('pauseSync');
      await services.syncRuns.started(input);
      wait(60);
      if (order === 'after') await found();
      await steer('resumeSync');
      if (order === 'before') await found();
      const running = await steer('getSync');
      wait(5);

      await finish();

      expect(running).toMatchObject({ json: { status: 'running' } });
      expect(await steer('getSync')).toMatchObject({ json: { durationSeconds: 5 } });
    },
  );

  it('given a paused sync, when it is cancelled, then it goes on so that it can end', async () => {
    const { steer, instance } = await aRunningSync();
    await steer('pauseSync');

    await steer('cancelSync');

    expect(instance()).toBe('Running');
  });

  it('given a sync that ends while it is being paused, when both have happened, then the end counts', async () => {
    const { steer, finish } = await aRunningSync();
    await steer('pauseSync');

    await finish();

    expect(await steer('getSync')).toMatchObject({ json: { status: 'succeeded' } });
    expect(await steer('resumeSync')).toMatchObject({ status: 409 });
  });

  it.each([
    ['cancelSync', 'over', 'sync_finished'],
    ['pauseSync', 'over', 'sync_finished'],
    ['pauseSync', 'cancelling', 'sync_cancelling'],
    ['resumeSync', 'running', 'sync_not_paused'],
    ['resumeSync', 'over', 'sync_not_paused'],
    ['retrySync', 'running', 'sync_not_finished'],
    ['retrySync', 'over', 'sync_nothing_failed'],
  ] as const)(
    'given a sync that does not allow it, when %s is asked while it is %s, then 409 says %s',
    async (name, state, code) => {
      const { steer, finish } = await aRunningSync();
      if (state === 'over') await finish();
      if (state === 'cancelling') await steer('cancelSync');

      expect(await steer(name)).toMatchObject({ status: 409, json: { code } });
    },
  );

  it.each(['cancelSync', 'pauseSync', 'resumeSync', 'retrySync'] as const)(
    'given people who may not, when they ask for %s, then the answer is no',
    async (name) => {
      const { steer } = await aRunningSync();

      expect(await steer(name, edgar)).toMatchObject({ status: 403 });
      expect(await steer(name, mallory)).toMatchObject({ status: 404 });
    },
  );

  it('given a sync with one failed factory of two, when it is retried, then only that one is looked for', async () => {
    const { steer, finish, services, durableClient, factories } = await aRunningSync();
    const stock = { ...factory, name: 'stock' };
    factories.factories = [factory, stock];
    await finish({
      reports: [
        { outcome: { factory, status: 'succeeded' }, tallies: {} },
        { outcome: { factory: stock, status: 'partial', failures }, tallies: {} },
      ],
    });

    const { status, json } = await steer('retrySync');

    expect({ status, json }).toMatchObject({ status: 202, json: { trigger: 'retry' } });
    const input = durableClient.started.at(-1)!.input as any;
    const retried = await services.syncRuns.retried(input);
    const { found } = await services.discovery.discoverAfter(input, undefined, retried);
    expect(found).toEqual({ factories: [stock] });
  });

  it('given a sync that failed before it saw a factory, when it is retried, then all are read', async () => {
    const { steer, finish, services, durableClient } = await aRunningSync();
    await finish({ failure: { code: 'x', message: 'y' } });

    expect(await steer('retrySync')).toMatchObject({ status: 202 });

    const input = durableClient.started.at(-1)!.input as any;
    expect(await services.syncRuns.retried(input)).toBeUndefined();
  });
});
