import type { FactoryReport } from '../../../functions/sync/factories/factory-report';
import { callEndpoint, type EndpointName } from '../../support/call-endpoint';
import { owner, viewer, ownerOfOtherTenant } from '../../support/builders';
import { endFactory, finishSync, syncContext } from '../../support/sync-context';
import { factoryRef } from '../../support/progress-builders';

async function aSyncOf(factoryCount: number) {
  const context = syncContext();
  const { services } = context;
  const { json } = await callEndpoint('startSync', { params: { connectorId: 'c1' }, services });
  const params = { connectorId: 'c1', syncRunId: String(json.id) };
  const key = { tenantId: owner.tenantId, connectorId: 'c1', syncRunId: params.syncRunId };
  const target = { ...key, mode: 'initial' as const };
  await services.syncRuns.recordStarted(target);
  await services.syncRuns.recordDiscovered(target, { factoryCount, listCount: 12 * factoryCount });
  const get = (name: EndpointName = 'getSync', query = {}, headers = {}) =>
    callEndpoint(name, { params, query, headers, services });
  /** Reads `objects` of a list, spread over `seconds`. */
  const read = (name: string, objects: number, seconds: number) =>
    services.progressReporting.track(
      { ...key, factory: factoryRef(name), syncRunId: key.syncRunId },
      'pipeline',
      async ({ count }) => {
        for (let n = 0; n < objects; n++) {
          context.wait(seconds / objects);
          count({ read: 1, written: 1, objects: 1 });
          await Promise.resolve();
        }
        return {};
      },
    );
  const report = (name: string, written = 3): FactoryReport => ({
    outcome: {
      factory: factoryRef(name),
      status: 'succeeded',
      runs: { pipelineRuns: 2, triggerRuns: 0, runsWithActivities: 1, remaining: 0 },
    },
    tallies: { pipeline: { read: written, written, unchanged: 0, removed: 0 } },
  });
  const end = (name: string) => endFactory(services, key, report(name));
  const finish = (...names: string[]) =>
    finishSync(services, { ...target, reports: names.map((name) => report(name)) });
  return { ...context, params, key, get, read, end, report, finish };
}

