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

/** Services with two factories of three pipelines each. */
async function mirroredServices() {
  const context = syncContext();
  context.factories.pages = { pipeline: [['A', 'B', 'C'].map(pipeline)] };
  for (const name of ['sales', 'stock'])
    await context.mirror.mirror(
      { ...key, factory: factory(name), kind: 'pipeline', syncRunId: 'p', full: false },
      () => undefined,
    );
  return context.services;
}

describe('listResources', () => {
  it('returns every resource of all factories once over all pages', async () => {
    const services = await mirroredServices();

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
    ['kind', { kind: 'pipeline' }, 6],
    ['factory name', { factory: 'SALES' }, 6],
    [
      'ARM id of a factory',
      {
        factory:
          '/subscriptions/S/resourcegroups/g/providers/Microsoft.DataFactory/factories/stock',
        kind: 'activity',
      },
      3,
    ],
    ['unknown factory', { factory: 'unknown' }, 0],
  ])('filters by %s', async (_, query, count) => {
    const services = await mirroredServices();

    const { json } = await callEndpoint('listResources', { params: c1, query, services });

    expect(json.items).toHaveLength(count);
  });

  it.each([
    ['an unknown kind', { kind: 'table' }],
    ['an unknown parameter', { sort: 'name' }],
    ['a limit of 0', { limit: '0' }],
    ['a forged cursor', { cursor: 'abc.def' }],
  ])('rejects %s', async (_, query) => {
    const services = await mirroredServices();

    const { status } = await callEndpoint('listResources', { params: c1, query, services });

    expect(status).toBe(400);
  });

  it('hides the connector from another tenant', async () => {
    const services = await mirroredServices();

    const { status } = await callEndpoint('listResources', {
      params: c1,
      as: ownerOfOtherTenant,
      services,
    });

    expect(status).toBe(404);
  });
});

describe('getResource', () => {
  it('returns a pipeline with its JSON, ETag and edge counts', async () => {
    const services = await mirroredServices();
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

  it('returns the JSON of an activity from its pipeline', async () => {
    const services = await mirroredServices();
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

  it('hides the connector from another tenant', async () => {
    const services = await mirroredServices();
    const { json } = await callEndpoint('listResources', { params: c1, services });

    const { status } = await callEndpoint('getResource', {
      params: { ...c1, resourceId: json.items[0].id },
      as: ownerOfOtherTenant,
      services,
    });

    expect(status).toBe(404);
  });

  it.each(['x', `${'0'.repeat(32)}cGlwZWxpbmV8eA`])(
    'returns 404 for the unknown id %s',
    async (resourceId) => {
      const services = await mirroredServices();

      const { status } = await callEndpoint('getResource', {
        params: { ...c1, resourceId },
        services,
      });

      expect(status).toBe(404);
    },
  );
});

describe('CatalogService', () => {
  it('deletes every resource and count of a connector', async () => {
    const services = await mirroredServices();

    await services.catalog.deleteConnector({ tenantId: owner.tenantId, connectorId: 'c1' });

    expect(await services.catalog.countByKind(key)).toEqual({});
    const { json } = await callEndpoint('listResources', { params: c1, services });
    expect(json.items).toEqual([]);
  });
});
