/** Edges of whole factories: ours, and public ones where they lie beside the project. */
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
  ['our own', seed],
  ...publicFixtures().map(({ name, folder }) => [name, folder]),
] as [string, string][];

const declared = ({ resources }: ReadFactory): number =>
  resources
    .flatMap(({ children = [] }) => children)
    .reduce((sum, { dependsOn = [] }) => sum + dependsOn.length, 0);

describe.each(folders)('the factories of %s', (_, folder) => {
  let factories: ReadFactory[];
  let edges: Edge[];
  beforeAll(async () => {
    factories = await factoriesIn(folder);
    edges = factories.flatMap((each) => [...each.edges]);
  });

  it('given every declared dependency, when edges are counted, then there is one for each', () => {
    const found = edges.filter(
      ({ kind, source }) => kind === 'dependsOn' && source.kind === 'activity',
    );

    expect(found).toHaveLength(factories.reduce((sum, each) => sum + declared(each), 0));
  });

  it('given every activity, when edges are counted, then each is contained once', () => {
    const found = edges.filter(
      ({ kind, target }) => kind === 'contains' && target.kind === 'activity',
    );
    const activities = factories.flatMap(({ resources }) =>
      resources.flatMap(({ children = [] }) => children),
    );

    expect(found).toHaveLength(activities.length);
  });

  it('given names that are expressions, when edges are looked at, then none of them passes as a name', () => {
    const phantoms = edges.filter(
      ({ target: { name, template } }) =>
        !template && /@\{|@dataset\(|@pipeline\(|@item\(|\{'value'|\[object Object\]/.test(name),
    );

    expect(phantoms).toEqual([]);
  });

  it('given all edges of a factory, when their keys are taken, then no two are the same', () => {
    for (const { edges: own } of factories) expect(new Set(own.map(edgeKey)).size).toBe(own.length);
  });
});

describe('two forms of one factory', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adf-connect-export-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('given a git folder and its template export, when both are read, then resources and edges are the same', async () => {
    const git = join(seed, 'contoso-sales');
    await writeFile(join(folder, 'ARMTemplateForFactory.json'), await exportOf(git));

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

/** As Data Factory exports: every resource in one list, names built from a parameter, `[` escaped. */
async function exportOf(git: string): Promise<string> {
  const [source] = await readFactories(git);
  const resources = source!.resources.map(({ kind, name, network, properties }) => ({
    type: typeOf(kind),
    apiVersion: '2018-06-01',
    name: `[concat(parameters('factoryName'), '/${network ? `${network}/` : ''}${name}')]`,
    properties: escaped(properties),
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

function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('[') ? `[${value}` : value;
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escaped(each)]));
}
