/** Lineage in responses, after sync runs of two factories. */
import type { Json } from '../../functions/data-factory/json';
import { listedKinds } from '../../functions/data-factory/resource';
import { factoryHash, resourceId } from '../../functions/data-factory/resource-id';
import { updateLineage } from '../../functions/lineage/factory/factory-lineage';
import { LineageService } from '../../functions/lineage/lineage-service';
import type { LineageUnit } from '../../functions/lineage/lineage-unit';
import { LoadedDocuments } from '../../functions/lineage/loaded-documents';
import { newSqlParser } from '../../functions/lineage/sql/sql-parser';
import { fakePackedUnitStore } from '../fakes/packed-unit-store';
import type { EndpointName } from '../support/call-endpoint';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import {
  copy,
  dataset,
  reference,
  sampleDocuments,
  storedDocuments,
  type Documents,
} from '../support/lineage';
import { syncContext } from '../support/sync-context';

const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const tableOf = (table: string) => dataset('AnyTable', { table });
const fileAt = (path: string) => dataset('File', { path });
const idOf = (rowKey: string) => resourceId(factoryHash(factory('sales')), rowKey);

/** orders → file → stage.Facts → stage.Report, through a Copy, a data flow and a Copy of another factory. */
const sales: Documents = sampleDocuments(
  [
    copy('Extract', dataset('Orders'), fileAt('x'), {
      translator: { mappings: [{ source: { name: 'Id' }, sink: { name: 'id' } }] },
    }),
    {
      name: 'Transform',
      type: 'ExecuteDataFlow',
      typeProperties: { dataFlow: reference('DataFlow', 'Flow') },
    },
  ],
  {
    dataFlow: [
      {
        name: 'Flow',
        properties: {
          type: 'MappingDataFlow',
          typeProperties: {
            sources: [{ name: 'A', dataset: fileAt('x') }],
            sinks: [{ name: 'Out', dataset: tableOf('Facts') }],
            script:
              'source(output(id as integer, total as double)) ~> A A select(mapColumn(Key = id, Sum = total)) ~> T T sink() ~> Out',
          },
        },
      },
    ],
  },
);
const stock: Documents = {
  ...sampleDocuments([]),
  pipeline: [
    {
      name: 'Publish',
      properties: {
        activities: [
          copy('P', tableOf('Facts'), tableOf('Report'), {
            translator: { mappings: [{ source: { name: 'Key' }, sink: { name: 'Number' } }] },
          }),
        ],
      },
    },
  ],
};

async function syncedServices() {
  const context = syncContext();
  const sync = async (name: string, documents: Documents, syncRunId = 'p') => {
    for (const kind of listedKinds) {
      const items: Json[] =
        kind === 'factory' ? [{ name, properties: {} }] : [...(documents[kind] ?? [])];
      context.factories.pages = { [kind]: [items] };
      await context.mirror.mirror(
        { ...key, factory: factory(name), kind, syncRunId, full: false },
        () => undefined,
      );
    }
    return context.services.lineage.update(context.services.documentsOf(key, factory(name)));
  };
  await sync('sales', sales);
  await sync('stock', stock);
  const get = async (
    name: EndpointName,
    query: Record<string, string> = {},
    params: Record<string, string> = {},
  ) =>
    callEndpoint(name, {
      params: { connectorId: 'c1', ...params },
      query,
      services: context.services,
    });
  return { ...context, sync, get };
}

type Context = Awaited<ReturnType<typeof syncedServices>>;

async function assetIdOf({ get }: Context, name: string): Promise<string> {
  const { json } = await get('listAssets', { name });
  return (json as { items: { id: string }[] }).items[0]!.id;
}

const short = (text: string) => text.replace(/^.*[./](\w+|data\.csv)$/, '$1');
interface Step {
  readonly distance: number;
  readonly source: { readonly name: string };
  readonly target: { readonly name: string };
  readonly columns?: { readonly source: string; readonly target: string }[];
}
const stepsOf = (json: unknown) =>
  (json as { items: Step[] }).items.map(
    ({ distance, source, target }) => `${distance} ${short(source.name)} → ${short(target.name)}`,
  );

