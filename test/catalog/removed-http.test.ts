import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const waiting = { name: 'W', type: 'Wait', typeProperties: { seconds: 1 } };
const pipeline = (name: string, activities: object[] = [waiting]) => ({
  name,
  properties: { activities },
});

/** Two factories that held three pipelines each, and hold one now. */
async function withRemoved() {
  const world = syncContext();
  const sync = async (pass: string, ...pipelines: object[]) => {
    world.factories.pages = { pipeline: [pipelines as never] };
    for (const name of ['sales', 'stock'])
      await world.mirror.mirror(
        { ...key, factory: factory(name), kind: 'pipeline', syncRunId: pass, full: false },
        () => undefined,
      );
  };
  await sync('r1', pipeline('A'), pipeline('B'), pipeline('C'));
  await sync('r2', pipeline('A', []));
  const { services } = world;
  const list = (query: Record<string, string> | string) =>
    callEndpoint('listResources', { params: c1, query, services });
  return {
    ...world,
    list,
    sync,
    get: (resourceId: string, query: Record<string, string> = {}) =>
      callEndpoint('getResource', { params: { ...c1, resourceId }, query, services }),
    idOf: async (query: Record<string, string>, named: string): Promise<string> =>
      (await list(query)).json.items.find(({ name }: { name: string }) => name === named).id,
  };
}
const deleted = 'true';

describe('removed resources over HTTP', () => {
  it('given removed resources of two factories, when listed by three, then each comes once with its end', async () => {
    const { list, services } = await withRemoved();

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
    ['a kind', { kind: 'pipeline' }, 4],
    ['a factory', { factory: 'STOCK' }, 5],
    ['both', { kind: 'pipeline', factory: 'stock' }, 2],
  ])('given %s as a filter, when listed, then only those come', async (_, query, count) => {
    const { list } = await withRemoved();

    expect((await list({ deleted, ...query })).json.items).toHaveLength(count);
  });

  it('given live resources, when listed without or with deleted=false, then no removed one is among them', async () => {
    const { list } = await withRemoved();

    const [plain, said] = [await list({}), await list({ deleted: 'false' })];

    expect(plain.json.items.map(({ name }: { name: string }) => name)).toEqual(['A', 'A']);
    expect(said.json.items).toEqual(plain.json.items);
    expect(plain.json.items[0]).not.toHaveProperty('removedAt');
  });

  it('given a removed pipeline and its activity, when they are asked for, then only removed=true shows what they said', async () => {
    const { get, idOf } = await withRemoved();
    const id = await idOf({ deleted, factory: 'sales', kind: 'pipeline' }, 'B');

    const plain = await get(id);
    const shown = await get(id, { deleted });
    const again = await callEndpoint('getResource', {
      params: { ...c1, resourceId: id },
      query: { deleted },
      headers: { 'if-none-match': shown.headers['ETag']! },
      services: (await withRemoved()).services,
    });

    expect(plain).toMatchObject({ status: 404, json: { code: 'catalog_resource_not_found' } });
    expect(shown).toMatchObject({
      status: 200,
      json: { name: 'B', pendingConfirmation: false, body: pipeline('B') },
    });
    expect(again.status).toBe(304);
  });

  it('given an activity whose pipeline goes on or went with it, when asked for, then it says what is still known', async () => {
    const { get, list } = await withRemoved();
    const { json } = await list({ deleted, factory: 'sales', kind: 'activity' });
    const of = (parent: string) =>
      json.items.find((each: { parent: string }) => each.parent === parent).id;

    const [went, stays] = [await get(of('B'), { deleted }), await get(of('A'), { deleted })];

    expect(went.json.body).toEqual(waiting);
    expect(stays).toMatchObject({ status: 200, json: { parent: 'A' } });
    expect(stays.json).not.toHaveProperty('body');
  });

  it('given a resource that came back, when asked for with removed=true, then it is shown as it is', async () => {
    const { get, idOf, sync, list } = await withRemoved();
    const id = await idOf({ deleted, factory: 'sales', kind: 'pipeline' }, 'B');
    await sync('r3', pipeline('A', []), pipeline('B'));

    const { status, json } = await get(id, { deleted });

    expect({ status, json }).toMatchObject({ status: 200, json: { name: 'B' } });
    expect(json).not.toHaveProperty('removedAt');
    expect((await list({ deleted, kind: 'pipeline' })).json.items).toHaveLength(2);
  });

  it('given another tenant, when it asks, then there is nothing', async () => {
    const { services, idOf } = await withRemoved();
    const resourceId = await idOf({ deleted, kind: 'pipeline' }, 'B');
    const query = { deleted };

    const listed = await callEndpoint('listResources', {
      params: c1,
      query,
      as: ownerOfOtherTenant,
      services,
    });
    const params = { ...c1, resourceId };
    const asked = await callEndpoint('getResource', {
      params,
      query,
      as: ownerOfOtherTenant,
      services,
    });

    expect([listed.status, asked.status]).toEqual([404, 404]);
  });

  it('given a word that is none, when listed, then that is refused', async () => {
    const { list } = await withRemoved();

    expect(await list({ deleted: 'yes' })).toMatchObject({ status: 400 });
  });
});
