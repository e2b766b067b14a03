/** Watching a sync over HTTP: cheap while nothing happens, and true while and after something does. */
import type { SyncOutcome } from '../../../functions/sync/step-messages';
import { ask, type EndpointName } from '../../support/call-endpoint';
import { ada, edgar, mallory } from '../../support/builders';
import { syncContext } from '../../support/sync-context';
import { factoryRef } from '../../support/progress-builders';

async function aSyncOf(factoryCount: number) {
  const world = syncContext();
  const { services } = world;
  const { json } = await ask('startSync', { params: { connectorId: 'c1' }, services });
  const params = { connectorId: 'c1', runId: String(json.id) };
  const key = { tenantId: ada.tenantId, connectorId: 'c1', runId: params.runId };
  const target = { ...key, mode: 'initial' as const };
  await services.syncRuns.started(target);
  await services.syncRuns.discovered(target, { factoryCount, lists: 12 * factoryCount });
  const look = (name: EndpointName = 'getSync', query = {}, headers = {}) =>
    ask(name, { params, query, headers, services });
  /** A worker reads `objects` of a list in so many seconds. */
  const read = (name: string, objects: number, seconds: number) =>
    services.progressReporting.during(
      { ...key, factory: factoryRef(name), pass: key.runId },
      'pipeline',
      async ({ count }) => {
        for (let n = 0; n < objects; n++) {
          world.wait(seconds / objects);
          count({ read: 1, written: 1, objects: 1 });
          await Promise.resolve();
        }
        return {};
      },
    );
  const report = (name: string, written = 3): SyncOutcome['reports'][number] => ({
    outcome: {
      factory: factoryRef(name),
      status: 'succeeded',
      runs: { pipelineRuns: 2, triggerRuns: 0, detailed: 1, left: 0 },
    },
    tallies: { pipeline: { read: written, written, unchanged: 0, removed: 0 } },
  });
  const end = (name: string) =>
    services.syncRuns.factoryEnded({ ...key, report: report(name), durationMs: 1_000 });
  const finish = (...names: string[]) =>
    services.syncRuns.finish({ ...target, reports: names.map((name) => report(name)) });
  return { ...world, params, key, look, read, end, report, finish };
}

