/** Public factories: every key that Data Factory returns is in the catalog. */
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Moves the clock when the rate limit of the caller is reached. */
async function read(id: string): Promise<Raw> {
  const path = `/api/connectors/${connectorId}/resources/${id}`;
  const { status, body } = await stack.call('GET', path);
  if (status !== 429) return body.body;
  await stack.control('POST', '/clock', { advanceSeconds: body.retryAfterMs / 1_000 });
  return read(id);
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

  it.each(Object.entries(lists))('keep every key of their %s resources', async (kind, list) => {
    const description = await stack.description();
    const seen = new Map<string, Raw>();
    for (const { kind: ours, id } of mine().filter((resource) => resource.kind === kind)) {
      const body = await read(id);
      seen.set(String(body.id).toLowerCase(), body);
      expect(ours).toBe(kind);
    }

    for (const factory of new Set(mine().map((resource) => resource.factory.id)))
      for (const source of await resourceManagerList(description, `${factory}/${list}`))
        expect(differences(source, seen.get(String(source['id']).toLowerCase()))).toEqual([]);
  });
});

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
