/** Edges in responses, extracted from the stored JSON of mirrored factories. */
import { listedKinds } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';
import { callEndpoint } from '../support/call-endpoint';
import { owner } from '../support/builders';
import { syncContext } from '../support/sync-context';

const c1 = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const names = ['sales', 'stock'];
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const reference = (type: string, name: string) => ({
  referenceName: name,
  type: `${type}Reference`,
});

const copies = (...datasets: string[]) => ({
  name: 'Copy',
  type: 'Copy',
  inputs: datasets.map((name) => reference('Dataset', name)),
});
const calls = (name: string) => ({
  name: `Call ${name}`,
  type: 'ExecutePipeline',
  typeProperties: { pipeline: reference('Pipeline', name) },
  dependsOn: [{ activity: 'Copy', dependencyConditions: ['Succeeded'] }],
});
const pipeline = (name: string, ...activities: Json[]) => ({ name, properties: { activities } });
const dataset = (name: string) => ({
  name,
  properties: { linkedServiceName: reference('LinkedService', 'Lake') },
});

/** Services with two factories of the same content. */
async function mirroredServices(more: Record<string, Json[]> = {}) {
  const context = syncContext();
  const pages: Record<string, Json[]> = {
    factory: [{ name: 'sales', properties: {} }],
    pipeline: [
      pipeline('Load', copies('Orders', 'Parties'), calls('Clean')),
      pipeline('Clean', copies('Orders'), calls('Clean')),
    ],
    dataset: ['Orders', 'Parties'].map(dataset),
    linkedService: [{ name: 'Lake', properties: {} }],
    ...more,
  };
  for (const name of names)
    for (const kind of listedKinds) {
      context.factories.pages = { [kind]: [pages[kind] ?? []] };
      await context.mirror.mirror(
        { ...key, factory: factory(name), kind, syncRunId: 'p', full: false },
        () => undefined,
      );
    }
  return { ...context.services, rows: context.catalogRows };
}

type Services = Omit<Awaited<ReturnType<typeof mirroredServices>>, 'rows'>;

async function listEdges(services: Services, query: Record<string, string>): Promise<string[]> {
  const found: any[] = [];
  let search: string | Record<string, string> | undefined = query;
  while (search !== undefined) {
    const { json } = await callEndpoint('listEdges', { params: c1, query: search, services });
    found.push(...json.items);
    search = json.nextLink && new URL(json.nextLink).search;
  }
  expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(found.length);
  return found.map(({ kind, source, target }) => `${source.name} ${kind} ${target.name}`);
}

/** Id of a resource in the first factory. */
async function idOf(services: Services, kind: string, name: string): Promise<string> {
  const query = { kind, factory: names[0]! };
  const { json } = await callEndpoint('listResources', { params: c1, query, services });
  return json.items.find((each: any) => each.name === name).id;
}

