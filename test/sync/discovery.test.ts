import { discoverFactories } from '../../functions/sync/sync.durable';
import { ask } from '../support/call-endpoint';
import { ada } from '../support/builders';
import { syncContext } from '../support/sync-context';

const sales = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const stock = { ...sales, name: 'stock' };
/** As it is found once it is known: with its size. */
const knownSales = { ...sales, expected: 1 };
const connector = { tenantId: ada.tenantId, connectorId: 'c1' };

async function aKnownFactory() {
  const { services, factories, maps } = syncContext();
  await maps.save(connector, sales, 'pipeline', { entries: new Map([['p', { hash: 'h' }]]) });
  const look = async (runId: string, ...visible: (typeof sales)[]) => {
    factories.factories = visible;
    const { found } = await services.discovery.discoverAfter({ ...connector, runId });
    return 'factories' in found ? found.factories : [];
  };
  return { look, services, maps, factories };
}

describe('looking for factories', () => {
  it('given a known factory, when two runs look for it in vain, then only the second calls it missed', async () => {
    const { look } = await aKnownFactory();

    expect(await look('r1')).toEqual([knownSales]);
    expect(await look('r1')).toEqual([knownSales]);
    expect(await look('r2')).toEqual([{ ...sales, missed: true }]);
  });

  it('given a factory that was missed once, when it is seen again, then that is forgotten', async () => {
    const { look } = await aKnownFactory();
    await look('r1');

    expect(await look('r2', sales, stock)).toEqual([knownSales, stock]);
    expect(await look('r3', stock)).toEqual([knownSales, stock]);
  });

  it('given a factory of which nothing is known any more, when it is not seen, then nobody looks for it', async () => {
    const { look, maps } = await aKnownFactory();
    await maps.save(connector, sales, 'pipeline', { entries: new Map() });

    expect(await look('r1')).toEqual([]);
  });

  it('given filters, when factories are looked for, then others are left out, and a known one is to be removed', async () => {
    const { look, services } = await aKnownFactory();
    const filters = { include: [], exclude: [{ factory: 'SALES' }] };
    const changed = await ask('updateConnector', {
      params: { connectorId: 'c1' },
      headers: { 'if-match': '"v1"' },
      body: { filters },
      services,
    });

    expect(changed).toMatchObject({ status: 200, json: { filters } });
    expect(await look('r1', sales, stock)).toEqual([{ ...sales, unwanted: true }, stock]);
    expect(await look('r2', stock)).toEqual([{ ...sales, unwanted: true }, stock]);
  });

  it('given filters, when they are taken away with null, then every factory is wanted again', async () => {
    const { look, services } = await aKnownFactory();
    const change = (filters: object | null, version: string) =>
      ask('updateConnector', {
        params: { connectorId: 'c1' },
        headers: { 'if-match': version },
        body: { filters },
        services,
      });
    const set = await change({ include: [{ factory: 'stock' }] }, '"v1"');

    const { json } = await change(null, set.headers['ETag']!);

    expect(json).not.toHaveProperty('filters');
    expect(await look('r1', sales, stock)).toEqual([knownSales, stock]);
  });

  it('given factories of known size, when all of them will be read, then the size of the sync is known, and with a new one it is not', async () => {
    const { services, factories } = await aKnownFactory();
    const sizeOf = async (runId: string, ...visible: (typeof sales)[]) => {
      factories.factories = visible;
      return (await services.discovery.discoverAfter({ ...connector, runId })).expected;
    };

    expect(await sizeOf('r1', sales)).toBe(1);
    expect(await sizeOf('r2', sales, stock)).toBeUndefined();
  });

  it('given more factories than a history should hold, when some have gone before the last are looked for, then the sync keeps the number it began with', async () => {
    const { services, factories, durableClient, runs } = syncContext();
    const many = Array.from({ length: 101 }, (_, n) => ({ ...sales, name: `f${1_000 + n}` }));
    factories.factories = many;
    const { id: runId } = await services.syncRuns.begin(
      ada.tenantId,
      'c1',
      { trigger: 'manual' },
      durableClient,
    );
    const target = { ...connector, runId, mode: 'initial' as const };

    const first = await discoverFactories(target, services);
    factories.factories = many.slice(10);
    const { after } = first as { after: string };
    const last = await discoverFactories({ ...target, after }, services);

    expect(first).toMatchObject({ factories: many.slice(0, 100), total: 101 });
    expect(last).toEqual({ factories: many.slice(100) });
    expect(await runs.get(connector, runId)).toMatchObject({ factoryCount: 101, lists: 12 * 101 });
  });
});
