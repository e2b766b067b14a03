/** One list of promises, two keepers: the fake that unit tests stand on, and Table Storage. */
import { EdgeTable } from '../../functions/azure/edge-table';
import { edgeKey, type Edge } from '../../functions/catalog/edge';
import type { EdgeQuery, EdgeStore } from '../../functions/catalog/ports';
import { factoryHash, rowKeyOf } from '../../functions/catalog/resource-id';
import { startStorage, type Storage } from '../../infra/local/storage';
import { fakeEdgeStore } from '../fakes/edge-store';
import { testSurroundings, type TestSurroundings } from '../support/surroundings';
import { aTable } from '../support/tables';

let surroundings: TestSurroundings;
let storage: Storage;
beforeAll(async () => {
  surroundings = await testSurroundings();
  storage = await startStorage(surroundings);
}, 30_000);
afterAll(async () => {
  await storage.stop();
  await surroundings.forget();
});

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const hash = factoryHash(factory);

const anEdge = (dataset: string, linkedService: string, pointer = '/properties'): Edge => ({
  kind: 'usesLinkedService',
  source: { kind: 'dataset', name: dataset, rowKey: rowKeyOf('dataset', dataset) },
  target: {
    kind: 'linkedService',
    name: linkedService,
    rowKey: rowKeyOf('linkedService', linkedService),
  },
  evidence: { rowKey: rowKeyOf('dataset', dataset), pointers: [pointer] },
  parameters: { a: ['ü', null] },
});
const putting = (...edges: Edge[]) => ({
  put: edges.map((edge) => ({ key: edgeKey(edge), hash: 'h1', edge })),
  remove: [],
});

describe.each<[string, () => EdgeStore | Promise<EdgeStore>]>([
  ['fake', fakeEdgeStore],
  ['Table Storage', async () => new EdgeTable(await aTable(storage))],
])('EdgeStore: %s', (_, open) => {
  async function everything(store: EdgeStore, query: EdgeQuery = {}, limit = 100) {
    const found: Edge[] = [];
    let continuation: string | undefined;
    do {
      const page: { items: readonly Edge[]; continuation?: string } = await store.list(
        connector,
        hash,
        query,
        { limit, ...(continuation !== undefined && { continuation }) },
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      found.push(...page.items);
      continuation = page.continuation;
    } while (continuation !== undefined);
    return found;
  }

  it('given an edge, when it is looked for from either end, then it comes back whole', async () => {
    const store = await open();
    const edge = anEdge('Orders', 'Lake');
    await store.write(connector, factory, [putting(edge, anEdge('Other', 'Sql'))]);

    expect(await everything(store, { source: 'dataset|orders' })).toEqual([edge]);
    expect(await everything(store, { target: 'linkedService|lake' })).toEqual([edge]);
    const both = { source: 'dataset|orders', target: 'linkedService|lake' };
    expect(await everything(store, both)).toEqual([edge]);
    expect(await everything(store, { ...both, target: 'linkedService|sql' })).toEqual([]);
    expect(await everything(store, { ...both, kind: 'calls' })).toEqual([]);
    expect(await store.count(connector, hash, { target: 'linkedService|lake' })).toEqual({
      usesLinkedService: 1,
    });
  });

  it('given 250 edges, when they are listed by 40, then each comes once', async () => {
    const store = await open();
    const edges = Array.from({ length: 250 }, (_each, n) => anEdge(`d${n}`, `l${n % 3}`));
    await store.write(connector, factory, [putting(...edges)]);

    const found = await everything(store, {}, 40);

    expect(found).toHaveLength(250);
    expect(new Set(found.map(edgeKey)).size).toBe(250);
    expect(await everything(store, { target: 'linkedService|l1' }, 40)).toHaveLength(83);
  });

  it('given edges of an owner, when one is removed, then it is gone from both ends and the others stay', async () => {
    const store = await open();
    const [stays, goes] = [anEdge('Orders', 'Lake'), anEdge('Orders', 'Sql', '/other')];
    await store.write(connector, factory, [putting(stays, goes)]);

    await store.write(connector, factory, [{ put: [], remove: [edgeKey(goes)] }]);

    expect(await store.hashes(connector, factory, 'dataset|orders')).toEqual(
      new Map([[edgeKey(stays), 'h1']]),
    );
    expect(await everything(store, { target: 'linkedService|sql' })).toEqual([]);
  });

  it('given an edge that is not there, when it is removed with one that is, then that one is gone', async () => {
    const store = await open();
    const there = anEdge('Orders', 'Lake');
    await store.write(connector, factory, [putting(there)]);

    const remove = [edgeKey(anEdge('Never', 'Lake')), edgeKey(there)];
    await store.write(connector, factory, [{ put: [], remove }]);

    expect(await everything(store)).toEqual([]);
  });

  it('given two factories, when one is deleted twice, then the edges of the other stay', async () => {
    const store = await open();
    const other = { ...factory, name: 'other' };
    await store.write(connector, factory, [putting(anEdge('Orders', 'Lake'))]);
    await store.write(connector, other, [putting(anEdge('Orders', 'Lake'))]);

    await store.deleteFactory(connector, hash);
    await store.deleteFactory(connector, hash);

    expect(await everything(store)).toEqual([]);
    expect(await store.hashes(connector, other, 'dataset|orders')).toHaveProperty('size', 1);
  });
});
