/** Search over resources of factories that sync runs have written. */
import type { Json } from '../../functions/data-factory/json';
import { listedKinds } from '../../functions/data-factory/resource';
import { factoryHash, parseResourceId } from '../../functions/data-factory/resource-id';
import { queryWords } from '../../functions/search/words';
import { sqlWords } from '../../functions/search/sql-words';
import { aConnectedConnector, owner } from '../support/builders';
import { callEndpoint } from '../support/call-endpoint';
import { copy, dataset, expression, sampleDocuments, type Documents } from '../support/lineage';
import { syncContext } from '../support/sync-context';

const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const secret = 'S3cretPa55word';
const documents = (more: readonly Json[] = []): Documents => ({
  ...sampleDocuments([
    copy('LoadInvoices', dataset('Orders'), dataset('AnyTable', { table: 'Warehouse' })),
  ]),
  pipeline: [
    {
      name: 'CopySalesOrders',
      properties: {
        description: 'Nightly export for the Müller branch',
        folder: { name: 'Finance/Daily' },
        annotations: ['gdpr'],
        activities: [
          {
            name: 'Lookup1',
            type: 'Lookup',
            typeProperties: {
              source: {
                type: 'AzureSqlSource',
                sqlReaderQuery: expression(
                  `SELECT TaxNumber FROM dbo.Customers WHERE password = '${secret}'`,
                ),
              },
            },
          },
          copy('LoadInvoices', dataset('Orders'), dataset('AnyTable', { table: 'Warehouse' })),
        ],
      },
    },
    ...more,
  ],
});

interface Found {
  readonly items: readonly Hit[];
  readonly total: number;
  readonly nextLink?: string;
  readonly facets: {
    readonly kinds: readonly { kind: string; count: number }[];
    readonly factories: readonly { factory: { name: string }; count: number }[];
  };
}
interface Hit {
  readonly id: string;
  readonly connectorId: string;
  readonly kind: string;
  readonly name: string;
  readonly fields: readonly string[];
  readonly factory: { readonly name: string };
}

function searchContext(...connectorIds: readonly string[]) {
  const stored = connectorIds.map((id) => aConnectedConnector({ id, name: id }));
  const context = syncContext(stored);
  const { services } = context;
  const sync = async (connectorId: string, name: string, content: Documents, run = 'r1') => {
    const key = { tenantId: owner.tenantId, connectorId };
    for (const kind of listedKinds) {
      const items: Json[] =
        kind === 'factory' ? [{ name, properties: {} }] : [...(content[kind] ?? [])];
      context.factories.pages = { [kind]: [items] };
      await context.mirror.mirror(
        { ...key, factory: factory(name), kind, syncRunId: run, full: false },
        () => undefined,
      );
    }
    await services.lineage.update(services.documentsOf(key, factory(name)));
    return services.searchIndex.update(services.documentsOf(key, factory(name)));
  };
  const search = async (q: string, query: Record<string, string> = {}) => {
    const { json } = await callEndpoint('search', { query: { q, ...query }, services });
    return json as Found;
  };
  const names = async (q: string, query: Record<string, string> = {}) =>
    (await search(q, query)).items.map(({ name }) => name);
  return { ...context, sync, search, names };
}
type Context = ReturnType<typeof searchContext>;

describe('search', () => {
  let context: Context;
  beforeAll(async () => {
    context = searchContext('c1');
    await context.sync('c1', 'sales', documents());
  });

  it.each([
    ['the name', 'copysalesorders', 'CopySalesOrders', 'name'],
    ['parts of the name', 'copy sales', 'CopySalesOrders', 'name'],
    ['the beginning of a name', 'CopySal', 'CopySalesOrders', 'name'],
    ['a name with a typing mistake', 'copysalesordesr', 'CopySalesOrders', 'name'],
    ['a part with a typing mistake', 'saes copi', 'CopySalesOrders', 'name'],
    ['the folder', 'finance daily', 'CopySalesOrders', 'folder'],
    ['a description without accents', 'muller', 'CopySalesOrders', 'description'],
    ['an annotation', 'GDPR', 'CopySalesOrders', 'annotations'],
    ['a table of lineage', 'warehouse', 'LoadInvoices', 'assets'],
    ['SQL of an activity', 'taxnumber', 'Lookup1', 'sql'],
  ])('finds a resource by %s', async (_, q, name, field) => {
    const { items } = await context.search(q);

    expect(items[0]).toMatchObject({ name, connectorId: 'c1' });
    expect(items[0]!.fields).toContain(field);
  });

  it('returns ids that the catalog takes', async () => {
    const { items } = await context.search('lookup1');

    expect(parseResourceId(items[0]!.id)).toMatchObject({
      factory: factoryHash(factory('sales')),
      kind: 'activity',
    });
    const params = { connectorId: 'c1', resourceId: items[0]!.id };
    const { services } = context;
    expect((await callEndpoint('getResource', { params, services })).json).toMatchObject({
      name: 'Lookup1',
    });
  });

  it('finds only what contains every word', async () => {
    expect(await context.names('sales gdpr')).toEqual(['CopySalesOrders']);
    expect(await context.names('sales taxnumber')).toEqual([]);
  });

  it('stores and finds no secret of a query', async () => {
    const units = await context.searchStore.loadUnits(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      factoryHash(factory('sales')),
    );

    expect(JSON.stringify([...units])).not.toContain(secret);
    expect(await context.names(secret)).toEqual([]);
  });

  it.each([
    ['no letter or digit', { q: '?!%' }, '?q'],
    ['one character', { q: 'a' }, '?q'],
    ['201 characters', { q: 'a'.repeat(201) }, '?q'],
    ['an unknown kind', { q: 'sales', kind: 'table' }, '?kind'],
  ])('refuses a query with %s', async (_, query, pointer) => {
    const { services } = context;

    const { status, json } = await callEndpoint('search', { query, services });

    expect(status).toBe(400);
    expect(json).toMatchObject({ errors: [{ pointer }] });
  });

  it('answers 404 for an unknown connector', async () => {
    const { services } = context;
    const query = { q: 'sales', connectorId: 'unknown' };

    const { status } = await callEndpoint('search', { query, services });

    expect(status).toBe(404);
  });

  it('finds nothing of another tenant', async () => {
    const { services } = context;
    const as = { ...owner, tenantId: 'fabrikam' };

    const { json } = await callEndpoint('search', { query: { q: 'sales' }, services, as });

    expect(json).toMatchObject({ items: [], total: 0 });
  });
});