describe('progress of a sync run', () => {
  it('contains active and finished factories with their counts', async () => {
    const { get, read, end, wait } = await aSyncOf(4);
    await read('sales', 9, 9);
    wait(1);
    await read('sales', 1, 0);
    await end('stock');

    const { json } = await get();

    expect(json.progress).toMatchObject({
      phase: 'reading',
      done: 13,
      total: 48,
      resources: { read: 13, written: 13 },
      resourcesPerSecond: 1,
      factories: { queued: 2, reading: 1, succeeded: 1 },
      message: 'Reading 4 factories: 13 resources read, 13 written.',
    });
    expect(json.factories).toMatchObject([
      { name: 'sales', status: 'reading', lists: { done: 1, total: 12 }, resources: { read: 10 } },
      { name: 'stock', status: 'succeeded', resources: { read: 3 }, runs: { pipelineRuns: 2 } },
    ]);
  });

  it('responds with 304 until progress is reported', async () => {
    const { get, read, wait } = await aSyncOf(1);
    await read('sales', 10, 10);
    const seen = await get();
    const again = () => get('getSync', {}, { 'if-none-match': seen.headers['ETag']! });

    wait(4);
    expect(await again()).toMatchObject({ status: 304 });
    await read('sales', 1, 1);
    const news = await again();

    expect(news).toMatchObject({ status: 200, json: { progress: { resources: { read: 11 } } } });
    expect(news.headers['ETag']).not.toBe(seen.headers['ETag']);
  });

  it('takes final numbers from the outcome, also after repeated steps', async () => {
    const { get, read, end, finish, syncRunStore, key } = await aSyncOf(2);
    await read('sales', 5, 5);
    await read('sales', 5, 5);
    for (let n = 0; n < 2; n++) await end('stock');

    await finish('sales', 'stock');
    const { json } = await get();

    expect(json).toMatchObject({
      status: 'succeeded',
      progress: {
        phase: 'finished',
        percent: 100,
        resources: { read: 6, written: 6 },
        runs: { pipelineRuns: 4, triggerRuns: 0, runsWithActivities: 2 },
        factories: { succeeded: 2 },
      },
      counts: { pipeline: { read: 6 } },
      factories: [
        { name: 'sales', resources: { read: 3 } },
        { name: 'stock', resources: { read: 3 } },
      ],
    });
    expect(await syncRunStore.getProgress(key)).toEqual({ workers: [], ended: [] });
  });

  it('never goes back on another worker', async () => {
    const { get, end, finish } = await aSyncOf(2);
    const factories = async () => (await get()).json.progress.factories;
    await end('sales');

    const first = await factories();
    await end('stock');
    const soon = await factories();
    await finish('sales', 'stock');
    const { json } = await get();

    // No time has passed, so a worker that kept the first report would show it again.
    expect([first, soon]).toEqual([{ queued: 1, succeeded: 1 }, { succeeded: 2 }]);
    expect(json).toMatchObject({ status: 'succeeded', progress: { factories: { succeeded: 2 } } });
    expect(json.factories).toMatchObject([{ resources: { read: 3 } }, { resources: { read: 3 } }]);
  });

  it('excludes pauses from the duration', async () => {
    const { get, finish, wait } = await aSyncOf(1);
    wait(30);
    const { json: paused } = await get('pauseSync');
    wait(3_600);
    await get('resumeSync');
    wait(12);

    await finish('sales');

    expect(paused.progress.message).toMatch(/^Paused: /);
    expect((await get()).json.durationMs).toBe(42_000);
  });

  it('shows failed factories first and lists all page by page', async () => {
    const { get, services, key, report, end } = await aSyncOf(70);
    for (let n = 10; n < 69; n++) await end(`f${n}`);
    const { outcome } = report('zz');
    const failed = { ...outcome, status: 'failed' as const };
    await endFactory(services, key, { outcome: failed, tallies: {} });

    const { json } = await get();
    const first = await get('listSyncFactories', { limit: '40' });
    const second = await get('listSyncFactories', new URL(first.json.nextLink).search);
    const broken = await get('listSyncFactories', { status: 'failed' });

    expect(json.factories).toHaveLength(50);
    expect(json.factories[0]).toMatchObject({ name: 'zz', status: 'failed' });
    expect(json.factoriesRemaining).toBe(10);
    expect(json.progress.factories).toEqual({ queued: 10, succeeded: 59, failed: 1 });
    const names = [...first.json.items, ...second.json.items].map(({ name }: any) => name);
    expect(names).toEqual([...Array.from({ length: 59 }, (_, n) => `f${n + 10}`), 'zz']);
    expect(second.json.nextLink).toBeUndefined();
    expect(broken.json.items).toMatchObject([{ name: 'zz' }]);
  });

  it('lists finished runs with counts and active ones with progress', async () => {
    const { get, services, finish, wait, durableClient, key } = await aSyncOf(1);
    wait(90);
    await finish('sales');
    durableClient.statuses.set(`sync-c1-${key.syncRunId}`, 'Completed');
    const { json: next } = await callEndpoint('startSync', {
      params: { connectorId: 'c1' },
      services,
    });
    const target = { ...key, syncRunId: String(next.id), mode: 'incremental' as const };
    await services.syncRuns.recordStarted(target);
    await services.syncRuns.recordDiscovered(target, { factoryCount: 1, listCount: 12 });

    const { json } = await get('listSyncs');

    expect(json.items).toMatchObject([
      { id: next.id, status: 'running', progress: { phase: 'reading', total: 12 } },
      {
        id: key.syncRunId,
        status: 'succeeded',
        durationMs: 90_000,
        counts: { pipeline: { written: 3 } },
        progress: { factories: { succeeded: 1 } },
      },
    ]);
    expect(json.items[1]).not.toHaveProperty('factories');
  });

  it.each([
    ['a Viewer', viewer, 200],
    ['another tenant', ownerOfOtherTenant, 404],
  ])('lists factories for %s by role', async (_, as, status) => {
    const { params, services } = await aSyncOf(1);

    expect(await callEndpoint('listSyncFactories', { params, as, services })).toMatchObject({
      status,
    });
  });
});
