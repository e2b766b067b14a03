import { ThrottledError } from '../../functions/errors/app-error';
import { factoryHash } from '../../functions/data-factory/resource-id';
import { discoveredFactories } from '../../functions/sync/discovered-factories';
import { storeMap } from '../fakes/etag-map-store';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const sales = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const stock = { ...sales, name: 'stock' };
/** As it is found once it is known: with its size. */
const knownSales = { ...sales, expectedObjects: 1, derivedIsStale: true };
const connector = { tenantId: owner.tenantId, connectorId: 'c1' };

async function aKnownFactory() {
  const context = syncContext();
  const { services, factories, maps, durableClient } = context;
  await storeMap(maps, connector, sales, 'pipeline', { entries: new Map([['p', { hash: 'h' }]]) });
  /** In a sync run of its own. */
  const discoverRun = async (visible: readonly (typeof sales)[]) => {
    factories.factories = visible;
    const { id: syncRunId } = await services.syncRuns.begin(
      connector,
      { trigger: 'manual' },
      durableClient,
    );
    const result = await services.discovery.discover({ ...connector, syncRunId, mode: 'initial' });
    const run = await services.syncRuns.end({ ...connector, syncRunId }, 'failed', stopped);
    return { found: 'factories' in result ? result.factories : [], run };
  };
  const discover = async (...visible: (typeof sales)[]) => (await discoverRun(visible)).found;
  return { ...context, discover, discoverRun };
}

const stopped = { code: 'sync_instance_lost', message: 'The instance is gone.' };