describe('search over several connectors', () => {
  let context: Context;
  beforeAll(async () => {
    context = searchContext('c1', 'c2');
    await context.sync('c1', 'sales', documents());
    await context.sync('c1', 'stock', documents([{ name: 'SalesStock', properties: {} }]));
    await context.sync('c2', 'sales', documents());
  });

  it('counts hits by kind and factory beside the filters', async () => {
    const { items, total, facets } = await context.search('sales', {
      kind: 'pipeline',
      factory: 'stock',
    });

    expect(items.map(({ name }) => name).toSorted()).toEqual(['CopySalesOrders', 'SalesStock']);
    expect(total).toBe(2);
    expect(facets.kinds).toContainEqual({ kind: 'pipeline', count: 2 });
    expect(
      facets.factories.map(({ factory: { name }, count }) => `${name} ${count}`).toSorted(),
    ).toEqual(['sales 1', 'sales 1', 'stock 2']);
  });

  it('searches one connector if it is given', async () => {
    const { items } = await context.search('copysalesorders', { connectorId: 'c2' });

    expect(items.map(({ connectorId }) => connectorId)).toEqual(['c2']);
  });

  it('pages through all hits without repeating one', async () => {
    const all = await context.search('sales', { kind: 'pipeline' });
    const first = await context.search('sales', { kind: 'pipeline', limit: '3' });

    const query = Object.fromEntries(new URL(first.nextLink!).searchParams);
    const second = await context.search('sales', query);

    expect(all.items).toHaveLength(4);
    expect([...first.items, ...second.items]).toEqual(all.items);
    expect(second.nextLink).toBeUndefined();
  });
});

describe('the search index', () => {
  it('writes only the buckets of what changed, and nothing when idle', async () => {
    const context = searchContext('c1');
    const first = await context.sync('c1', 'sales', documents());
    const saves = () => context.searchStore.saves.length;
    const before = saves();

    const idle = await context.sync('c1', 'sales', documents(), 'r2');
    const afterIdle = saves();
    const added = documents([{ name: 'Another', properties: {} }]);
    const changed = await context.sync('c1', 'sales', added, 'r3');

    expect(first.written).toBeGreaterThan(3);
    expect([idle, afterIdle]).toEqual([{ written: 0, removed: 0 }, before]);
    expect(changed).toEqual({ written: 1, removed: 0 });
    expect(context.searchStore.saves.at(-1)).toHaveLength(1);
    expect(await context.names('another')).toEqual(['Another']);
  });

  it('forgets removed resources and connectors that are being deleted', async () => {
    const context = searchContext('c1');
    await context.sync('c1', 'sales', documents([{ name: 'Another', properties: {} }]));

    const { removed } = await context.sync('c1', 'sales', documents(), 'r2');
    const afterRemoval = await context.names('another');
    const before = await context.names('copysalesorders');
    const params = { connectorId: 'c1' };
    const { services } = context;
    const { headers } = await callEndpoint('getConnector', { params, services });
    const ifMatch = { 'If-Match': headers['ETag']! };
    await callEndpoint('deleteConnector', { params, services, headers: ifMatch });

    expect([removed, afterRemoval, before]).toEqual([1, [], ['CopySalesOrders']]);
    expect(await context.names('copysalesorders')).toEqual([]);
  });

  it('follows a table that changes in a dataset', async () => {
    const context = searchContext('c1');
    await context.sync('c1', 'sales', documents());
    const changed = JSON.parse(JSON.stringify(documents()).replaceAll('Warehouse', 'Ledger'));

    await context.sync('c1', 'sales', changed as Documents, 'r2');

    expect(await context.names('ledger')).toEqual(['LoadInvoices']);
    expect(await context.names('warehouse', { kind: 'activity' })).toEqual([]);
  });
});

describe('words', () => {
  it('of SQL come from queries, scripts and procedures at any depth', () => {
    const typeProperties = {
      scripts: [{ type: 'Query', text: expression('DELETE FROM stage.Old') }],
      source: { sqlReaderQuery: 'SELECT a1 FROM [dbo].[T 1]', queryTimeout: '02:00:00' },
      storedProcedureName: '[etl].[Merge]',
    };

    expect(sqlWords(typeProperties)).toBe('stage Old a1 dbo etl Merge');
  });

  it('of hostile input are bounded', () => {
    const long = Array.from({ length: 50_000 }, (_each, n) => `w${n}`).join(' ');
    let deep: Json = { query: 'hidden' };
    for (let n = 0; n < 2_000; n++) deep = { a: deep };

    expect(sqlWords({ query: long }).split(' ')).toHaveLength(200);
    expect(sqlWords(deep)).toBe('');
    expect(queryWords('Á b b 日本')).toEqual(['a', 'b', '日本']);
  });
});
