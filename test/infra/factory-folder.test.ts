/** Factories are found in whatever form their files have, and served as those files say. */
import { join } from 'node:path';
import { readFactories } from '../../infra/local/resource-manager/factories/factory-folder';
import { freeName } from '../../infra/local/resource-manager/factories/factory-names';
import {
  count,
  type SourceFactory,
} from '../../infra/local/resource-manager/factories/source-factory';

const fixtures = join(__dirname, '../fixtures/factories');
const read = (folder: string) => readFactories(join(fixtures, folder));

describe('a git layout', () => {
  it('given folders per kind in any case, when it is read, then every resource is found once', async () => {
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

  it('given a factory file, when it is read, then it names the factory and gives its parameters', async () => {
    const [factory] = await read('git-layout');

    expect(factory!.names[0]).toBe('orders-factory');
    expect(globalParametersOf(factory!)).toEqual({ region: { type: 'string', value: 'eu' } });
  });

  it('given a key nobody knows, when the pipeline is read, then it is kept', async () => {
    const [factory] = await read('git-layout');

    expect(propertiesOf(factory!, 'Load orders')).toMatchObject({ keyNobodyKnows: { kept: true } });
  });

  it('given a byte order mark, when the file is read, then it does not matter', async () => {
    const [factory] = await read('git-layout');

    expect(propertiesOf(factory!, 'Sql')).toMatchObject({ type: 'AzureSqlDatabase' });
  });
});

describe('ARM templates', () => {
  it('given several in one folder, when they are read, then each is a factory of its own', async () => {
    const factories = await read('templates');

    expect(factories.map(({ names }) => nameOf(names))).toEqual(['exported', 'v2-Export']);
  });

  it('given expressions, when they can be resolved from the template, then they are, and else kept', async () => {
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

  it('given nested resources, when the template is read, then they carry the rest of the type', async () => {
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

describe('other folders', () => {
  it('given loose resource files, when they are read, then type or activities tell their kind', async () => {
    const [factory] = await read('loose');

    expect(factory!.resources.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'pipeline copy-all',
      'dataset Csv',
    ]);
  });

  it.each([
    ['a file that is not JSON', 'broken', /Half\.json is not valid JSON/],
    ['two names that differ by case alone', 'twins', /two resources of kind dataset named ORDERS/],
    ['no factory at all', 'git-layout/notebook', /holds no resources of Data Factory/],
  ])('given %s, when the folder is read, then it is refused', async (_, folder, message) => {
    const reading = read(folder);

    await expect(reading).rejects.toThrow(message);
  });
});

describe('names of factories', () => {
  it.each([
    [['Canvas_Data'], 'Canvas-Data'],
    [['', 'UNStatistic.ADF'], 'UNStatistic-ADF'],
    [['Fábrica 1'], 'Fabrica-1'],
    [['ab'], 'factory-ab'],
    [['-x'.repeat(60)], `${'x-'.repeat(31)}x`],
  ])('given %j, when a name is chosen, then it is valid in Azure', (names, expected) => {
    const name = freeName(names, () => false);

    expect(name).toBe(expected);
  });

  it('given that all its names are taken, when a name is chosen, then it is numbered', () => {
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
