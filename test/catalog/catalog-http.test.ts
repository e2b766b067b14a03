import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const pipeline = (name: string) => ({
  name,
  properties: { activities: [{ name: 'W', type: 'Wait', typeProperties: { seconds: 1 } }] },
});

/** Two factories with three pipelines each. */
async function catalogued() {
  const world = syncContext();
  world.factories.pages = { pipeline: [['A', 'B', 'C'].map(pipeline)] };
  for (const name of ['sales', 'stock'])
    await world.mirror.mirror(
      { ...key, factory: factory(name), kind: 'pipeline', syncRunId: 'p', full: false },
      () => undefined,
    );
  return world.services;
}

describe('the catalogue over HTTP', () => {
  it('given two factories, when all is listed by five, then every resource comes once over all pages', async () => {
    const services = await catalogued();

    const seen: any[] = [];
    let query: string | undefined = '?limit=5';
    while (query !== undefined) {
      const { json } = await callEndpoint('listResources', { params: c1, query, services });
      seen.push(...json.items);
      query = json.nextLink && new URL(json.nextLink).search;
    }

    expect(seen).toHaveLength(12);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(12);
    expect(seen.find(({ kind }) => kind === 'activity')).toMatchObject({
      parent: 'A',
      path: 'W',
      type: 'Wait',
      factory: { resourceGroup: 'g', subscriptionId: 's' },
    });
  });

  it.each([
    ['a kind', { kind: 'pipeline' }, 6],
    ['a factory by name', { factory: 'SALES' }, 6],
    [
      'a factory by ARM id',
      {
        factory:
          '/subscriptions/S/resourcegroups/g/providers/Microsoft.DataFactory/factories/stock',
        kind: 'activity',
      },
      3,
    ],
    ['a factory nobody has', { factory: 'nobody' }, 0],
  ])(
    'given %s as a filter, when resources are listed, then only those come',
    async (_, query, count) => {
      const services = await catalogued();

      const { json } = await callEndpoint('listResources', { params: c1, query, services });

      expect(json.items).toHaveLength(count);
    },
  );

  it.each([
    ['an unknown kind', { kind: 'table' }],
    ['an unknown parameter', { sort: 'name' }],
    ['a limit of 0', { limit: '0' }],
    ['a forged cursor', { cursor: 'abc.def' }],
  ])('given %s, when resources are listed, then that is refused', async (_, query) => {
    const services = await catalogued();

    const { status } = await callEndpoint('listResources', { params: c1, query, services });

    expect(status).toBe(400);
  });

  it('given a pipeline, when it is read by its id, then its JSON comes as Data Factory sent it', async () => {
    const services = await catalogued();
    const { json } = await callEndpoint('listResources', {
      params: c1,
      query: { kind: 'pipeline' },
      services,
    });
    const [{ id, name, etag }] = json.items;
    const version = etag.slice(1, -1);

    const read = await callEndpoint('getResource', { params: { ...c1, resourceId: id }, services });

    expect(read).toMatchObject({
      status: 200,
      headers: { ETag: expect.stringContaining(version) },
    });
    expect(read.json.body).toEqual(pipeline(name));
    expect(read.json.edges).toEqual({ out: { contains: 1 }, in: { contains: 1 } });
  });

  it('given an activity, when it is read by its id, then its part of the pipeline comes', async () => {
    const services = await catalogued();
    const { json } = await callEndpoint('listResources', {
      params: c1,
      query: { kind: 'activity' },
      services,
    });

    const read = await callEndpoint('getResource', {
      params: { ...c1, resourceId: json.items[0].id },
      services,
    });

    expect(read.json.body).toEqual(pipeline('A').properties.activities[0]);
  });

  it('given another tenant, when it lists or reads, then there is no such connector', async () => {
    const services = await catalogued();
    const { json } = await callEndpoint('listResources', { params: c1, services });

    const listed = await callEndpoint('listResources', {
      params: c1,
      as: ownerOfOtherTenant,
      services,
    });
    const read = await callEndpoint('getResource', {
      params: { ...c1, resourceId: json.items[0].id },
      as: ownerOfOtherTenant,
      services,
    });

    expect([listed, read]).toMatchObject([{ status: 404 }, { status: 404 }]);
  });

  it.each(['x', `${'0'.repeat(32)}cGlwZWxpbmV8eA`])(
    'given the unknown id %s, when it is read, then 404',
    async (resourceId) => {
      const services = await catalogued();

      const { status } = await callEndpoint('getResource', {
        params: { ...c1, resourceId },
        services,
      });

      expect(status).toBe(404);
    },
  );

  it('given a connector that is deleted, when its remains go, then nothing of it is found', async () => {
    const services = await catalogued();

    await services.catalog.deleteConnector({ tenantId: owner.tenantId, connectorId: 'c1' });

    expect(await services.catalog.countByKind(key)).toEqual({});
    const { json } = await callEndpoint('listResources', { params: c1, services });
    expect(json.items).toEqual([]);
  });
});
