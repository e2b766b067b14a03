/** PackedUnitStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { factoryHash } from '../../../functions/data-factory/resource-id';
import { EtagMapTable } from '../../../functions/azure/tables/catalog/etag-map-table';
import { PackedUnitTable } from '../../../functions/azure/tables/catalog/packed-unit-table';
import { SupersededError } from '../../../functions/errors/app-error';
import type { LineageUnit } from '../../../functions/lineage/lineage-unit';
import type { PackedUnitStore } from '../../../functions/catalog/ports';
import { fakePackedUnitStore } from '../../fakes/packed-unit-store';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const other = { ...factory, name: 'stock' };
const unit = (rowKey: string, hash = 'h1', warnings: string[] = []): LineageUnit => ({
  rowKey,
  name: rowKey,
  hash,
  dependsOn: [],
  binding: '',
  calls: [],
  activities: [],
  assets: [],
  warnings,
});
const headOf = (...versions: [string, string][]) => ({ versions: new Map(versions), rules: 1 });

type Store = PackedUnitStore<LineageUnit>;

describe.each<[string, () => Store | Promise<Store>]>([
  ['fake', () => fakePackedUnitStore<LineageUnit>()],
  [
    'Table Storage',
    async () => new PackedUnitTable<LineageUnit>(await storage.newTable(), 'lineage'),
  ],
])('PackedUnitStore: %s', (_, open) => {
  it('is empty before the first save', async () => {
    const store = await open();

    expect(await store.loadHead(connector, factory)).toEqual({ versions: new Map(), rules: 0 });
    expect(await store.loadUnits(connector, factoryHash(factory))).toEqual(new Map());
    expect(await store.listFactories(connector)).toEqual([]);
  });

  it('replaces the buckets that are given and keeps the others', async () => {
    const store = await open();
    const first = new Map([
      [0, [unit('pipeline|a')]],
      [7, [unit('pipeline|b')]],
    ]);
    const empty = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(['pipeline|a', 'h1']), first, empty);
    const loaded = await store.loadHead(connector, factory);

    const next = new Map([[7, [unit('pipeline|b', 'h2')]]]);
    await store.save(connector, factory, headOf(['pipeline|a', 'h2']), next, loaded);

    expect(await store.loadUnits(connector, factoryHash(factory))).toEqual(
      new Map([...first, ...next]),
    );
    expect((await store.loadHead(connector, factory)).versions).toEqual(
      new Map([['pipeline|a', 'h2']]),
    );
  });

  it('refuses a save over a head that changed', async () => {
    const store = await open();
    const empty = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(), new Map(), empty);
    const loaded = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(['a', '1']), new Map(), loaded);

    const late = store.save(connector, factory, headOf(['b', '1']), new Map(), loaded);
    const first = store.save(connector, factory, headOf(['b', '1']), new Map(), empty);

    await expect(late).rejects.toThrow(SupersededError);
    await expect(first).rejects.toThrow(SupersededError);
    expect((await store.loadHead(connector, factory)).versions).toEqual(new Map([['a', '1']]));
  });

  it('lets one of many concurrent writers win', async () => {
    const store = await open();
    const empty = await store.loadHead(connector, factory);
    const buckets = new Map([[1, [unit('pipeline|a')]]]);

    const settled = await Promise.allSettled(
      Array.from({ length: 6 }, (_each, n) =>
        store.save(connector, factory, headOf(['a', String(n)]), buckets, empty),
      ),
    );

    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('lists factories with a version that changes with each save', async () => {
    const store = await open();
    for (const each of [factory, other])
      await store.save(connector, each, headOf(), new Map(), await store.loadHead(connector, each));
    const before = await store.listFactories(connector);

    const loaded = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(['a', '1']), new Map(), loaded);

    const after = await store.listFactories(connector);
    expect(after.map((each) => each.factory.name).toSorted()).toEqual(['sales', 'stock']);
    const changed = after.filter(({ hash, version }) =>
      before.every((each) => each.hash !== hash || each.version !== version),
    );
    expect(changed.map((each) => each.factory.name)).toEqual(['sales']);
    expect(await store.listFactories({ ...connector, connectorId: 'c2' })).toEqual([]);
  });

  it('forgets a factory, unless it is saved meanwhile', async () => {
    const store = await open();
    const buckets = new Map([[1, [unit('pipeline|a')]]]);
    for (const each of [factory, other])
      await store.save(
        connector,
        each,
        headOf(['a', '1']),
        buckets,
        await store.loadHead(connector, each),
      );
    const early = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(['a', '2']), buckets, early);

    await expect(store.forget(connector, factory, early)).rejects.toThrow(SupersededError);
    const kept = await store.loadUnits(connector, factoryHash(factory));
    await store.forget(connector, factory, await store.loadHead(connector, factory));
    await store.forget(connector, factory, await store.loadHead(connector, factory));

    expect(kept).toEqual(buckets);
    expect(await store.loadUnits(connector, factoryHash(factory))).toEqual(new Map());
    expect(await store.loadUnits(connector, factoryHash(other))).toEqual(buckets);
    expect((await store.listFactories(connector)).map((each) => each.factory)).toEqual([other]);
  });

  it('holds units of several megabytes, and fewer afterwards', async () => {
    const store = await open();
    const noise = () => Array.from({ length: 40_000 }, () => Math.random().toString(36));
    const large = new Map([
      [3, [unit('pipeline|a', 'h1', noise()), unit('pipeline|b', 'h1', noise())]],
    ]);
    const empty = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(['a', '1']), large, empty);
    const loaded = await store.loadUnits(connector, factoryHash(factory));

    const small = new Map([[3, [unit('pipeline|a')]]]);
    const head = await store.loadHead(connector, factory);
    await store.save(connector, factory, headOf(['a', '2']), small, head);

    expect(loaded).toEqual(large);
    expect(await store.loadUnits(connector, factoryHash(factory))).toEqual(small);
  });
});

it('stores all buckets and the head in one transaction', async () => {
  const table = await storage.newTable();
  const submit = jest.spyOn(table, 'submitTransaction');
  const store = new PackedUnitTable<LineageUnit>(table, 'lineage');
  const buckets = new Map([0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n, [unit(`pipeline|${n}`)]]));

  await store.save(connector, factory, headOf(['a', '1']), buckets, {
    versions: new Map(),
    rules: 0,
  });

  expect(submit).toHaveBeenCalledTimes(1);
  expect(await store.loadUnits(connector, factoryHash(factory))).toEqual(buckets);
});

it('leaves other rows of the same partition alone', async () => {
  const table = await storage.newTable();
  const maps = new EtagMapTable(table);
  const store = new PackedUnitTable<LineageUnit>(table, 'lineage');
  await store.save(connector, factory, headOf(['a', '1']), new Map(), {
    versions: new Map(),
    rules: 0,
  });

  expect(await maps.listFactories(connector)).toEqual([]);
  expect(await new PackedUnitTable(table, 'search').listFactories(connector)).toEqual([]);
  await maps.deleteConnector(connector);
  expect(await store.listFactories(connector)).toEqual([]);
});
