/** TombstoneStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { CatalogTable } from '../../../functions/azure/tables/catalog/catalog-table';
import { TombstoneTable } from '../../../functions/azure/tables/catalog/tombstone-table';
import { extractResources } from '../../../functions/data-factory/resource-extraction';
import type { CatalogStore, RowChange, TombstoneStore } from '../../../functions/catalog/ports';
import type { Resource } from '../../../functions/data-factory/resource';
import type { Json } from '../../../functions/data-factory/json';
import { factoryHash, rowKeyOf } from '../../../functions/data-factory/resource-id';
import { fakeCatalogStore } from '../../fakes/catalog-store';
import { now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const hash = factoryHash(factory);
const later = new Date('2026-02-20T12:00:00.000Z');

const aDataset = (name: string, properties: Record<string, Json> = {}): Resource =>
  extractResources('dataset', [{ name, properties: { type: 'Json', ...properties } }])[0]!;
const aPut = (...resources: Resource[]): RowChange => ({
  put: resources.map((resource) => ({ rowKey: rowKeyOf(resource.kind, resource.name), resource })),
  remove: [],
});
const aRemoval = (...names: string[]): RowChange => ({
  put: [],
  remove: names.map((name) => `dataset|${name}`),
});
const noise = (bytes: number) => randomBytes(bytes).toString('base64');

async function writeTo(catalog: CatalogStore, changes: readonly RowChange[], at: Date) {
  const writer = { kind: 'dataset', writer: 'w1' } as const;
  await catalog.admitWriter(connector, factory, writer);
  await catalog.write(connector, factory, changes, at, writer);
}

interface Stores {
  readonly catalog: CatalogStore;
  readonly tombstones: TombstoneStore;
  /** Keys of all rows of resources. Only real tables have rows that are not visible. */
  readonly keys: () => Promise<readonly string[]>;
}

function inMemory(): Stores {
  const catalog = fakeCatalogStore();
  const { tombstones } = catalog;
  const keys = async () => [
    ...catalog.live(),
    ...(await tombstones.list(connector, hash, undefined, { limit: 1_000 })).items.map(
      ({ rowKey }) => rowKey,
    ),
  ];
  return { catalog, tombstones, keys };
}

async function inTables(): Promise<Stores> {
  const table: TableClient = await storage.newTable();
  const keys = () => keysOf(table);
  return { catalog: new CatalogTable(table), tombstones: new TombstoneTable(table), keys };
}

async function keysOf(table: TableClient): Promise<string[]> {
  const found: string[] = [];
  for await (const { rowKey } of table.listEntities())
    if (!rowKey!.startsWith('writer|')) found.push(rowKey!);
  return found;
}