describe('lineage endpoints', () => {
  let context: Context;
  beforeAll(async () => {
    context = await syncedServices();
  });

  it('list assets by name, with readers and writers', async () => {
    const { get } = context;

    const { json } = await get('listAssets', { limit: '2' });
    const items = [...json.items];
    const next = new URL(json.nextLink as string).searchParams.get('cursor')!;
    items.push(...(await get('listAssets', { limit: '2', cursor: next })).json.items);

    expect(items.map(({ name, readers, writers }) => [name, readers, writers])).toEqual([
      ['in/x/data.csv', 1, 1],
      ['dwh.sales.Orders', 1, 0],
      ['dwh.stage.Facts', 1, 1],
      ['dwh.stage.Report', 0, 1],
    ]);
  });

  it.each([
    [{ name: 'FACTS' }, ['dwh.stage.Facts']],
    [{ factory: 'stock' }, ['dwh.stage.Facts', 'dwh.stage.Report']],
    [{ kind: 'template' }, []],
  ])('filter assets by %j', async (query, expected) => {
    const { get } = context;

    const { json } = await get('listAssets', query as Record<string, string>);

    expect((json as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual(expected);
  });

  it('get an asset with its evidence and columns', async () => {
    const { json } = await context.get(
      'getAsset',
      {},
      { assetId: await assetIdOf(context, 'facts') },
    );

    expect(json).toMatchObject({
      kind: 'asset',
      namespace: 'mssql://srv.database.windows.net:1433',
      columns: ['Key', 'Sum'],
      ends: [
        { kind: 'writes', job: { document: 'Load', path: 'Transform' } },
        {
          kind: 'reads',
          pointer: '/inputs/0',
          job: { document: 'Publish', path: 'P', activityType: 'Copy' },
        },
      ],
    });
  });

  it('walk upstream and downstream over factories', async () => {
    const report = await assetIdOf(context, 'report');
    const orders = await assetIdOf(context, 'orders');

    const up = await context.get('getLineage', { asset: report });
    const down = await context.get('getLineage', {
      asset: orders,
      direction: 'downstream',
      depth: '2',
    });

    expect(stepsOf(up.json)).toEqual(['1 Facts → Report', '2 csv → Facts', '3 Orders → csv']);
    expect(stepsOf(down.json)).toEqual(['1 Orders → csv', '2 csv → Facts']);
  });

  it('follow one column', async () => {
    const orders = await assetIdOf(context, 'orders');
    const follow = async (column: string) =>
      (await context.get('getLineage', { asset: orders, direction: 'downstream', column })).json;

    const steps = await follow('ID');

    expect((steps as { items: Step[] }).items.map(({ columns }) => columns![0])).toMatchObject([
      { source: 'Id', target: 'id' },
      { source: 'id', target: 'Key' },
      { source: 'Key', target: 'Number' },
    ]);
    expect(stepsOf(await follow('Total'))).toEqual([]);
  });

  it('start at a resource and page through steps', async () => {
    const { get } = context;
    const query = { resource: idOf('pipeline|load'), direction: 'downstream', limit: '2' };

    const first = (await get('getLineage', query)).json;
    const cursor = new URL(first.nextLink as string).searchParams.get('cursor')!;
    const second = (await get('getLineage', { ...query, cursor })).json;

    expect([...stepsOf(first), ...stepsOf(second)]).toEqual([
      '0 Orders → csv',
      '0 csv → Facts',
      '1 Facts → Report',
    ]);
  });

  it.each([
    ['an asset', { asset: 'orders' }, ['1 Load/Extract', '1 data.csv', '2 Load/Transform', '2 Facts', '3 Publish/P', '3 Report']],
    ['a linked service', { resource: idOf('linkedService|lake') }, ['1 Load', '1 data.csv', '1 Facts', '2 Load/Transform', '2 Publish/P', '2 Report']],
    ['an activity', { resource: idOf('activity|load|transform') }, ['1 Facts', '2 Publish/P', '2 Report']],
  ])('list what a change of %s reaches', async (_, root, expected) => {
    const query = 'asset' in root ? { asset: await assetIdOf(context, root.asset!) } : root;

    const { json } = await context.get('getImpact', query as Record<string, string>);

    interface Item { distance: number; asset?: { name: string }; resource?: { kind: string; pipeline: string; path?: string } }
    const { items } = json as { items: Item[] };
    const shown = items.map(({ distance, asset, resource }) =>
      asset
        ? `${distance} ${asset.name.replace(/^.*\/|^dwh\.\w+\./, '')}`
        : `${distance} ${[resource!.pipeline, resource!.path].filter(Boolean).join('/')}`,
    );
    expect(shown.toSorted()).toEqual(expected.toSorted());
    for (const { resource } of items.filter((item) => item.resource))
      expect(resource!.kind).toBe(resource!.path === undefined ? 'pipeline' : 'activity');
  }); // prettier-ignore

  it.each<[EndpointName, Record<string, string>, string]>([
    ['getLineage', {}, '?asset'],
    ['getLineage', { asset: 'a', resource: 'b' }, '?asset'],
    ['getImpact', { resource: 'b', column: 'c' }, '?column'],
    ['getImpact', { resource: '!' }, '?resource'],
    ['getLineage', { asset: 'a', depth: '21' }, '?depth'],
    ['getLineage', { asset: 'a/b' }, '?asset'],
    ['listAssets', { kind: 'file' }, '?kind'],
  ])('of %s refuse %j', async (name, query, pointer) => {
    const { get } = context;

    const { status, json } = await get(name, query);

    expect(status).toBe(400);
    expect((json as { errors: { pointer: string }[] }).errors[0]!.pointer).toBe(pointer);
  });

  it.each<[EndpointName, Record<string, string>, Record<string, string>]>([
    ['getAsset', {}, { assetId: 'missing' }],
    ['getLineage', { asset: 'missing' }, {}],
    ['getImpact', { asset: 'missing' }, {}],
  ])('of %s answer 404 for an unknown asset', async (name, query, params) => {
    const { get } = context;

    expect(await get(name, query, params)).toMatchObject({
      status: 404,
      json: { code: 'lineage_asset_not_found' },
    });
  });

  it('show other connectors and tenants nothing', async () => {
    const { services } = context;

    const { status } = await callEndpoint('listAssets', {
      params: { connectorId: 'c1' },
      as: { ...owner, tenantId: 'fabrikam' },
      services,
    });

    expect(status).toBe(404);
  });
});

/** A body that counts how often its properties are read. */
function countingReads(body: Json) {
  const counted = {
    reads: 0,
    body: {
      ...(body as object),
      get properties() {
        counted.reads++;
        return (body as { properties: Json }).properties;
      },
    } as Json,
  };
  return counted;
}

describe('LineageService', () => {
  it('writes nothing if nothing changed', async () => {
    const { sync, lineageStore } = await syncedServices();
    const saves = lineageStore.saves.length;

    expect(await sync('sales', sales, 'p2')).toEqual({ computed: 0, removed: 0 });
    expect(lineageStore.saves).toHaveLength(saves);
  });

  it('computes each document once in a first update', async () => {
    const { services } = await syncedServices();
    const wanted = 'pipeline|load';
    const stored = storedDocuments(sales);
    const versions = new Map([...stored].map(([rowKey, { hash }]) => [rowKey, hash]));
    const once = countingReads(stored.get(wanted)!.body);
    const all = new LoadedDocuments(factory('sales'), () => true);
    for (const [rowKey, { body }] of stored) all.add(rowKey, rowKey === wanted ? once.body : body);
    updateLineage(new Map(), versions, new Set(), all, newSqlParser());
    const loader = services.documentsOf(key, factory('sales'));
    const load = loader.load.bind(loader);
    let first: ReturnType<typeof countingReads> | undefined;
    loader.load = (rowKeys, add) =>
      load(rowKeys, (rowKey, row) => {
        if (rowKey !== wanted || row?.body === undefined) return add(rowKey, row);
        first ??= countingReads(row.body);
        add(rowKey, { ...row, body: first.body });
      });

    await new LineageService(fakePackedUnitStore<LineageUnit>()).update(loader);

    expect(first?.reads).toBe(once.reads);
  });

  it('computes what changed and rewrites its buckets', async () => {
    const { sync, lineageStore, get } = await syncedServices();
    const more = {
      name: 'Extra',
      properties: { activities: [copy('C', tableOf('Report'), fileAt('z'))] },
    };

    const added = await sync('stock', { ...stock, pipeline: [...stock.pipeline!, more] }, 'p2');
    const found = await get('listAssets', { name: 'in/z' });
    const removed = await sync('stock', stock, 'p3');

    expect(added).toEqual({ computed: 1, removed: 0 });
    expect(lineageStore.saves.at(-1)).toHaveLength(1);
    expect((found.json as { items: unknown[] }).items).toHaveLength(1);
    expect(removed).toEqual({ computed: 0, removed: 1 });
    expect(
      ((await get('listAssets', { name: 'in/z' })).json as { items: unknown[] }).items,
    ).toEqual([]);
  });

  it('repeats an update whose head was written by another', async () => {
    const { sync, lineageStore, services } = await syncedServices();
    const save = lineageStore.save.bind(lineageStore);
    let failures = 2;
    lineageStore.save = async (...args) => {
      if (failures-- > 0)
        await save(args[0], args[1], { versions: new Map(), rules: 0 }, new Map(), args[4]);
      return save(...args);
    };

    const { computed } = await sync(
      'stock',
      { ...stock, pipeline: [...stock.pipeline!, { name: 'New', properties: {} }] },
      'p2',
    );

    expect(computed).toBeGreaterThan(0);
    expect(await services.lineage.update(services.documentsOf(key, factory('stock')))).toEqual({
      computed: 0,
      removed: 0,
    });
  });
});
