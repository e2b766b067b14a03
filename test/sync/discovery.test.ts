import { discoverFactories } from '../../functions/sync/sync.durable';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const sales = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const stock = { ...sales, name: 'stock' };
/** As it is found once it is known: with its size. */
const knownSales = { ...sales, expectedObjects: 1 };
const connector = { tenantId: owner.tenantId, connectorId: 'c1' };

async function aKnownFactory() {
  const { services, factories, maps } = syncContext();
  await maps.save(connector, sales, 'pipeline', { entries: new Map([['p', { hash: 'h' }]]) });
  const discover = async (syncRunId: string, ...visible: (typeof sales)[]) => {
    factories.factories = visible;
    const { result } = await services.discovery.discoverAfter({ ...connector, syncRunId });
    return 'factories' in result ? result.factories : [];
  };
  return { discover, services, maps, factories };
}

describe('DiscoveryService', () => {
  it('marks a factory as missing when a second run misses it', async () => {
    const { discover } = await aKnownFactory();

    expect(await discover('r1')).toEqual([knownSales]);
    expect(await discover('r1')).toEqual([knownSales]);
    expect(await discover('r2')).toEqual([{ ...sales, missing: true }]);
  });

  it('clears the mark when the factory is listed again', async () => {
    const { discover } = await aKnownFactory();
    await discover('r1');

    expect(await discover('r2', sales, stock)).toEqual([knownSales, stock]);
    expect(await discover('r3', stock)).toEqual([knownSales, stock]);
  });

  it('ignores an unlisted factory without resources in the catalog', async () => {
    const { discover, maps } = await aKnownFactory();
    await maps.save(connector, sales, 'pipeline', { entries: new Map() });

    expect(await discover('r1')).toEqual([]);
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
    expect(await discover('r1', sales, stock)).toEqual([{ ...sales, filteredOut: true }, stock]);
    expect(await discover('r2', stock)).toEqual([{ ...sales, filteredOut: true }, stock]);
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
    expect(await discover('r1', sales, stock)).toEqual([knownSales, stock]);
  });

  it('returns the expected objects unless a factory is new', async () => {
    const { services, factories } = await aKnownFactory();
    const sizeOf = async (syncRunId: string, ...visible: (typeof sales)[]) => {
      factories.factories = visible;
      return (await services.discovery.discoverAfter({ ...connector, syncRunId })).expectedObjects;
    };

    expect(await sizeOf('r1', sales)).toBe(1);
    expect(await sizeOf('r2', sales, stock)).toBeUndefined();
  });

  it('keeps the factory count of the first page', async () => {
    const { services, factories, durableClient, syncRunStore } = syncContext();
    const many = Array.from({ length: 101 }, (_, n) => ({ ...sales, name: `f${1_000 + n}` }));
    factories.factories = many;
    const { id: syncRunId } = await services.syncRuns.begin(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      { trigger: 'manual' },
      durableClient,
    );
    const target = { ...connector, syncRunId, mode: 'initial' as const };

    const first = await discoverFactories(target, services);
    factories.factories = many.slice(10);
    const { after } = first as { after: string };
    const last = await discoverFactories({ ...target, after }, services);

    expect(first).toMatchObject({ factories: many.slice(0, 100), factoryCount: 101 });
    expect(last).toEqual({ factories: many.slice(100) });
    expect(await syncRunStore.get(connector, syncRunId)).toMatchObject({
      factoryCount: 101,
      listCount: 12 * 101,
    });
  });
});
