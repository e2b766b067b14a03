/** One list of promises, two keepers: the fake that unit tests stand on, and Table Storage. */
import { upsertMultiRow } from '../../../functions/azure/table-storage/multi-row-json';
import { ReferenceIndexTable } from '../../../functions/azure/tables/reference-index-table';
import type { ReferenceIndexStore } from '../../../functions/catalog/ports';
import type { IndexedReference, ReferenceIndex } from '../../../functions/catalog/reference-index';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import { fakeReferrals } from '../../fakes/reference-index-store';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const uses = (target: string, count = 1): IndexedReference => ({
  kind: 'usesLinkedService',
  target,
  count,
});
const some: ReferenceIndex = new Map([
  ['dataset|orders', [uses('linkedService|lake'), uses('', 2)]],
  ['dataset|parties', [uses('linkedService|sql', 3)]],
]);

describe.each<[string, () => ReferenceIndexStore | Promise<ReferenceIndexStore>]>([
  ['fake', fakeReferrals],
  ['Table Storage', async () => new ReferenceIndexTable(await storage.newTable())],
])('ReferenceIndexStore: %s', (_, open) => {
  it('given nothing saved, when it is asked, then nothing refers to anything', async () => {
    const store = await open();

    expect(await store.load(connector, factory, 'dataset')).toEqual(new Map());
    expect(await store.loadFactory(connector, factoryHash(factory))).toEqual(new Map());
  });

  it('given referrals of two kinds, when they are loaded, then each kind has its own and the factory all', async () => {
    const store = await open();
    const triggers: ReferenceIndex = new Map([
      ['trigger|nightly', [{ kind: 'triggers', target: 'pipeline|load', count: 1 }]],
    ]);
    await store.save(connector, factory, 'dataset', some);
    await store.save(connector, factory, 'trigger', triggers);
    await store.save(connector, { ...factory, name: 'other' }, 'dataset', triggers);

    expect(await store.load(connector, factory, 'dataset')).toEqual(some);
    expect(await store.loadFactory(connector, factoryHash(factory))).toEqual(
      new Map([...some, ...triggers]),
    );
  });

  it('given so many that a row cannot hold them, when fewer are saved later, then only those are there', async () => {
    const store = await open();
    const many = new Map(
      Array.from({ length: 30_000 }, (_each, n) => {
        const random = Buffer.from(`${n}${Math.sin(n)}${Math.cos(n)}`).toString('base64url');
        return [`dataset|${random}`, [uses(`linkedService|${random.slice(9)}`)]];
      }),
    );

    await store.save(connector, factory, 'dataset', many);
    expect(await store.load(connector, factory, 'dataset')).toEqual(many);
    await store.save(connector, factory, 'dataset', some);

    expect(await store.load(connector, factory, 'dataset')).toEqual(some);
  });
});

it.each([{}, [['dataset|orders']], [['dataset|orders', [['likes', 'linkedService|lake', 1]]]]])(
  'given an index in the shape %j, when it is loaded, then it is not taken for one of ours',
  async (other) => {
    const table = await storage.newTable();
    const row = {
      partitionKey: 'contoso|c1',
      rowKey: `references|${factoryHash(factory)}|dataset`,
    };
    await upsertMultiRow(table, row, JSON.stringify(other));

    const loading = new ReferenceIndexTable(table).load(connector, factory, 'dataset');

    await expect(loading).rejects.toMatchObject({ name: 'ZodError' });
  },
);
