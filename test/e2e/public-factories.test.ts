/** Public factories: every key that Data Factory returns is in the catalog. */
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { CatalogTable } from '../../functions/azure/tables/catalog/catalog-table';
import { factoryHash } from '../../functions/data-factory/resource-id';
import { differences, resourceManagerList, type Raw } from './support/azure';
import { publicFixtures, type PublicFixture } from './support/fixtures';
import { startRunningStack, type RunningStack } from './support/stack';
import { listAllResources, syncedConnector, type Resource } from './support/journey';

const fixtures = publicFixtures();

/** A small factory of our own, for checkouts without the public factories. */
function ownFixture() {
  const folder = mkdtempSync(join(tmpdir(), 'adf-connect-own-'));
  mkdirSync(join(folder, 'pipeline'));
  const activities = [
    {
      name: 'Each',
      type: 'ForEach',
      typeProperties: {
        items: { value: '@pipeline().parameters.files', type: 'Expression' },
        activities: [{ name: 'Wait', type: 'Wait', typeProperties: { waitTimeInSeconds: 1 } }],
      },
    },
  ];
  writeFileSync(
    join(folder, 'pipeline', 'Own.json'),
    JSON.stringify({ name: 'Own', properties: { activities, unknownKey: [1, null, 'ü'] } }),
  );
  const activityTypes = { ForEach: 1, Wait: 1 };
  return { name: 'own', folder, counts: { kinds: { pipeline: 1 }, activities: 2, activityTypes } };
}

const sources: PublicFixture[] = [...fixtures, ownFixture()];
/** Kinds by their name in counts.json. */
const kinds: Record<string, string> = {
  pipeline: 'pipeline',
  dataset: 'dataset',
  linkedService: 'linkedService',
  dataflow: 'dataFlow',
  trigger: 'trigger',
  integrationRuntime: 'integrationRuntime',
};

/** Kinds whose bodies are compared, with the names of their lists. */
const lists = {
  pipeline: 'pipelines',
  dataset: 'datasets',
  linkedService: 'linkedservices',
  dataFlow: 'dataflows',
  trigger: 'triggers',
  integrationRuntime: 'integrationRuntimes',
};
type Kind = keyof typeof lists;
const listedKinds = Object.keys(lists) as Kind[];

let stack: RunningStack;
let connectorId: string;
let resources: Resource[];
/** Names of factories by their folder. */
let factories: Map<string, Set<string>>;
beforeAll(async () => {
  stack = await startRunningStack({
    arguments: sources.flatMap(({ folder }) => ['--factories', folder]),
  });
  connectorId = await syncedConnector(stack, 'everything');
  resources = await listAllResources(stack, connectorId);
  const served = await stack.control<{ name: string; folder: string }[]>('GET', '/factories');
  factories = new Map(
    sources.map(({ folder }) => [
      folder,
      new Set(
        served.filter((factory) => factory.folder.startsWith(folder)).map(({ name }) => name),
      ),
    ]),
  );
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

/** More than any factory has of one kind. */
const limit = 1_000;

/** All of one kind in a factory, from the table: one request each would take far longer. */
async function storedBodies(factory: Resource['factory'], kind: Kind): Promise<Raw[]> {
  const { azure, sample } = await stack.description();
  const table = TableClient.fromConnectionString(azure.storageConnectionString, 'resources');
  const key = { tenantId: sample.tenantId, connectorId };
  const hash = factoryHash(factory);
  const rows = await new CatalogTable(table).listBodies(key, hash, kind, { limit });
  expect(rows.length).toBeLessThan(limit);
  return rows.map(({ body }) => body as Raw);
}

async function readBody({ id }: Resource): Promise<Raw> {
  const { body } = await stack.call('GET', `/api/connectors/${connectorId}/resources/${id}`);
  return body.body;
}

describe.each(sources)('the factories of $name', ({ folder, counts }) => {
  const mine = () => resources.filter(({ factory }) => factories.get(folder)!.has(factory.name));

  it.each(Object.entries(kinds))('are catalogued with each %s once', (theirs, ours) => {
    const found = mine().filter(({ kind }) => kind === ours);

    expect(found).toHaveLength(counts.kinds[theirs] ?? 0);
  });

  it('are catalogued with activities at any depth', () => {
    const found = mine().filter(({ kind }) => kind === 'activity');

    expect(found).toHaveLength(counts.activities);
    expect(countBy(found.map(({ type }) => String(type)))).toEqual(counts.activityTypes);
  });

  it.each(listedKinds)('keep every key of their %s resources', async (kind) => {
    const description = await stack.description();
    const listed = mine().filter((resource) => resource.kind === kind);
    const seen = new Map<string, Raw>();
    const factoriesById = new Map(
      mine().map((resource) => [resource.factory.id, resource.factory]),
    );
    for (const factory of factoriesById.values())
      for (const body of await storedBodies(factory, kind))
        seen.set(String(body['id']).toLowerCase(), body);

    expect(seen.size).toBe(listed.length);
    for (const factory of factoriesById.keys())
      for (const source of await resourceManagerList(description, `${factory}/${lists[kind]}`))
        expect(differences(source, seen.get(String(source['id']).toLowerCase()))).toEqual([]);
    for (const first of listed.slice(0, 1)) {
      const body = await readBody(first);
      expect(body).toEqual(seen.get(String(body['id']).toLowerCase()));
    }
  });
});

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