describe('listEdges', () => {
  it('returns every edge once over all pages, in document order', async () => {
    const services = await mirroredServices();

    const all = await listEdges(services, { limit: '3' });

    const one = [
      'Orders usesLinkedService Lake',
      'Parties usesLinkedService Lake',
      'sales contains Clean',
      'Clean contains Copy',
      'Copy usesDataset Orders',
      'Clean contains Call Clean',
      'Call Clean dependsOn Copy',
      'Clean calls Clean',
      'sales contains Load',
      'Load contains Copy',
      'Copy usesDataset Orders',
      'Copy usesDataset Parties',
      'Load contains Call Clean',
      'Call Clean dependsOn Copy',
      'Load calls Clean',
    ];
    const other = one.map((each) => each.replace('sales', 'stock'));
    expect([
      [...one, ...other],
      [...other, ...one],
    ]).toContainEqual(all);
  });

  it.each([
    ['dataset', 'Orders', ['Copy usesDataset Orders', 'Copy usesDataset Orders']],
    ['linkedService', 'Lake', ['Orders usesLinkedService Lake', 'Parties usesLinkedService Lake']],
    ['pipeline', 'Clean', ['sales contains Clean', 'Clean calls Clean', 'Load calls Clean']],
    ['pipeline', 'Load', ['sales contains Load']],
    ['factory', 'sales', []],
  ])('lists the edges that end at the %s %s', async (kind, name, expected) => {
    const services = await mirroredServices();

    const target = await idOf(services, kind, name);

    expect(await listEdges(services, { target, limit: '1' })).toEqual(expected);
  });

  it.each([
    ['factory', 'sales', ['sales contains Clean', 'sales contains Load']],
    ['dataset', 'Orders', ['Orders usesLinkedService Lake']],
    ['pipeline', 'Load', ['Load contains Copy', 'Load contains Call Clean', 'Load calls Clean']],
  ])('lists edges that begin at the %s %s, not at its activities', async (kind, name, expected) => {
    const services = await mirroredServices();

    const source = await idOf(services, kind, name);

    expect(await listEdges(services, { source, limit: '2' })).toEqual(expected);
  });

  it.each([
    ['kind contains', { kind: 'contains' }, 2, ['pipeline']],
    ['kind calls', { kind: 'calls' }, 0, []],
    ['a pipeline as target', { target: 'pipeline' }, 1, []],
    ['a dataset as target', { target: 'dataset' }, 0, []],
  ])(
    'reads only necessary pipelines for a factory with %s',
    async (
      _,
      { target: targetKind, ...query }: { kind?: string; target?: string },
      count,
      listed,
    ) => {
      const { rows, ...services } = await mirroredServices();
      const source = await idOf(services, 'factory', 'sales');
      const target =
        targetKind &&
        (await idOf(services, targetKind, targetKind === 'pipeline' ? 'Load' : 'Orders'));
      const read: string[] = [];
      const original = { ...rows };
      rows.listBodies = (connector, hash, kind, page) => {
        read.push(kind ?? 'all');
        return original.listBodies(connector, hash, kind, page);
      };

      const found = await listEdges(services, { source, ...query, ...(target && { target }) });

      expect([found.length, read]).toEqual([count, listed]);
    },
  );

  it('lists edges of an activity in both directions', async () => {
    const services = await mirroredServices();
    const { json } = await callEndpoint('listResources', {
      params: c1,
      query: { kind: 'activity', factory: 'sales' },
      services,
    });
    const copy = json.items.find(({ parent, name }: any) => parent === 'Load' && name === 'Copy');

    expect(await listEdges(services, { target: copy.id })).toEqual([
      'Load contains Copy',
      'Call Clean dependsOn Copy',
    ]);
    expect(await listEdges(services, { source: copy.id, kind: 'usesDataset' })).toEqual([
      'Copy usesDataset Orders',
      'Copy usesDataset Parties',
    ]);
  });

  it('lists every edge of a kind', async () => {
    const services = await mirroredServices();

    const found = await listEdges(services, { kind: 'calls', limit: '1' });

    expect(found.sort()).toEqual([
      'Clean calls Clean',
      'Clean calls Clean',
      'Load calls Clean',
      'Load calls Clean',
    ]);
  });

  it('ends a page after eight reads without a match', async () => {
    const empty = Array.from({ length: 410 }, (_, n) => pipeline(`A${1_000 + n}`));
    const dependent = pipeline('Load', copies('Orders'), calls('Clean'));
    const services = await mirroredServices({ pipeline: [...empty, dependent] });
    const list = (query: string) => callEndpoint('listEdges', { services, params: c1, query });

    const first = await list('kind=dependsOn&limit=100');
    const second = await list(new URL(first.json.nextLink).search.slice(1));

    expect(first.json.items).toEqual([]);
    expect(second.json.items.map(({ kind }: { kind: string }) => kind)).toEqual(['dependsOn']);
    expect(second.json.nextLink).toEqual(expect.any(String));
  });

  it('lists dependencies of activities and triggers together', async () => {
    const after = { referenceTrigger: reference('Trigger', 'Hourly') };
    const properties = { typeProperties: { dependsOn: [after] } };
    const trigger = [
      { name: 'Daily', properties },
      { name: 'Hourly', properties: {} },
    ];
    const services = await mirroredServices({ trigger });

    const found = await listEdges(services, { kind: 'dependsOn', limit: '2' });
    const target = await idOf(services, 'trigger', 'Hourly');

    const one = [
      'Call Clean dependsOn Copy',
      'Call Clean dependsOn Copy',
      'Daily dependsOn Hourly',
    ];
    expect(found).toEqual([...one, ...one]);
    expect(await listEdges(services, { target })).toEqual(['Daily dependsOn Hourly']);
  });
});

describe('getResource', () => {
  it.each([
    ['factory', 'sales', { out: { contains: 2 }, in: {} }],
    ['linkedService', 'Lake', { out: {}, in: { usesLinkedService: 2 } }],
    ['pipeline', 'Clean', { out: { contains: 2, calls: 1 }, in: { contains: 1, calls: 2 } }],
    ['dataset', 'Orders', { out: { usesLinkedService: 1 }, in: { usesDataset: 2 } }],
  ])('counts the edges of the %s %s', async (kind, name, counts) => {
    const services = await mirroredServices();

    const resourceId = await idOf(services, kind, name);
    const { json } = await callEndpoint('getResource', { params: { ...c1, resourceId }, services });

    expect(json.edges).toEqual(counts);
  });

  it('reads the document of a resource once', async () => {
    const { rows, ...services } = await mirroredServices();
    const resourceId = await idOf(services, 'pipeline', 'Load');
    const get = rows.get.bind(rows);
    const reads: string[] = [];
    rows.get = (connector, hash, rowKey) => {
      reads.push(rowKey);
      return get(connector, hash, rowKey);
    };

    await callEndpoint('getResource', { params: { ...c1, resourceId }, services });

    expect(reads).toEqual(['pipeline|load']);
  });
});
