/** ReferenceIndexStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { toUpserts } from '../../../functions/azure/table-storage/multi-row-json';
import { EtagMapTable } from '../../../functions/azure/tables/catalog/etag-map-table';
import { ReferenceIndexTable } from '../../../functions/azure/tables/catalog/reference-index-table';
import type { EtagMapStore, ReferenceIndexStore } from '../../../functions/catalog/ports';
import { SupersededError } from '../../../functions/errors/app-error';
import type { IndexedReference, ReferenceIndex } from '../../../functions/catalog/reference-index';
import type { FactoryRef, ListedKind } from '../../../functions/data-factory/resource';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import type { ConnectorKey } from '../../../functions/storage/connector-key';
import { fakeEtagMapStore, storeMap } from '../../fakes/etag-map-store';
import { fakeReferenceIndexStore } from '../../fakes/reference-index-store';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const uses = (target: string, count = 1): IndexedReference => ({
  kind: 'usesLinkedService',
  target,
  count,
});
const small: ReferenceIndex = new Map([
  ['dataset|orders', [uses('linkedService|lake'), uses('', 2)]],
  ['dataset|parties', [uses('linkedService|sql', 3)]],
]);

interface Stores {
  readonly references: ReferenceIndexStore;
  readonly maps: EtagMapStore;
}
type SaveInput = [ConnectorKey, FactoryRef, ListedKind, ReferenceIndex | undefined];

describe.each<[string, () => Stores | Promise<Stores>]>([
  [
    'fake',
    () => {
      const references = fakeReferenceIndexStore();
      return { references, maps: fakeEtagMapStore(references) };
    },
  ],
  [
    'Table Storage',
    async () => {
      const table = await storage.newTable();
      return { references: new ReferenceIndexTable(table), maps: new EtagMapTable(table) };
    },
  ],
])('ReferenceIndexStore: %s', (_, openBoth) => {
  const open = async () => {
    const { references, maps } = await openBoth();
    return {
      load: references.load.bind(references),
      loadFactory: references.loadFactory.bind(references),
      /** Claims the etag map of the kind, as a step does. */
      save: (...[key, ref, kind, index]: SaveInput) =>
        storeMap(maps, key, ref, kind, { entries: new Map() }, index),
    };
  };

  it('is empty before the first save', async () => {
    const store = await open();

    expect(await store.load(connector, factory, 'dataset')).toEqual(new Map());
    expect(await store.loadFactory(connector, factoryHash(factory))).toEqual(new Map());
  });

  it('loads one kind, or all kinds of a factory', async () => {
    const store = await open();
    const triggers: ReferenceIndex = new Map([
      ['trigger|nightly', [{ kind: 'triggers', target: 'pipeline|load', count: 1 }]],
    ]);
    await store.save(connector, factory, 'dataset', small);
    await store.save(connector, factory, 'trigger', triggers);
    await store.save(connector, { ...factory, name: 'other' }, 'dataset', triggers);

    expect(await store.load(connector, factory, 'dataset')).toEqual(small);
    expect(await store.loadFactory(connector, factoryHash(factory))).toEqual(
      new Map([...small, ...triggers]),
    );
  });

  it('keeps an index with which none is saved', async () => {
    const store = await open();
    await store.save(connector, factory, 'dataset', small);

    await store.save(connector, factory, 'dataset', undefined);

    expect(await store.load(connector, factory, 'dataset')).toEqual(small);
  });

  it('replaces an index of several rows by a smaller one', async () => {
    const store = await open();
    const large = new Map(
      Array.from({ length: 30_000 }, (_, n) => {
        const random = Buffer.from(`${n}${Math.sin(n)}${Math.cos(n)}`).toString('base64url');
        return [`dataset|${random}`, [uses(`linkedService|${random.slice(9)}`)]];
      }),
    );

    await store.save(connector, factory, 'dataset', large);
    expect(await store.load(connector, factory, 'dataset')).toEqual(large);
    await store.save(connector, factory, 'dataset', small);

    expect(await store.load(connector, factory, 'dataset')).toEqual(small);
  });
});

it('refuses an index after another writer has claimed the etag map', async () => {
  const table = await storage.newTable();
  const maps = new EtagMapTable(table);
  const first = await maps.claim(connector, factory, 'dataset', 'run-1', {}, 'w1');
  await maps.claim(connector, factory, 'dataset', 'run-2', first, 'w2');

  const late = maps.save(connector, factory, 'dataset', { entries: new Map() }, first, small);

  await expect(late).rejects.toThrow(SupersededError);
  expect(await new ReferenceIndexTable(table).load(connector, factory, 'dataset')).toEqual(
    new Map(),
  );
});

it.each([{}, [['dataset|orders']], [['dataset|orders', [['likes', 'linkedService|lake', 1]]]]])(
  'refuses a stored index of the shape %j',
  async (stored) => {
    const table = await storage.newTable();
    const row = {
      partitionKey: 'contoso|c1',
      rowKey: `references|${factoryHash(factory)}|dataset`,
    };
    await table.submitTransaction(toUpserts(row, JSON.stringify(stored)));

    const loading = new ReferenceIndexTable(table).load(connector, factory, 'dataset');

    await expect(loading).rejects.toMatchObject({ name: 'ZodError' });
  },
);
