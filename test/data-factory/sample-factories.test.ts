/** Edges of complete factories: the sample factories, and public ones if they are present. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edge } from '../../functions/data-factory/edge';
import { edgeKey } from '../../functions/data-factory/edge';
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import { typeOf } from '../../infra/local/resource-manager/factories/kinds';
import { publicFixtures } from '../e2e/support/fixtures';
import { factoriesIn, type ReadFactory } from '../support/factory-files';

const seed = join(__dirname, '../../infra/local/seed/factories');
const folders = [
  ['the samples', seed],
  ...publicFixtures().map(({ name, folder }) => [name, folder]),
] as [string, string][];

const countDependencies = ({ resources }: ReadFactory): number =>
  resources
    .flatMap(({ children = [] }) => children)
    .reduce((sum, { dependsOn = [] }) => sum + dependsOn.length, 0);

describe.each(folders)('extractEdges of %s', (_, folder) => {
  let factories: ReadFactory[];
  let edges: Edge[];
  beforeAll(async () => {
    factories = await factoriesIn(folder);
    edges = factories.flatMap((each) => [...each.edges]);
  });

  it('returns one edge per declared dependency', () => {
    const found = edges.filter(
      ({ kind, source }) => kind === 'dependsOn' && source.kind === 'activity',
    );

    expect(found).toHaveLength(factories.reduce((sum, each) => sum + countDependencies(each), 0));
  });

  it('returns one containment edge per activity', () => {
    const found = edges.filter(
      ({ kind, target }) => kind === 'contains' && target.kind === 'activity',
    );
    const activities = factories.flatMap(({ resources }) =>
      resources.flatMap(({ children = [] }) => children),
    );

    expect(found).toHaveLength(activities.length);
  });

  it('marks every expression as a template', () => {
    const phantoms = edges.filter(
      ({ target: { name, template } }) =>
        !template && /@\{|@dataset\(|@pipeline\(|@item\(|\{'value'|\[object Object\]/.test(name),
    );

    expect(phantoms).toEqual([]);
  });

  it('gives every edge of a factory its own key', () => {
    for (const { edges: own } of factories) expect(new Set(own.map(edgeKey)).size).toBe(own.length);
  });
});

describe('a factory in git and as a template export', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adf-connect-export-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has the same resources and edges in both forms', async () => {
    const git = join(seed, 'contoso-sales');
    await writeFile(join(folder, 'ARMTemplateForFactory.json'), await templateOf(git));

    const [fromGit] = await factoriesIn(git);
    const [fromExport] = await factoriesIn(folder);

    expect(contentOf(fromExport!)).toEqual(contentOf(fromGit!));
    expect(fromGit!.edges.length).toBeGreaterThan(200);
  });
});

const contentOf = ({ resources, edges }: ReadFactory) => ({
  resources: resources.map(({ kind, name, hash }) => `${kind} ${name} ${hash}`).sort(),
  edges: edges.map(edgeKey).sort(),
});

/**
 * A template as Data Factory exports it: one list, names built from a parameter, and `[`
 * escapeBrackets.
 */
async function templateOf(git: string): Promise<string> {
  const [source] = await readFactories(git);
  const resources = source!.resources.map(({ kind, name, network, properties }) => ({
    type: typeOf(kind),
    apiVersion: '2018-06-01',
    name: `[concat(parameters('factoryName'), '/${network ? `${network}/` : ''}${name}')]`,
    properties: escapeBrackets(properties),
    dependsOn: ["[concat(variables('factoryId'), '/linkedServices/any')]"],
  }));
  return JSON.stringify({
    $schema: 'http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: { factoryName: { type: 'string', defaultValue: 'contoso-sales' } },
    variables: {
      factoryId: "[concat('Microsoft.DataFactory/factories/', parameters('factoryName'))]",
    },
    resources,
  });
}

function escapeBrackets(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('[') ? `[${value}` : value;
  if (Array.isArray(value)) return value.map(escapeBrackets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, escapeBrackets(each)]),
  );
}