describe('watching a sync', () => {
  it('given factories that go on and have ended, when it is looked at, then each is there with what it came to', async () => {
    const { look, read, end, wait } = await aSyncOf(4);
    await read('sales', 9, 9);
    wait(1);
    await read('sales', 1, 0);
    await end('stock');

    const { json } = await look();

    expect(json.progress).toMatchObject({
      phase: 'reading',
      done: 13,
      total: 48,
      resources: { read: 13, written: 13 },
      resourcesPerSecond: 1,
      factories: { queued: 2, reading: 1, succeeded: 1 },
      message: 'Reading 4 factories: 13 resources so far, 13 written.',
    });
    expect(json.factories).toMatchObject([
      { name: 'sales', status: 'reading', lists: { done: 1, total: 12 }, resources: { read: 10 } },
      { name: 'stock', status: 'succeeded', resources: { read: 3 }, runs: { pipelineRuns: 2 } },
    ]);
  });

  it('given a poll with the tag it knows, when nothing happens for a while, then 304; when something does, then the news', async () => {
    const { look, read, wait } = await aSyncOf(1);
    await read('sales', 10, 10);
    const seen = await look();
    const again = () => look('getSync', {}, { 'if-none-match': seen.headers['ETag']! });

    wait(4);
    expect(await again()).toMatchObject({ status: 304 });
    await read('sales', 1, 1);
    const news = await again();

    expect(news).toMatchObject({ status: 200, json: { progress: { resources: { read: 11 } } } });
    expect(news.headers['ETag']).not.toBe(seen.headers['ETag']);
  });

  it('given a step that ran twice, when the sync is over, then its numbers are those of its outcome', async () => {
    const { look, read, end, finish, runs, key } = await aSyncOf(2);
    await read('sales', 5, 5);
    await read('sales', 5, 5);
    for (let n = 0; n < 2; n++) await end('stock');

    await finish('sales', 'stock');
    const { json } = await look();

    expect(json).toMatchObject({
      status: 'succeeded',
      progress: {
        phase: 'finished',
        percent: 100,
        resources: { read: 6, written: 6 },
        runs: { pipelineRuns: 4, triggerRuns: 0, detailed: 2 },
        factories: { succeeded: 2 },
      },
      counts: { pipeline: { read: 6 } },
      factories: [
        { name: 'sales', resources: { read: 3 } },
        { name: 'stock', resources: { read: 3 } },
      ],
    });
    expect(await runs.told(key)).toEqual({ workers: [], ended: [] });
  });

  it('given many who watch, when they look within a second, then what was told is read once, and of a run that is over nothing is kept', async () => {
    const { look, end, finish, runs, wait } = await aSyncOf(2);
    const asBefore = { ...runs };
    let read = 0;
    runs.told = (key) => {
      read++;
      return asBefore.told(key);
    };
    await end('sales');

    const first = await Promise.all([look(), look(), look('listSyncFactories')]);
    await end('stock');
    const soon = [read, (await look()).json.progress.factories];
    wait(1);
    const later = [(await look()).json.progress.factories, read];
    await finish('sales', 'stock');
    const { json } = await look();

    expect(first.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(soon).toEqual([1, { queued: 1, succeeded: 1 }]);
    expect(later).toEqual([{ succeeded: 2 }, 2]);
    expect(json).toMatchObject({ status: 'succeeded', progress: { factories: { succeeded: 2 } } });
    expect(json.factories).toMatchObject([{ resources: { read: 3 } }, { resources: { read: 3 } }]);
  });

  it('given a pause, when the sync is over, then its duration is without it', async () => {
    const { look, finish, wait } = await aSyncOf(1);
    wait(30);
    const { json: paused } = await look('pauseSync');
    wait(3_600);
    await look('resumeSync');
    wait(12);

    await finish('sales');

    expect(paused.progress.message).toMatch(/^Paused: /);
    expect((await look()).json.durationSeconds).toBe(42);
  });

  it('given sixty factories, when they are looked at, then the urgent ones come first and pages hold all', async () => {
    const { look, services, key, report, end } = await aSyncOf(70);
    for (let n = 10; n < 69; n++) await end(`f${n}`);
    const { outcome } = report('zz');
    const failed = { ...outcome, status: 'failed' as const };
    await services.syncRuns.factoryEnded({
      ...key,
      report: { outcome: failed, tallies: {} },
      durationMs: 1_000,
    });

    const { json } = await look();
    const first = await look('listSyncFactories', { limit: '40' });
    const second = await look('listSyncFactories', new URL(first.json.nextLink).search);
    const broken = await look('listSyncFactories', { status: 'failed' });

    expect(json.factories).toHaveLength(50);
    expect(json.factories[0]).toMatchObject({ name: 'zz', status: 'failed' });
    expect(json.factoriesRemaining).toBe(10);
    expect(json.progress.factories).toEqual({ queued: 10, succeeded: 59, failed: 1 });
    const names = [...first.json.items, ...second.json.items].map(({ name }: any) => name);
    expect(names).toEqual([...Array.from({ length: 59 }, (_, n) => `f${n + 10}`), 'zz']);
    expect(second.json.nextLink).toBeUndefined();
    expect(broken.json.items).toMatchObject([{ name: 'zz' }]);
  });

  it('given the history of syncs, when it is listed, then it has counts and durations, and what goes on its progress', async () => {
    const { look, services, finish, wait, durableClient, key } = await aSyncOf(1);
    wait(90);
    await finish('sales');
    durableClient.statuses.set(`sync-c1-${key.runId}`, 'Completed');
    const { json: next } = await ask('startSync', { params: { connectorId: 'c1' }, services });
    const target = { ...key, runId: String(next.id), mode: 'incremental' as const };
    await services.syncRuns.started(target);
    await services.syncRuns.discovered(target, { factoryCount: 1, lists: 12 });

    const { json } = await look('listSyncs');

    expect(json.items).toMatchObject([
      { id: next.id, status: 'running', progress: { phase: 'reading', total: 12 } },
      {
        id: key.runId,
        status: 'succeeded',
        durationSeconds: 90,
        counts: { pipeline: { written: 3 } },
        progress: { factories: { succeeded: 1 } },
      },
    ]);
    expect(json.items[1]).not.toHaveProperty('factories');
  });

  it.each([
    ['a Viewer', edgar, 200],
    ['another tenant', mallory, 404],
  ])(
    'given %s, when factories are asked for, then the answer is that of their role',
    async (_, as, status) => {
      const { params, services } = await aSyncOf(1);

      expect(await ask('listSyncFactories', { params, as, services })).toMatchObject({ status });
    },
  );
});
