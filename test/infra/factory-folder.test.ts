/** Reading factories from git repositories, ARM templates and loose files. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFactories } from '../../infra/local/resource-manager/factories/factories';
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import { freeName } from '../../infra/local/resource-manager/factories/factory-names';
import {
  count,
  type SourceFactory,
} from '../../infra/local/resource-manager/factories/source-factory';

const fixtures = join(__dirname, '../fixtures/factories');
const read = (folder: string) => readFactories(join(fixtures, folder));

describe('readFactories with a git repository', () => {
  it('finds every resource once, with folder names in any case', async () => {
    const [factory, second] = await read('git-layout');

    expect(second).toBeUndefined();
    expect(count(factory!)).toEqual({
      pipeline: 2,
      dataset: 1,
      linkedService: 1,
      dataflow: 1,
      trigger: 1,
      integrationRuntime: 1,
      globalParameter: 1,
      credential: 1,
      managedVirtualNetwork: 1,
      managedPrivateEndpoint: 1,
      changeDataCapture: 1,
      activities: 7,
      nestedActivities: 3,
    });
  });

  it('takes name and global parameters from the factory file', async () => {
    const [factory] = await read('git-layout');

    expect(factory!.names[0]).toBe('orders-factory');
    expect(globalParametersOf(factory!)).toEqual({ region: { type: 'string', value: 'eu' } });
  });

  it('keeps unknown properties', async () => {
    const [factory] = await read('git-layout');

    expect(propertiesOf(factory!, 'Load orders')).toMatchObject({ unknownKey: { kept: true } });
  });

  it('ignores a byte order mark', async () => {
    const [factory] = await read('git-layout');

    expect(propertiesOf(factory!, 'Sql')).toMatchObject({ type: 'AzureSqlDatabase' });
  });
});

describe('readFactories with ARM templates', () => {
  it('reads each template as a factory', async () => {
    const factories = await read('templates');

    expect(factories.map(({ names }) => nameOf(names))).toEqual(['exported', 'v2-Export']);
  });

  it('resolves expressions from the template and keeps the others', async () => {
    const [factory] = await read('templates');

    expect(propertiesOf(factory!, 'Sql')).toEqual({
      type: 'SqlServer',
      typeProperties: {
        server: 'sql.example',
        connection: "Server=sql.example;It's dbo",
        owner: 'Microsoft.DataFactory/factories/exported',
        nothing: null,
        password: "[parameters('password')]",
        computed: "[toUpper(parameters('server'))]",
        procedure: '[dbo].[Load]',
        text: '[not closed',
      },
    });
  });

  it('joins types of nested resources', async () => {
    const [factory] = await read('templates');

    expect(factory!.resources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'pipeline', name: 'Nested' }),
        expect.objectContaining({
          kind: 'managedPrivateEndpoint',
          name: 'Lake',
          network: 'default',
        }),
      ]),
    );
  });
});

describe('readFactories with other folders', () => {
  it('derives the kind of loose files from type or activities', async () => {
    const [factory] = await read('loose');

    expect(factory!.resources.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'pipeline copy-all',
      'dataset Csv',
    ]);
  });

  it.each([
    ['a file that is not JSON', 'broken', /Half\.json is not valid JSON/],
    ['no factory at all', 'git-layout/notebook', /holds no resources of Data Factory/],
  ])('rejects a folder with %s', async (_, folder, message) => {
    const reading = read(folder);

    await expect(reading).rejects.toThrow(message);
  });
});

describe('readFactories with names that differ by case alone', () => {
  it('keeps the first and reports the other', async () => {
    const [factory] = await read('twins');

    expect(factory!.resources.map(({ name }) => name)).toEqual(['Orders']);
    expect(factory!.leftOut).toEqual([
      expect.stringMatching(
        /twins: the dataset ORDERS is left out, because Orders has the same name\.$/,
      ),
    ]);
  });
});

describe('factories whose names differ by case alone', () => {
  const named = (name: string) => ({ name, properties: {} });

  it('are one factory within a folder, and reported', async () => {
    const folder = await folderOf({
      'factory/GIT-A.json': named('GIT-A'),
      'factory/git-a.json': named('git-a'),
      'factory/git-b.json': named('git-b'),
      'pipeline/Load.json': pipeline,
    });

    const found = await createFactories().addFolder(folder);

    expect(found.map(({ name }) => name)).toEqual(['GIT-A', 'git-b']);
    expect(found.flatMap(({ leftOut }) => leftOut)).toEqual([
      expect.stringMatching(/the factory git-a is left out, because GIT-A has the same name\.$/),
    ]);
  });

  it('get another name in another folder, and it is reported', async () => {
    const [one, other] = await Promise.all([
      folderOf({ 'factory/one.json': named('sales'), 'pipeline/Load.json': pipeline }),
      folderOf({ 'prod/factory/one.json': named('Sales'), 'prod/pipeline/Load.json': pipeline }),
    ]);
    const factories = createFactories();

    await factories.addFolder(one);
    await factories.addFolder(other);

    expect(factories.all().map(({ name }) => name)).toEqual(['sales', 'prod']);
    expect(factories.all().flatMap(({ leftOut }) => leftOut)).toEqual([
      expect.stringMatching(/the factory Sales is served as prod, because its name is taken\.$/),
    ]);
  });
});

describe('readFactories with several factory files', () => {
  it('reads a factory of each, told apart by name, with all resources', async () => {
    const factories = await readFactories(
      await folderOf({
        'factory/dev.json': { name: 'sales-dev', location: 'westeurope' },
        'factory/prod.json': {
          name: 'sales-prod',
          properties: { globalParameters: { region: { type: 'string', value: 'eu' } } },
        },
        'factory/test.json': {},
        'pipeline/Load.json': pipeline,
      }),
    );

    const seen = factories.map(({ names, declared, resources }) => [
      nameOf(names),
      declared['location'],
      resources.map(({ kind, name }) => `${kind} ${name}`),
    ]);
    expect(seen).toEqual([
      ['sales-dev', 'westeurope', ['pipeline Load']],
      ['sales-prod', undefined, ['pipeline Load', 'globalParameter default']],
      ['test', undefined, ['pipeline Load']],
    ]);
  });
});

describe('readFactories with a publish folder of Studio', () => {
  const template = (names: readonly string[], more: object = {}) => ({
    $schema: 'http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#',
    parameters: {
      factoryName: { type: 'string', defaultValue: 'sales-dev' },
      server: { type: 'string', defaultValue: 'dev.example' },
      password: { type: 'secureString' },
    },
    resources: names.map((name) => ({
      name: `[concat(parameters('factoryName'), '/${name}')]`,
      type: 'Microsoft.DataFactory/factories/linkedServices',
      properties: {
        type: 'SqlServer',
        typeProperties: { server: "[parameters('server')]", password: "[parameters('password')]" },
      },
    })),
    ...more,
  });
  const values = (given: Record<string, unknown>) => ({
    $schema: 'https://schema.management.azure.com/schemas/2015-01-01/deploymentParameters.json#',
    parameters: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { value }])),
  });
  const master = {
    $schema: 'http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#',
    resources: [{ type: 'Microsoft.Resources/deployments', name: 'ArmTemplate_0', properties: {} }],
  };
  const published = {
    'ARMTemplateForFactory.json': template(['Sql', 'Lake']),
    'ARMTemplateParametersForFactory.json': values({
      factoryName: 'sales-prod',
      server: 'prod.example',
      password: '',
    }),
    'linkedTemplates/ArmTemplate_0.json': template(['Sql']),
    'linkedTemplates/ArmTemplate_1.json': template(['Lake', 'Queue']),
    'linkedTemplates/ArmTemplate_master.json': master,
    'linkedTemplates/ArmTemplateParameters_master.json': values({ factoryName: 'sales-prod' }),
  };

  it('reads template, parameters and linked templates as one factory', async () => {
    const [factory, second] = await readFactories(await folderOf(published));

    expect(second).toBeUndefined();
    expect(factory!.leftOut).toBeUndefined();
    expect(nameOf(factory!.names)).toBe('sales-prod');
    expect(factory!.resources.map(({ name }) => name)).toEqual(['Sql', 'Lake', 'Queue']);
    expect(propertiesOf(factory!, 'Lake')).toEqual({
      type: 'SqlServer',
      typeProperties: { server: 'prod.example', password: "[parameters('password')]" },
    });
  });

  it('reads linked templates without the template of the factory', async () => {
    const linked = Object.entries(published).filter(([path]) => path.startsWith('linked'));

    const factories = await readFactories(await folderOf(Object.fromEntries(linked)));

    expect(factories.map(({ names, resources }) => [nameOf(names), resources.length])).toEqual([
      ['sales-prod', 3],
    ]);
  });

  it('reads several factories of one folder', async () => {
    const two = ['dev', 'prod'].flatMap((stage) => [
      [`${stage}_ARMTemplateForFactory.json`, template([`Sql-${stage}`])],
      [
        `${stage}_ARMTemplateParametersForFactory.json`,
        values({ factoryName: `sales-${stage}`, server: `${stage}.example` }),
      ],
    ]);

    const factories = await readFactories(await folderOf(Object.fromEntries(two)));

    const seen = factories.map(({ names, resources: [first] }) => [
      nameOf(names),
      first!.name,
      (first!.properties as any).typeProperties.server,
    ]);
    expect(seen).toEqual([
      ['sales-dev', 'Sql-dev', 'dev.example'],
      ['sales-prod', 'Sql-prod', 'prod.example'],
    ]);
  });
});

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const pipeline = { name: 'Load', properties: { activities: [] } };

/** A new folder with these JSON files. */
async function folderOf(files: Readonly<Record<string, object>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'factories-'));
  folders.push(folder);
  for (const [path, json] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify(json));
  }
  return folder;
}

describe('freeName', () => {
  it.each([
    [['Canvas_Data'], 'Canvas-Data'],
    [['', 'UNStatistic.ADF'], 'UNStatistic-ADF'],
    [['Fábrica 1'], 'Fabrica-1'],
    [['ab'], 'factory-ab'],
    [['-x'.repeat(60)], `${'x-'.repeat(31)}x`],
  ])('makes %j valid in Azure', (names, expected) => {
    const name = freeName(names, () => false);

    expect(name).toBe(expected);
  });

  it('adds a number if all names are taken', () => {
    const taken = new Set(['one', 'two', 'two-2']);

    const name = freeName(['one', 'two'], (each) => taken.has(each));

    expect(name).toBe('two-3');
  });
});

const nameOf = (names: readonly string[]) => freeName(names, () => false);

const propertiesOf = ({ resources }: SourceFactory, name: string) =>
  resources.find((resource) => resource.name === name)?.properties;

const globalParametersOf = ({ resources }: SourceFactory) =>
  resources.find(({ kind }) => kind === 'globalParameter')?.properties;
