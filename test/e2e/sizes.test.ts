/** Resources of the maximal size in Data Factory and above are read as they were served. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differences, resourceManagerList, type Raw } from './support/azure';
import { named, numbered, upTo, writeFactory } from './support/factory-files';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  untilTerminal,
  listAllResources,
  startSync,
  syncedConnector,
  type Resource,
} from './support/journey';

/** Deterministic text that does not compress. */
function noise(length: number, seed: string): string {
  let text = '';
  for (let n = 0; text.length < length; n++)
    text += createHash('sha512').update(`${seed} ${n}`).digest('base64').replace(/\W/g, ' ');
  return text.slice(0, length);
}

const withDescription = (description: string) => ({
  properties: {
    description,
    activities: [{ name: 'Wait', type: 'Wait', typeProperties: { waitTimeInSeconds: 1 } }],
  },
});
const large = {
  'pipeline/Noise 184 KB.json': withDescription(noise(184_000, 'a')),
  'pipeline/Repetition 184 KB.json': withDescription('again and again '.repeat(11_500)),
  'pipeline/Noise 1.9 MB.json': withDescription(noise(1_900_000, 'b')),
  'pipeline/Umlauts 184 KB.json': withDescription('Übergrößenträger 🚚 '.repeat(7_000)),
};

let stack: RunningStack;
let root: string;
let connectorId: string;
let resources: Resource[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-sizes-'));
  await writeFactory(join(root, 'large'), large);
  await writeFactory(
    join(root, 'many'),
    numbered({ pipelines: upTo(2_500), datasets: upTo(2_499) }),
  );
  stack = await startRunningStack({
    arguments: ['large', 'many'].flatMap((name) => ['--factories', join(root, name)]),
  });
  connectorId = await syncedConnector(stack, 'sizes');
  resources = await listAllResources(stack, connectorId);
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

const bodyOf = async ({ id }: Resource): Promise<Raw> => {
  const { body } = await stack.call('GET', `/api/connectors/${connectorId}/resources/${id}`);
  return body.body;
};

async function served(factory: Resource['factory'], list: string): Promise<Map<string, Raw>> {
  const items = await resourceManagerList(await stack.description(), `${factory.id}/${list}`);
  return new Map(items.map((item) => [item['name'], item]));
}

describe('a catalog of large resources', () => {
  it.each(Object.keys(large).map((file) => file.slice('pipeline/'.length, -'.json'.length)))(
    'returns the pipeline %s as Data Factory does',
    async (name) => {
      const found = resources.find((each) => each.kind === 'pipeline' && each.name === name)!;
      const source = await served(found.factory, 'pipelines');

      expect(differences(source.get(name), await bodyOf(found))).toEqual([]);
    },
  );

  it('returns the new body of a resource that shrank', async () => {
    const name = 'Noise 1.9 MB';
    await writeFactory(join(root, 'shrunk'), {
      ...large,
      [`pipeline/${name}.json`]: withDescription('small'),
    });
    await stack.control('PUT', '/factories/large', { folder: join(root, 'shrunk') });

    await untilTerminal(stack, await startSync(stack, connectorId));
    const found = resources.find((each) => each.kind === 'pipeline' && each.name === name)!;

    expect((await bodyOf(found))['properties'].description).toBe('small');
  });

  it('holds each of 5,000 resources once, with its body', async () => {
    const mine = resources.filter(({ factory }) => factory.name === 'many');
    const own = mine.filter(({ kind }) => kind === 'pipeline' || kind === 'dataset');
    const wanted = [
      ...upTo(2_499).map((n) => named('D', n)),
      ...upTo(2_500).map((n) => named('P', n)),
    ];
    const sample = own.filter((_, index) => index % 250 === 0);
    const source = new Map([
      ...(await served(mine[0]!.factory, 'pipelines')),
      ...(await served(mine[0]!.factory, 'datasets')),
    ]);

    expect(own.map(({ name }) => name).sort()).toEqual(wanted);
    for (const each of sample)
      expect(differences(source.get(each.name), await bodyOf(each))).toEqual([]);
  });
});
