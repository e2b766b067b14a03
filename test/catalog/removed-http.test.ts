import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const waitActivity = { name: 'W', type: 'Wait', typeProperties: { seconds: 1 } };
const pipeline = (name: string, activities: object[] = [waitActivity]) => ({
  name,
  properties: { activities },
});

/** Two factories that had three pipelines each and now have one without activities. */
async function removedContext() {
  const context = syncContext();
  const sync = async (syncRunId: string, ...pipelines: object[]) => {
    context.factories.pages = { pipeline: [pipelines as never] };
    for (const name of ['sales', 'stock'])
      await context.mirror.mirror(
        { ...key, factory: factory(name), kind: 'pipeline', syncRunId, full: false },
        () => undefined,
      );
  };
  await sync('r1', pipeline('A'), pipeline('B'), pipeline('C'));
  await sync('r2', pipeline('A', []));
  const { services } = context;
  const list = (query: Record<string, string> | string) =>
    callEndpoint('listResources', { params: c1, query, services });
  return {
    ...context,
    list,
    sync,
    get: (resourceId: string, query: Record<string, string> = {}) =>
      callEndpoint('getResource', { params: { ...c1, resourceId }, query, services }),
    idOf: async (query: Record<string, string>, named: string): Promise<string> =>
      (await list(query)).json.items.find(({ name }: { name: string }) => name === named).id,
  };
}
const removed = 'true';

describe('listResources with removed=true', () => {
  it('returns every removed resource once over all pages', async () => {
    const { list, services } = await removedContext();

    const seen: any[] = [];
    let query: string | undefined = '?removed=true&limit=3';
    while (query !== undefined) {
      const { json } = await list(query);
      seen.push(...json.items);
      query = json.nextLink && new URL(json.nextLink).search;
    }

    expect(seen.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual(
      ['activity W', 'activity W', 'activity W', 'pipeline B', 'pipeline C']
        .flatMap((each) => [each, each])
        .toSorted(),
    );
    expect(new Set(seen.map(({ id }) => id)).size).toBe(10);
    for (const each of seen)
      expect(each).toMatchObject({
        removedAt: services.now().toISOString(),
        pendingConfirmation: false,
      });
  });

  it.each([
    ['kind', { kind: 'pipeline' }, 4],
    ['factory', { factory: 'STOCK' }, 5],
    ['kind and factory', { kind: 'pipeline', factory: 'stock' }, 2],
  ])('filters by %s', async (_, query, count) => {
    const { list } = await removedContext();

    expect((await list({ removed, ...query })).json.items).toHaveLength(count);
  });

  it('is needed to list removed resources', async () => {
    const { list } = await removedContext();

    const [plain, explicit] = [await list({}), await list({ removed: 'false' })];

    expect(plain.json.items.map(({ name }: { name: string }) => name)).toEqual(['A', 'A']);
    expect(explicit.json.items).toEqual(plain.json.items);
    expect(plain.json.items[0]).not.toHaveProperty('removedAt');
  });

  it('rejects another value', async () => {
    const { list } = await removedContext();

    expect(await list({ removed: 'yes' })).toMatchObject({ status: 400 });
  });

  it('hides removed resources from another tenant', async () => {
    const { services } = await removedContext();

    const { status } = await callEndpoint('listResources', {
      params: c1,
      query: { removed },
      as: ownerOfOtherTenant,
      services,
    });

    expect(status).toBe(404);
  });
});

describe('getResource with removed=true', () => {
  it('returns a removed pipeline as it was last, with an ETag', async () => {
    const { get, idOf } = await removedContext();
    const id = await idOf({ removed, factory: 'sales', kind: 'pipeline' }, 'B');

    const plain = await get(id);
    const found = await get(id, { removed });
    const again = await callEndpoint('getResource', {
      params: { ...c1, resourceId: id },
      query: { removed },
      headers: { 'if-none-match': found.headers['ETag']! },
      services: (await removedContext()).services,
    });

    expect(plain).toMatchObject({ status: 404, json: { code: 'catalog_resource_not_found' } });
    expect(found).toMatchObject({
      status: 200,
      json: { name: 'B', pendingConfirmation: false, body: pipeline('B') },
    });
    expect(again.status).toBe(304);
  });

  it('returns the JSON of a removed activity while it is known', async () => {
    const { get, list } = await removedContext();
    const { json } = await list({ removed, factory: 'sales', kind: 'activity' });
    const of = (parent: string) =>
      json.items.find((each: { parent: string }) => each.parent === parent).id;

    const [ofRemoved, ofLive] = [await get(of('B'), { removed }), await get(of('A'), { removed })];

    expect(ofRemoved.json.body).toEqual(waitActivity);
    expect(ofLive).toMatchObject({ status: 200, json: { parent: 'A' } });
    expect(ofLive.json).not.toHaveProperty('body');
  });

  it('returns a restored resource as live', async () => {
    const { get, idOf, sync, list } = await removedContext();
    const id = await idOf({ removed, factory: 'sales', kind: 'pipeline' }, 'B');
    await sync('r3', pipeline('A', []), pipeline('B'));

    const { status, json } = await get(id, { removed });

    expect({ status, json }).toMatchObject({ status: 200, json: { name: 'B' } });
    expect(json).not.toHaveProperty('removedAt');
    expect((await list({ removed, kind: 'pipeline' })).json.items).toHaveLength(2);
  });

  it('hides removed resources from another tenant', async () => {
    const { services, idOf } = await removedContext();
    const resourceId = await idOf({ removed, kind: 'pipeline' }, 'B');

    const { status } = await callEndpoint('getResource', {
      params: { ...c1, resourceId },
      query: { removed },
      as: ownerOfOtherTenant,
      services,
    });

    expect(status).toBe(404);
  });
});