describe('DiscoveryService', () => {
  it('reads a known factory that is not listed, in every sync run', async () => {
    const { discover } = await aKnownFactory();

    expect(await discover()).toEqual([{ ...knownSales, unlisted: true }]);
    expect(await discover()).toEqual([{ ...knownSales, unlisted: true }]);
    expect(await discover(sales, stock)).toEqual([knownSales, stock]);
  });

  it('names the sync run for which a factory was gone', async () => {
    const { discover, maps } = await aKnownFactory();
    await maps.markGone(connector, sales, 'r0');

    expect(await discover(sales)).toEqual([{ ...knownSales, goneSinceRun: 'r0' }]);
    expect(await discover()).toEqual([{ ...knownSales, unlisted: true, goneSinceRun: 'r0' }]);
  });

  it('ignores an unlisted factory without resources unless lineage shows it', async () => {
    const { discover, maps } = await aKnownFactory();
    await storeMap(maps, connector, sales, 'pipeline', { entries: new Map() });
    const stale = await discover();
    await maps.markDerivedDataCurrent(
      connector,
      sales,
      (await maps.findStaleDerivedData(connector, sales))!,
    );

    expect(stale).toEqual([{ ...sales, derivedIsStale: true, unlisted: true }]);
    expect(await discover()).toEqual([]);
  });

  it('has no doubt because of factories whose derived data is stale', async () => {
    const { discover, maps } = await aKnownFactory();
    const removed = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ ...sales, name }));
    for (const each of removed)
      await storeMap(maps, connector, each, 'pipeline', { entries: new Map() });

    const found = await discover(sales);

    expect(found).toHaveLength(7);
    expect(found.filter(({ discoveryInDoubt }) => discoveryInDoubt)).toEqual([]);
  });

  it('excludes filtered factories and marks known ones for removal', async () => {
    const { discover, services } = await aKnownFactory();
    const filters = { include: [], exclude: [{ factory: 'SALES' }] };
    const changed = await callEndpoint('updateConnector', {
      params: { connectorId: 'c1' },
      headers: { 'if-match': '"v1"' },
      body: { filters },
      services,
    });

    expect(changed).toMatchObject({ status: 200, json: { filters } });
    const excluded = { ...sales, derivedIsStale: true, filteredOut: true };
    expect(await discover(sales, stock)).toEqual([excluded, stock]);
    expect(await discover(stock)).toEqual([excluded, stock]);
  });

  it('discovers every factory after filters are removed with null', async () => {
    const { discover, services } = await aKnownFactory();
    const change = (filters: object | null, version: string) =>
      callEndpoint('updateConnector', {
        params: { connectorId: 'c1' },
        headers: { 'if-match': version },
        body: { filters },
        services,
      });
    const set = await change({ include: [{ factory: 'stock' }] }, '"v1"');

    const { json } = await change(null, set.headers['ETag']!);

    expect(json).not.toHaveProperty('filters');
    expect(await discover(sales, stock)).toEqual([knownSales, stock]);
  });

  it('records the expected objects unless a factory is new', async () => {
    const { discoverRun } = await aKnownFactory();

    expect((await discoverRun([sales])).run.expectedObjects).toBe(1);
    expect((await discoverRun([sales, stock])).run).not.toHaveProperty('expectedObjects');
  });

  it('returns the time until which Azure throttles discovery', async () => {
    const { services, factories, durableClient } = await aKnownFactory();
    factories.discover = async () => Promise.reject(new ThrottledError('x', 'Wait.', 30));
    const { id: syncRunId } = await services.syncRuns.begin(
      connector,
      { trigger: 'manual' },
      durableClient,
    );

    expect(await services.discovery.discover({ ...connector, syncRunId, mode: 'initial' })).toEqual(
      { notBefore: new Date(services.now().getTime() + 30_000).toISOString() },
    );
  });

  it('keeps the doubt of the first page on later pages', async () => {
    const { services, factories, durableClient, maps } = syncContext();
    const many = Array.from({ length: 240 }, (_, n) => ({ ...sales, name: `f${1_000 + n}` }));
    for (const each of many)
      await storeMap(maps, connector, each, 'pipeline', {
        entries: new Map([['p', { hash: 'h' }]]),
      });
    factories.factories = many.slice(0, 10);
    const { id: syncRunId } = await services.syncRuns.begin(
      connector,
      { trigger: 'manual' },
      durableClient,
    );
    const target = { ...connector, syncRunId, mode: 'initial' as const };

    const first: any = await services.discovery.discover(target);
    for (const each of many.slice(10, 200))
      await storeMap(maps, connector, each, 'pipeline', { entries: new Map() });
    const { after, discoveryInDoubt } = first;
    const last: any = await services.discovery.discover({ ...target, after, discoveryInDoubt });

    expect([first.factories, last.factories].map(({ length }) => length)).toEqual([200, 40]);
    for (const each of [...first.factories, ...last.factories])
      expect(each).toMatchObject({ discoveryInDoubt: true });
  });

  it('keeps the factory count of the first page', async () => {
    const { services, factories, durableClient, syncRunStore } = syncContext();
    const many = Array.from({ length: 201 }, (_, n) => ({ ...sales, name: `f${1_000 + n}` }));
    factories.factories = many;
    const { id: syncRunId } = await services.syncRuns.begin(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      { trigger: 'manual' },
      durableClient,
    );
    const target = { ...connector, syncRunId, mode: 'initial' as const };

    const first = await services.discovery.discover(target);
    factories.factories = many.slice(10);
    const { after } = first as { after: string };
    const last = await services.discovery.discover({ ...target, after });

    expect(first).toMatchObject({ factories: many.slice(0, 200), factoryCount: 201 });
    expect(last).toEqual({ factories: many.slice(200) });
    expect(await syncRunStore.get(connector, syncRunId)).toMatchObject({
      factoryCount: 201,
      listCount: 12 * 201,
    });
  });
});

describe('discoveredFactories', () => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...sales, name: `f${n}` }));
  const knownOf = (factories: readonly (typeof sales)[]) =>
    factories.map((each) => ({ hash: factoryHash(each), factory: each, objects: 1, kinds: [] }));
  const tagged = { include: [{ tag: { name: 'env' } }], exclude: [] };

  it.each([
    ['most are not listed', 8, 10, undefined, true],
    ['three quarters are not listed', 9, 12, undefined, false],
    ['few factories are known', 4, 4, undefined, false],
    ['the tags of most are lost', 0, 10, tagged, true],
  ])('if %s, decides whether it is in doubt', (_, missing, count, filters, inDoubt) => {
    const all = named(count);

    const found = discoveredFactories(
      all.slice(missing).map((each) => ({ ...each, tags: {} })),
      knownOf(all),
      filters,
    );

    expect(found.inDoubt).toBe(inDoubt);
    expect(found.factories).toHaveLength(count);
  });
});
