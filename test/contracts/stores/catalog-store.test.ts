/** CatalogStore and EtagMapStore: one contract for the fakes and the Table Storage adapters. */
import { randomBytes } from 'node:crypto';
import { CatalogTable } from '../../../functions/azure/tables/catalog/catalog-table';
import { EtagMapTable } from '../../../functions/azure/tables/catalog/etag-map-table';
import { extractResources } from '../../../functions/data-factory/resource-extraction';
import type { LoadedEtagMap } from '../../../functions/catalog/etag-map';
import type {
  CatalogStore,
  EtagMapStore,
  RowChange,
  RowWriter,
} from '../../../functions/catalog/ports';
import { SupersededError } from '../../../functions/errors/app-error';
import { listedKinds, type Resource } from '../../../functions/data-factory/resource';
import type { Json } from '../../../functions/data-factory/json';
import { factoryHash, rowKeyOf } from '../../../functions/data-factory/resource-id';
import type { ConnectorKey } from '../../../functions/storage/connector-key';
import { fakeCatalogStore } from '../../fakes/catalog-store';
import { fakeEtagMapStore, storeMap } from '../../fakes/etag-map-store';
import { now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const hash = factoryHash(factory);

const aDataset = (name: string, properties: Record<string, Json> = {}): Resource =>
  extractResources('dataset', [{ name, properties: { type: 'Json', ...properties } }])[0]!;
const aPut = (...resources: Resource[]): RowChange => ({
  put: resources.map((resource) => ({
    rowKey: rowKeyOf(resource.kind, resource.name),
    resource,
  })),
  remove: [],
});
const noise = (bytes: number) => randomBytes(bytes).toString('base64');

describe.each<[string, () => CatalogStore | Promise<CatalogStore>]>([
  ['fake', fakeCatalogStore],
  ['Table Storage', async () => new CatalogTable(await storage.newTable())],
])('CatalogStore: %s', (_, open) => {
  const writer = { kind: 'dataset', writer: 'w1' } as const;
  const writeTo = async (store: CatalogStore, key: ConnectorKey, changes: RowChange[]) => {
    await store.admitWriter(key, factory, writer);
    await store.write(key, factory, changes, now, writer);
  };
  const write = (store: CatalogStore, ...changes: RowChange[]) =>
    writeTo(store, connector, changes);

  it('reads a resource as it was written', async () => {
    const store = await open();
    const resource: Resource = {
      ...aDataset('Orders', { folder: { name: 'in' }, annotations: ['a'], state: 'On' }),
      dependsOn: [{ activity: 'x', conditions: ['Failed'] }],
      warnings: ['odd'],
      parent: 'p',
      path: 'a/b',
    };
    await write(store, aPut(resource));

    const { body, hash: version, ...summary } = resource;
    expect(await store.get(connector, hash, 'dataset|orders')).toEqual({
      ...summary,
      rowKey: 'dataset|orders',
      hash: version,
      factory,
      syncedAt: now.toISOString(),
      body,
    });
  });

  it.each(['Ördér 注文 ünd', "it's 100% #1/2?\\", ' blank ', 'n'.repeat(400), 'a|b', '😀'])(
    'finds and lists the name %j',
    async (name) => {
      const store = await open();
      const change = aPut(aDataset(name));
      await write(store, change);

      const { items } = await store.list(connector, hash, 'dataset', { limit: 10 });

      expect(items.map((item) => item.name)).toEqual([name]);
      expect(await store.get(connector, hash, change.put[0]!.rowKey)).toMatchObject({ name });
    },
  );

  it.each([40_000, 200_000, 2_000_000])(
    'reads a body of %i random bytes unchanged',
    async (bytes) => {
      const store = await open();
      const large = aDataset('large', { noise: noise(bytes), list: ['ü', null, 1.5] });
      const others = Array.from({ length: 30 }, (_, n) => aPut(aDataset(`small ${n}`)));

      await write(store, ...others.slice(0, 15), aPut(large), ...others.slice(15));

      const row = await store.get(connector, hash, 'dataset|large');
      expect(row!.body).toEqual(large.body);
      const { items } = await store.list(connector, hash, undefined, { limit: 100 });
      expect(items).toHaveLength(31);
    },
  );

  it('leaves no part of a larger body that it replaces', async () => {
    const store = await open();
    await write(store, aPut(aDataset('d', { noise: noise(1_500_000) })));

    await write(store, aPut(aDataset('d', { small: true })));

    expect((await store.get(connector, hash, 'dataset|d'))!.body).toEqual(
      aDataset('d', { small: true }).body,
    );
  });

  it('lists one kind by pages, complete and in order', async () => {
    const store = await open();
    const datasets = Array.from({ length: 240 }, (_, n) =>
      aDataset(`d${String(n).padStart(3, '0')}`),
    );
    const others = extractResources('trigger', [{ name: 't', properties: {} }]);
    await write(store, aPut(...others), ...datasets.map((each) => aPut(each)));

    const names: string[] = [];
    let continuation: string | undefined;
    do {
      const page: { items: readonly { name: string }[]; continuation?: string } = await store.list(
        connector,
        hash,
        'dataset',
        { limit: 100, ...(continuation && { continuation }) },
      );
      expect(page.items.length).toBeLessThanOrEqual(100);
      names.push(...page.items.map(({ name }) => name));
      continuation = page.continuation;
    } while (continuation);

    expect(names).toEqual(datasets.map(({ name }) => name));
  });

  it('hides a removed resource until it is written again', async () => {
    const store = await open();
    await write(store, aPut(aDataset('a')), aPut(aDataset('b')));
    await write(store, { put: [], remove: ['dataset|a'] });

    expect(await store.get(connector, hash, 'dataset|a')).toBeUndefined();
    expect((await store.list(connector, hash, 'dataset', { limit: 9 })).items).toHaveLength(1);
    expect([...(await store.listHashes(connector, factory, 'dataset|')).keys()]).toEqual([
      'dataset|b',
    ]);

    await write(store, aPut(aDataset('a')));
    expect(await store.get(connector, hash, 'dataset|a')).toBeDefined();
  });

  it('names rows as Data Factory does, also removed ones', async () => {
    const store = await open();
    const [pipeline] = extractResources('pipeline', [
      { name: 'Load Orders', properties: { activities: [{ name: 'Copy Rows', type: 'Copy' }] } },
    ]);
    const [activity] = pipeline!.children!;
    const rows = [...Array(70).keys()].map((n) => aPut(aDataset(`Größe/${n}`)));
    await write(store, ...rows);
    await store.admitWriter(connector, factory, { kind: 'pipeline', writer: 'p' });
    const put = [
      { rowKey: 'pipeline|load orders', resource: pipeline! },
      { rowKey: 'activity|load orders|copy rows', resource: activity! },
    ];
    await store.write(connector, factory, [{ put, remove: [] }], now, {
      kind: 'pipeline',
      writer: 'p',
    });
    const keys = rows.map(({ put: [own] }) => own!.rowKey);
    await write(store, { put: [], remove: keys.slice(0, 3) });

    const few = await store.namesOf(connector, factory, [
      ...put.map(({ rowKey }) => rowKey),
      keys[0]!,
      'dataset|nowhere',
    ]);
    const many = await store.namesOf(connector, factory, [...keys, 'dataset|nowhere']);

    expect(Object.fromEntries(few)).toEqual({
      'pipeline|load orders': { name: 'Load Orders' },
      'activity|load orders|copy rows': { name: 'Copy Rows', parent: 'Load Orders' },
      [keys[0]!]: { name: 'Größe/0' },
    });
    expect([...many.values()].map(({ name }) => name).toSorted()).toEqual(
      [...Array(70).keys()].map((n) => `Größe/${n}`).toSorted(),
    );
    expect((await store.namesOf(connector, factory, [])).size).toBe(0);
  });

  it('refuses a writer as soon as it is dismissed', async () => {
    const store = await open();
    const next = { ...writer, writer: 'w2' };
    const put = (each: typeof writer | typeof next, name: string) =>
      store.write(connector, factory, [aPut(aDataset(name))], now, each);
    await write(store, aPut(aDataset('a', { v: 1 })));
    await store.admitWriter(connector, factory, { kind: 'pipeline', writer: 'w3' });
    await store.admitWriter(connector, factory, next);
    await put(writer, 'c');
    await store.dismissWriters(connector, factory, [writer, { ...writer, writer: 'w0' }]);

    await expect(put(writer, 'a')).rejects.toThrow(SupersededError);
    await put(next, 'b');

    const { items } = await store.list(connector, hash, undefined, { limit: 9 });
    expect(items.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(await store.get(connector, hash, 'dataset|a')).toMatchObject({
      body: { properties: { v: 1 } },
    });
  });

  it('refuses all writers of a kind that is dismissed', async () => {
    const store = await open();
    const pipelines = { kind: 'pipeline', writer: 'w1' } as const;
    const others = ['w1', 'w2'].map((each) => ({ ...writer, writer: each }));
    for (const each of [pipelines, ...others]) await store.admitWriter(connector, factory, each);

    await store.dismissAllWriters(connector, factory, 'dataset');

    const put = (each: RowWriter) =>
      store.write(connector, factory, [aPut(aDataset('a'))], now, each);
    for (const each of others) await expect(put(each)).rejects.toThrow(SupersededError);
    await expect(put(pipelines)).resolves.toBeUndefined();
  });

  it('refuses a writer whose factory is deleted', async () => {
    const store = await open();
    await write(store, aPut(aDataset('a')));
    await store.deleteFactory(connector, hash);

    const writing = store.write(connector, factory, [aPut(aDataset('b'))], now, writer);

    await expect(writing).rejects.toThrow(SupersededError);
  });

  it('deletes the rows of one factory of one connector only', async () => {
    const store = await open();
    const others = [
      { ...connector, connectorId: 'c2' },
      { ...connector, tenantId: 'fabrikam' },
    ];
    const many = Array.from({ length: 130 }, (_, n) => aPut(aDataset(`d${n}`)));
    await write(store, ...many);
    for (const other of others) await writeTo(store, other, [aPut(aDataset('x'))]);

    await store.deleteFactory(connector, hash);
    await store.deleteFactory(connector, hash);

    expect((await store.list(connector, hash, undefined, { limit: 9 })).items).toEqual([]);
    for (const other of others)
      expect((await store.list(other, hash, undefined, { limit: 9 })).items).toHaveLength(1);
  });

  it('accepts two concurrent deletions of a factory', async () => {
    const store = await open();
    await write(store, ...Array.from({ length: 150 }, (_, n) => aPut(aDataset(`d${n}`))));

    await Promise.all([store.deleteFactory(connector, hash), store.deleteFactory(connector, hash)]);

    expect((await store.list(connector, hash, undefined, { limit: 9 })).items).toEqual([]);
  });
});

describe.each<[string, () => EtagMapStore | Promise<EtagMapStore>]>([
  ['fake', fakeEtagMapStore],
  ['Table Storage', async () => new EtagMapTable(await storage.newTable())],
])('EtagMapStore: %s', (_, open) => {
  const version = { etag: expect.any(String), writer: expect.any(String) };
  const entries = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, n) => [
        `pipeline|p${n}`,
        { hash: noise(16), ...(n % 2 && { etag: noise(20) }), ...(n % 3 && { children: n }) },
      ]),
    );

  it.each([0, 1, 5_000, 30_000])('loads a map of %i objects unchanged', async (count) => {
    const maps = await open();
    const map = { entries: entries(count) };
    await storeMap(maps, connector, factory, 'pipeline', map);

    expect(await maps.load(connector, factory, 'pipeline')).toEqual({ ...map, version });
    expect(await maps.load(connector, factory, 'dataset')).toEqual({
      entries: new Map(),
      version: {},
    });
  });

  it('loads the maps of one factory together, with the result of each', async () => {
    const maps = await open();
    const completed = {
      syncRunId: 'run-1',
      tallies: { pipeline: { read: 1, written: 1, unchanged: 0, removed: 0 } },
      massRemoval: { removed: 5, of: 6 },
    };
    await storeMap(maps, connector, factory, 'pipeline', { entries: entries(5_000), completed });
    await storeMap(maps, connector, factory, 'dataset', map);
    await maps.markGone(connector, factory, 'run-1');
    await storeMap(maps, connector, { ...factory, name: 'stock' }, 'trigger', map);

    const loaded = await maps.loadFactory(connector, factory);

    expect([...loaded.keys()].sort()).toEqual(['dataset', 'pipeline']);
    for (const [kind, each] of loaded)
      expect(each).toEqual(await maps.load(connector, factory, kind));
    expect(loaded.get('pipeline')).toMatchObject({ completed });
  });

  it('reports the dirty sync run until the map is saved', async () => {
    const maps = await open();
    const map = { entries: new Map([['dataset|a', { hash: 'h', syncRunId: 'old' }]]) };
    await storeMap(maps, connector, factory, 'dataset', map);

    const { version: loaded } = await maps.load(connector, factory, 'dataset');
    const claimed = await maps.claim(connector, factory, 'dataset', 'run-1', loaded, 'w2');
    expect(await maps.load(connector, factory, 'dataset')).toEqual({
      ...map,
      dirtySyncRunId: 'run-1',
      isInterrupted: true,
      version: { ...claimed, earlierWriters: ['writer'] },
    });

    await maps.save(connector, factory, 'dataset', map, claimed);
    expect(await maps.load(connector, factory, 'dataset')).toEqual({ ...map, version });
  });

  const map = { entries: new Map([['dataset|a', { hash: 'h' }]]) };
  const load = (maps: EtagMapStore) => maps.load(connector, factory, 'dataset');
  const claim = async (maps: EtagMapStore, loaded: LoadedEtagMap, run = 'run-1', writer = 'w1') =>
    maps.claim(connector, factory, 'dataset', run, loaded.version, writer);

  it.each([
    ['new', false],
    ['stored', true],
  ])('lets one of two writers claim a %s map', async (_name, isStored) => {
    const maps = await open();
    if (isStored) await storeMap(maps, connector, factory, 'dataset', map);
    const [one, other] = [await load(maps), await load(maps)];

    const claimed = await claim(maps, one);

    await expect(claim(maps, other)).rejects.toThrow(SupersededError);
    expect((await load(maps)).version).toMatchObject(claimed);
  });

  it('refuses a save after another writer has claimed the map', async () => {
    const maps = await open();
    const first = await claim(maps, await load(maps));
    const second = await claim(maps, await load(maps), 'run-2', 'w2');

    const late = maps.save(connector, factory, 'dataset', { entries: new Map() }, first);
    await expect(late).rejects.toThrow(SupersededError);
    await maps.save(connector, factory, 'dataset', map, second);

    expect((await load(maps)).entries).toEqual(map.entries);
  });

  it('names all writers since the last save', async () => {
    const maps = await open();
    await storeMap(maps, connector, factory, 'dataset', map);
    await claim(maps, await load(maps), 'run-1', 'w1');
    const claimed = await claim(maps, await load(maps), 'run-2', 'w2');

    const { version: before } = await load(maps);
    await maps.save(connector, factory, 'dataset', map, claimed);

    expect(before).toMatchObject({ writer: 'w2', earlierWriters: ['w1', 'writer'] });
    expect((await load(maps)).version).toEqual({ etag: expect.any(String), writer: 'w2' });
  });

  it('forgets the map of one kind unless it changed', async () => {
    const maps = await open();
    await storeMap(maps, connector, factory, 'dataset', { entries: entries(30_000) });
    await storeMap(maps, connector, factory, 'pipeline', map);
    const { version: old } = await load(maps);
    await storeMap(maps, connector, factory, 'dataset', { entries: new Map() });

    const late = maps.forget(connector, factory, 'dataset', old);
    await expect(late).rejects.toThrow(SupersededError);
    await maps.forget(connector, factory, 'dataset', (await load(maps)).version);

    expect((await load(maps)).version).toEqual({});
    expect(await maps.countByKind(connector)).toMatchObject({ pipeline: 1, activity: 0 });
  });

  it('names the sync run that found a factory gone', async () => {
    const maps = await open();
    await storeMap(maps, connector, factory, 'dataset', map);
    const goneSince = async () => (await maps.listFactories(connector))[0]!.goneSinceRun;

    await maps.markGone(connector, factory, 'run-1');
    const gone = await goneSince();
    await maps.markGone(connector, factory, undefined);
    await maps.markGone(connector, factory, undefined);

    expect([gone, await goneSince()]).toEqual(['run-1', undefined]);
  });

  it('marks derived data as stale until an update saw the last change', async () => {
    const maps = await open();
    const isStale = async () => (await maps.listFactories(connector))[0]!.derivedIsStale ?? false;
    const find = () => maps.findStaleDerivedData(connector, factory);

    const unknown = await find();
    await storeMap(maps, connector, factory, 'dataset', map);
    const first = await find();
    await storeMap(maps, connector, factory, 'dataset', map);
    await maps.markDerivedDataCurrent(connector, factory, first!);
    const afterLateMark = await isStale();
    await maps.markDerivedDataCurrent(connector, factory, (await find())!);

    expect([unknown, afterLateMark, await isStale()]).toEqual([undefined, true, false]);
    expect(await find()).toBeUndefined();
    await storeMap(maps, connector, factory, 'dataset', map);
    expect(await isStale()).toBe(true);
  });

  it('counts by kind and deletes the maps of one connector only', async () => {
    const maps = await open();
    const other = { ...connector, connectorId: 'c2' };
    const stock = { ...factory, name: 'stock' };
    await storeMap(maps, connector, factory, 'pipeline', {
      entries: new Map([['pipeline|a', { hash: 'h', children: 3 }]]),
    });
    await storeMap(maps, connector, stock, 'pipeline', {
      entries: new Map([['pipeline|b', { hash: 'h', children: 2 }]]),
    });
    await maps.claim(connector, stock, 'dataset', 'run-1', {}, 'w1');
    await maps.claim(other, factory, 'dataset', 'run-1', {}, 'w1');

    expect(await maps.countByKind(connector)).toMatchObject({ pipeline: 2, activity: 5 });
    expect(await maps.listFactories(connector)).toEqual(
      [
        { factory, kinds: ['pipeline'] },
        // A kind whose map was never saved may have rows.
        { factory: stock, kinds: listedKinds.filter((k) => k === 'dataset' || k === 'pipeline') },
      ]
        .map((each) => ({
          ...each,
          hash: factoryHash(each.factory),
          objects: 1,
          derivedIsStale: true,
        }))
        .sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    );
    await maps.forgetFactory(connector, factory);
    expect(await maps.listFactories(connector)).toHaveLength(2);
    await maps.deleteConnector(connector);
    expect(await maps.listFactories(connector)).toEqual([]);
    expect(await maps.listFactories(other)).toMatchObject([{ objects: 0 }]);
  });
});