describe.each<[string, () => Stores | Promise<Stores>]>([
  ['fake', inMemory],
  ['Table Storage', inTables],
])('TombstoneStore: %s', (_, open) => {
  const write = ({ catalog }: Stores, at: Date, ...changes: RowChange[]) =>
    writeTo(catalog, changes, at);
  const find = ({ tombstones }: Stores, ...names: string[]) =>
    tombstones.find(
      connector,
      hash,
      names.map((name) => `dataset|${name}`),
    );

  it('lists removed resources with the time and quarantine of their removal', async () => {
    const stores = await open();
    await write(stores, now, aPut(aDataset('A', { x: 1 }), aDataset('B'), aDataset('C')));
    await write(stores, later, aRemoval('a'), { ...aRemoval('b'), quarantinedBy: 'run-1' });

    const { items } = await stores.tombstones.list(connector, hash, 'dataset', { limit: 9 });
    const single = await stores.tombstones.get(connector, hash, 'dataset|a');

    expect(items).toMatchObject([
      { name: 'A', removedAt: later.toISOString(), syncedAt: now.toISOString() },
      { name: 'B', removedAt: later.toISOString(), quarantinedBy: 'run-1' },
    ]);
    expect(items[0]).not.toHaveProperty('quarantinedBy');
    expect(single).toEqual({ ...items[0], body: aDataset('A', { x: 1 }).body });
    expect(await stores.tombstones.get(connector, hash, 'dataset|c')).toBeUndefined();
    expect(await stores.tombstones.get(connector, hash, 'dataset|z')).toBeUndefined();
  });

  it('lists one kind by pages, complete and in order', async () => {
    const stores = await open();
    const names = Array.from({ length: 25 }, (_, n) => `d${String(n).padStart(2, '0')}`);
    const [trigger] = extractResources('trigger', [{ name: 't', properties: {} }]);
    await write(stores, now, aPut(trigger!, ...names.map((name) => aDataset(name))));
    await write(stores, later, aRemoval(...names), { put: [], remove: ['trigger|t'] });

    const listed: string[] = [];
    for (let continuation: string | undefined = ''; continuation !== undefined;) {
      const page: { items: readonly { name: string }[]; continuation?: string } =
        await stores.tombstones.list(connector, hash, 'dataset', {
          limit: 10,
          ...(continuation && { continuation }),
        });
      listed.push(...page.items.map(({ name }) => name));
      continuation = page.continuation;
    }

    expect(listed).toEqual(names);
    expect(
      (await stores.tombstones.list(connector, hash, undefined, { limit: 100 })).items,
    ).toHaveLength(26);
  });

  it('finds removed rows only', async () => {
    const stores = await open();
    await write(stores, now, aPut(aDataset('a'), aDataset('b'), aDataset('c')));
    await write(stores, later, aRemoval('a'), { ...aRemoval('b'), quarantinedBy: 'run-1' });

    expect(await find(stores, 'a', 'b', 'c', 'd')).toEqual([
      { rowKey: 'dataset|a', removedAt: later.toISOString(), etag: expect.any(String) },
      {
        rowKey: 'dataset|b',
        removedAt: later.toISOString(),
        quarantinedBy: 'run-1',
        etag: expect.any(String),
      },
    ]);
  });

  it('purges every part of a body that shrank', async () => {
    const stores = await open();
    await write(stores, now, aPut(aDataset('a', { noise: noise(2_000_000) }), aDataset('ab')));
    await write(stores, now, aPut(aDataset('a', { noise: noise(900_000) })));
    await write(stores, later, aRemoval('a'));

    const found = await find(stores, 'a');
    const remaining = [
      await stores.tombstones.purge(connector, hash, found),
      await stores.tombstones.purge(connector, hash, found),
    ];

    expect(remaining).toEqual([0, 0]);
    expect(await stores.keys()).toEqual(['dataset|ab']);
    expect(await find(stores, 'a')).toEqual([]);
  });

  it('keeps a resource that was restored before its purge', async () => {
    const stores = await open();
    const large = aDataset('a', { noise: noise(900_000) });
    await write(stores, now, aPut(large, aDataset('b'), aDataset('c')));
    await write(stores, now, { ...aRemoval('a', 'b', 'c'), quarantinedBy: 'run-1' });

    const found = await find(stores, 'a', 'b', 'c');
    await write(stores, later, aPut(large, aDataset('b', { back: true })));
    const remaining = await stores.tombstones.purge(connector, hash, found);

    expect(remaining).toBe(2);
    expect((await stores.catalog.get(connector, hash, 'dataset|a'))!.body).toEqual(large.body);
    expect(await stores.catalog.get(connector, hash, 'dataset|b')).toBeDefined();
    expect(await find(stores, 'a', 'b', 'c')).toEqual([]);
  });

  it('clears the quarantine of a resource that was restored', async () => {
    const stores = await open();
    await write(stores, now, aPut(aDataset('a')));
    await write(stores, now, { ...aRemoval('a'), quarantinedBy: 'run-1' });
    await write(stores, now, aPut(aDataset('a')));

    await write(stores, later, aRemoval('a'));

    const [found] = await find(stores, 'a');
    expect(found).not.toHaveProperty('quarantinedBy');
  });

  it('purges many removed rows and keeps the others', async () => {
    const stores = await open();
    const names = Array.from({ length: 120 }, (_, n) => `d${n}`);
    await write(stores, now, ...names.map((name) => aPut(aDataset(name))));
    await write(stores, now, aPut(aDataset('kept')));
    await write(stores, later, aRemoval(...names));

    await stores.tombstones.purge(connector, hash, await find(stores, ...names, 'kept'));

    expect(await stores.keys()).toEqual(['dataset|kept']);
  });
});

it('TombstoneTable completes a purge whose first response was lost', async () => {
  const table = await storage.newTable();
  const catalog = new CatalogTable(table);
  const large = aDataset('a', { noise: noise(2_000_000) });
  await writeTo(catalog, [aPut(large)], now);
  await writeTo(catalog, [aRemoval('a')], later);
  const purge = async (tombstones: TombstoneStore) =>
    tombstones.purge(connector, hash, await tombstones.find(connector, hash, ['dataset|a']));

  const remaining = [
    await purge(new TombstoneTable(withLostResponses(table))),
    await purge(new TombstoneTable(table)),
  ];

  expect(remaining).toEqual([0, 0]);
  expect(await keysOf(table)).toEqual([]);
});

/** Sends each transaction twice, as the SDK does after a lost response. */
function withLostResponses(table: TableClient): TableClient {
  const submitTransaction: TableClient['submitTransaction'] = async (...args) => {
    await table.submitTransaction(...args);
    return table.submitTransaction(...args);
  };
  return Object.assign(Object.create(table) as TableClient, { submitTransaction });
}
