/** ReferenceIndexStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { upsertMultiRow } from '../../../functions/azure/table-storage/multi-row-json';
import { ReferenceIndexTable } from '../../../functions/azure/tables/reference-index-table';
import type { ReferenceIndexStore } from '../../../functions/catalog/ports';
import type { IndexedReference, ReferenceIndex } from '../../../functions/catalog/reference-index';
import { factoryHash } from '../../../functions/data-factory/resource-id';
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

describe.each<[string, () => ReferenceIndexStore | Promise<ReferenceIndexStore>]>([
  ['fake', fakeReferenceIndexStore],
  ['Table Storage', async () => new ReferenceIndexTable(await storage.newTable())],
])('ReferenceIndexStore: %s', (_, open) => {
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

it.each([{}, [['dataset|orders']], [['dataset|orders', [['likes', 'linkedService|lake', 1]]]]])(
  'refuses a stored index of the shape %j',
  async (stored) => {
    const table = await storage.newTable();
    const row = {
      partitionKey: 'contoso|c1',
      rowKey: `references|${factoryHash(factory)}|dataset`,
    };
    await upsertMultiRow(table, row, JSON.stringify(stored));

    const loading = new ReferenceIndexTable(table).load(connector, factory, 'dataset');

    await expect(loading).rejects.toMatchObject({ name: 'ZodError' });
  },
);
