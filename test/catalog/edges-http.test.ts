/** Edges over HTTP, read from the stored JSON of factories that were copied. */
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

/** Two factories that look the same. */
async function copied(more: Record<string, Json[]> = {}) {
  const world = syncContext();
  const pages: Record<string, Json[]> = {
    ...more,
    factory: [{ name: 'sales', properties: {} }],
    pipeline: [
      pipeline('Load', copies('Orders', 'Parties'), calls('Clean')),
      pipeline('Clean', copies('Orders'), calls('Clean')),
    ],
    dataset: ['Orders', 'Parties'].map(dataset),
    linkedService: [{ name: 'Lake', properties: {} }],
  };
  for (const name of names)
    for (const kind of listedKinds) {
      world.factories.pages = { [kind]: [pages[kind] ?? []] };
      await world.mirror.mirror(
        { ...key, factory: factory(name), kind, syncRunId: 'p', full: false },
        () => undefined,
      );
    }
  return { ...world.services, rows: world.catalogRows };
}

type Services = Omit<Awaited<ReturnType<typeof copied>>, 'rows'>;

async function edges(services: Services, query: Record<string, string>): Promise<string[]> {
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

/** In the first of the two factories. */
async function idOf(services: Services, kind: string, name: string): Promise<string> {
  const query = { kind, factory: names[0]! };
  const { json } = await callEndpoint('listResources', { params: c1, query, services });
  return json.items.find((each: any) => each.name === name).id;
}

describe('edges over HTTP', () => {
  it('given two factories, when all edges are listed by three, then each comes once, in the order of their JSON', async () => {
    const services = await copied();

    const all = await edges(services, { limit: '3' });

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
  ])(
    'given the %s %s, when the edges that end there are listed, then they come from everywhere',
    async (kind, name, expected) => {
      const services = await copied();

      const target = await idOf(services, kind, name);

      expect(await edges(services, { target, limit: '1' })).toEqual(expected);
    },
  );

  it.each([
    ['factory', 'sales', ['sales contains Clean', 'sales contains Load']],
    ['dataset', 'Orders', ['Orders usesLinkedService Lake']],
    ['pipeline', 'Load', ['Load contains Copy', 'Load contains Call Clean', 'Load calls Clean']],
  ])(
    'given the %s %s, when the edges that begin there are listed, then none of its parts is among them',
    async (kind, name, expected) => {
      const services = await copied();

      const source = await idOf(services, kind, name);

      expect(await edges(services, { source, limit: '2' })).toEqual(expected);
    },
  );

  it.each([
    ['a kind it has', { kind: 'contains' }, 2, ['pipeline']],
    ['a kind it has not', { kind: 'calls' }, 0, []],
    ['a pipeline', { target: 'pipeline' }, 1, []],
    ['no pipeline', { target: 'dataset' }, 0, []],
  ])(
    'given a factory, when its edges with %s are listed, then no pipeline is read in vain',
    async (_, { target: ended, ...query }: { kind?: string; target?: string }, count, listed) => {
      const { rows, ...services } = await copied();
      const source = await idOf(services, 'factory', 'sales');
      const target =
        ended && (await idOf(services, ended, ended === 'pipeline' ? 'Load' : 'Orders'));
      const read: string[] = [];
      const asBefore = { ...rows };
      rows.listBodies = (connector, hash, kind, page) => {
        read.push(kind);
        return asBefore.listBodies(connector, hash, kind, page);
      };

      const found = await edges(services, { source, ...query, ...(target && { target }) });

      expect([found.length, read]).toEqual([count, listed]);
    },
  );

  it('given an activity that others wait for, when its edges are listed, then both directions are found in its pipeline', async () => {
    const services = await copied();
    const { json } = await callEndpoint('listResources', {
      params: c1,
      query: { kind: 'activity', factory: 'sales' },
      services,
    });
    const copy = json.items.find(({ parent, name }: any) => parent === 'Load' && name === 'Copy');

    expect(await edges(services, { target: copy.id })).toEqual([
      'Load contains Copy',
      'Call Clean dependsOn Copy',
    ]);
    expect(await edges(services, { source: copy.id, kind: 'usesDataset' })).toEqual([
      'Copy usesDataset Orders',
      'Copy usesDataset Parties',
    ]);
  });

  it('given a kind alone, when it is listed, then every edge of it comes', async () => {
    const services = await copied();

    const found = await edges(services, { kind: 'calls', limit: '1' });

    expect(found.sort()).toEqual([
      'Clean calls Clean',
      'Clean calls Clean',
      'Load calls Clean',
      'Load calls Clean',
    ]);
  });

  it('given dependencies of activities and of triggers, when they are listed together, then both come', async () => {
    const after = { referenceTrigger: reference('Trigger', 'Hourly') };
    const properties = { typeProperties: { dependsOn: [after] } };
    const trigger = [
      { name: 'Daily', properties },
      { name: 'Hourly', properties: {} },
    ];
    const services = await copied({ trigger });

    const found = await edges(services, { kind: 'dependsOn', limit: '2' });
    const target = await idOf(services, 'trigger', 'Hourly');

    const one = [
      'Call Clean dependsOn Copy',
      'Call Clean dependsOn Copy',
      'Daily dependsOn Hourly',
    ];
    expect(found).toEqual([...one, ...one]);
    expect(await edges(services, { target })).toEqual(['Daily dependsOn Hourly']);
  });

  it.each([
    ['factory', 'sales', { out: { contains: 2 }, in: {} }],
    ['linkedService', 'Lake', { out: {}, in: { usesLinkedService: 2 } }],
    ['pipeline', 'Clean', { out: { contains: 2, calls: 1 }, in: { contains: 1, calls: 2 } }],
    ['dataset', 'Orders', { out: { usesLinkedService: 1 }, in: { usesDataset: 2 } }],
  ])('given the %s %s, when it is read, then its edges are counted', async (kind, name, counts) => {
    const services = await copied();

    const resourceId = await idOf(services, kind, name);
    const { json } = await callEndpoint('getResource', { params: { ...c1, resourceId }, services });

    expect(json.edges).toEqual(counts);
  });
});
