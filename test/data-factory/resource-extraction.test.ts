import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { extractResources, versionOf } from '../../functions/data-factory/resource-extraction';
import type { ListedKind } from '../../functions/data-factory/resource';
import type { Json, JsonObject } from '../../functions/data-factory/json';

const pipeline = (activities: Json, more: JsonObject = {}): JsonObject => ({
  name: 'Load',
  etag: 'e1',
  properties: { activities, ...more },
});
const activity = (name: string, type: string, typeProperties: Json = {}): JsonObject => ({
  name,
  type,
  typeProperties,
});
const pathsOf = (body: Json) =>
  extractResources('pipeline', [body])[0]!.children!.map(({ path }) => path);

describe('extractResources', () => {
  it('returns the summary of a pipeline and its unchanged body', () => {
    const body = pipeline([], {
      folder: { name: 'in' },
      annotations: ['a', { b: 1 }],
      unknown: [1],
    });

    const [resource] = extractResources('pipeline', [body]);

    expect(resource).toMatchObject({
      kind: 'pipeline',
      name: 'Load',
      folder: 'in',
      annotations: ['a', '{"b":1}'],
      sourceEtag: 'e1',
    });
    expect(resource!.body).toBe(body);
    expect(resource).not.toHaveProperty('warnings');
  });

  it('returns activities at any depth with their paths', () => {
    const copy = activity('Copy1', 'Copy');
    const body = pipeline([
      activity('ForEach1', 'ForEach', {
        activities: [activity('Until1', 'Until', { Activities: [copy] }), copy],
      }),
      activity('If1', 'IfCondition', { ifTrueActivities: [copy], IFFALSEACTIVITIES: [copy] }),
      activity('Switch1', 'Switch', {
        cases: [
          { value: 'eu', activities: [copy] },
          { value: 7, Activities: [copy] },
        ],
        defaultActivities: [copy],
      }),
      activity('New1', 'UnknownContainer', { innerActivities: [copy] }),
    ]);

    expect(pathsOf(body)).toEqual([
      'ForEach1',
      'ForEach1/Until1',
      'ForEach1/Until1/Copy1',
      'ForEach1/Copy1',
      'If1',
      'If1/true/Copy1',
      'If1/false/Copy1',
      'Switch1',
      'Switch1/case:eu/Copy1',
      'Switch1/case:7/Copy1',
      'Switch1/default/Copy1',
      'New1',
      'New1/innerActivities/Copy1',
    ]);
  });

  it('returns type, state and dependencies of an activity', () => {
    const body = pipeline([
      {
        ...activity('Copy1', 'Copy'),
        state: 'Inactive',
        dependsOn: [{ activity: 'Look', dependencyConditions: ['Succeeded', 'Failed'] }],
      },
    ]);

    expect(extractResources('pipeline', [body])[0]!.children).toMatchObject([
      {
        kind: 'activity',
        name: 'Copy1',
        parent: 'Load',
        type: 'Copy',
        state: 'Inactive',
        dependsOn: [{ activity: 'Look', conditions: ['Succeeded', 'Failed'] }],
      },
    ]);
  });

  it.each<[what: string, kind: ListedKind, raw: Json, warning: string]>([
    ['a list', 'dataset', [1], 'not a JSON object'],
    ['null', 'trigger', null, 'not a JSON object'],
    ['an object without a name', 'dataset', { properties: {} }, 'no name'],
    ['properties as text', 'pipeline', { name: 'p', properties: 'x' }, 'properties is not'],
    [
      'annotations as text',
      'dataFlow',
      { name: 'd', properties: { annotations: 'x' } },
      'annotations',
    ],
  ])('adds a warning to %s', (_, kind, raw, warning) => {
    const [resource] = extractResources(kind, [raw]);

    expect(resource!.warnings!.join()).toContain(warning);
    expect(resource!.name).not.toBe('');
  });

  it.each([
    ['brackets', '{'],
    ['escaped quotes', "\\'"],
    ['comments', '/*'],
    ['quotes', '"'],
  ])('reads a script of unclosed %s in linear time', (_, unit) => {
    const script = `'${unit.repeat(75_000)}`;
    const started = process.cpuUsage();

    for (const text of [script, script.slice(1)])
      extractResources('dataFlow', [
        { name: 'd', properties: { typeProperties: { script: text } } },
      ]);

    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(3_000);
  });

  it('keeps malformed activities and adds a warning to each', () => {
    const body = pipeline([
      null,
      'text',
      { type: 'Wait' },
      activity('L', 'Copy', [{}]),
      activity('L', 'Copy'),
    ]);

    const { children } = extractResources('pipeline', [body])[0]!;

    expect(children!.map(({ path }) => path)).toEqual(['#2', '#3', 'L', 'L~2']);
    expect(children!.map(({ warnings = [] }) => warnings.length)).toEqual([1, 1, 1, 1]);
  });

  it('ignores the etag in the hash', () => {
    const [one, other] = extractResources('pipeline', [
      pipeline([]),
      { ...pipeline([]), etag: 'e2', eTag: 'e3' },
    ]);

    expect(one!.hash).toBe(other!.hash);
    expect(versionOf(pipeline([]))).toEqual({ name: 'Load', etag: 'e1' });
  });

  it('prefers global parameters of the factory and warns about differences', () => {
    const factory = {
      name: 'f',
      type: 'Microsoft.DataFactory/factories',
      properties: { globalParameters: { env: { type: 'String', value: 'prod' } } },
    };
    const listed = {
      name: 'default',
      properties: {
        Env: { type: 'String', value: 'test' },
        only: { type: 'Int', value: 1 },
      },
    };

    const resources = extractResources('globalParameter', [factory, listed]);

    expect(resources.map(({ name, body, warnings = [] }) => [name, body, warnings.length])).toEqual(
      [
        ['env', { type: 'String', value: 'prod' }, 1],
        ['only', { type: 'Int', value: 1 }, 0],
      ],
    );
  });
});

const shared = join(__dirname, '../../../shared/fixtures/adf');
const own = join(__dirname, '../fixtures/factories/git-layout');
const sets = existsSync(shared)
  ? readdirSync(shared).filter((name) => existsSync(join(shared, name, 'counts.json')))
  : [];

describe('extractResources of complete factories', () => {
  it.each([...sets, 'own'])('finds every activity in the pipelines of %s', (set) => {
    const folder = set === 'own' ? own : join(shared, set, 'factory-json');
    const bodies = pipelinesIn(folder);

    const pipelines = extractResources('pipeline', bodies);

    const types = pipelines.flatMap(({ children = [] }) => children.map(({ type }) => type));
    expect(types).toHaveLength(
      bodies.reduce<number>((sum, body) => sum + countActivities(body), 0),
    );
    for (const { body, name } of pipelines) expect((body as JsonObject)['name']).toBe(name);
  });
});

/** Pipelines of git layouts. Template exports are left to the emulator. */
function pipelinesIn(folder: string): Json[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => basename(dirname(file)) === 'pipeline' && file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8').replace(/^\uFEFF/, '')));
}

/**
 * Counts by a simpler rule than the product: the items of every list whose key ends in
 * "activities".
 */
function countActivities(value: Json): number {
  if (Array.isArray(value))
    return value.reduce<number>((sum, each) => sum + countActivities(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, member]) =>
      sum +
      (/activities$/i.test(key) && Array.isArray(member) ? member.length : 0) +
      countActivities(member as Json),
    0,
  );
}
