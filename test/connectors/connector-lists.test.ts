/** Lists of connectors: what they read, how far they search, and how many a tenant may have. */
import { aConnectedConnector, aConnector } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { testContext } from '../support/context';

const many = (count: number, name: (n: number) => string) =>
  Array.from({ length: count }, (_, n) =>
    aConnector({ id: `c${String(n).padStart(5, '0')}`, name: name(n) }),
  );

/** All items of a list and the number of requests that it took. */
async function readAll(services: ReturnType<typeof testContext>['services'], query: string) {
  const names: string[] = [];
  let requests = 0;
  let next: string | undefined = query;
  while (next !== undefined) {
    const { json } = await callEndpoint('listConnectors', { services, query: next });
    names.push(...json.items.map(({ name }: { name: string }) => name));
    requests++;
    next = json.nextLink && new URL(json.nextLink).search.slice(1);
  }
  return { names, requests };
}

describe('listConnectors', () => {
  it('shows no filters, which it does not read', async () => {
    const filters = { include: [{ factory: 'sales' }], exclude: [] };
    const { services } = testContext({ connectors: [aConnector({ filters })] });

    const { json } = await callEndpoint('listConnectors', { services });

    expect(json.items[0]).toMatchObject({ id: 'c1', etag: '"v1"' });
    expect(json.items[0]).not.toHaveProperty('filters');
  });

  it('reads at most 500 connectors for a page of a search', async () => {
    const connectors = many(1_200, (n) => (n === 1_100 ? 'Needle' : `Hay ${n}`));
    const { services, store } = testContext({ connectors });
    const list = jest.spyOn(store, 'listSummaries');

    const { names, requests } = await readAll(services, 'q=needle');

    expect(names).toEqual(['Needle']);
    expect(requests).toBe(3);
    expect(list.mock.calls.map(([, { limit }]) => limit)).toEqual([500, 500, 500]);
  });

  it.each(['q=Hay&limit=7', 'status=unconnected&limit=7', 'limit=7'])(
    'finds each connector once for %s',
    async (query) => {
      const { services } = testContext({ connectors: many(30, (n) => `Hay ${n}`) });

      const { names } = await readAll(services, query);

      expect(names).toEqual(many(30, (n) => `Hay ${n}`).map(({ name }) => name));
    },
  );

  it('searches by the normalized form of a name', async () => {
    const { services } = testContext({
      connectors: [
        aConnector({ name: 'Vertrieb Ｅ' }),
        aConnectedConnector({ id: 'c2', name: 'Büro' }),
      ],
    });

    const { names } = await readAll(services, `q=${encodeURIComponent('Bu\u0308ro')}`);

    expect(names).toEqual(['Büro']);
  });
});

describe('createConnector', () => {
  it('refuses more connectors than a tenant may have', async () => {
    const { services } = testContext({ connectors: [aConnector()], maxConnectors: 2 });
    const create = (name: string) => callEndpoint('createConnector', { services, body: { name } });

    const statuses = [await create('Second'), await create('Third')].map(({ status }) => status);

    expect(statuses).toEqual([201, 409]);
    expect((await create('Fourth')).json.code).toBe('too_many_connectors');
  });
});
