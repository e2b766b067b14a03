/** Reading factories from git repositories, ARM templates and loose files. */
import { join } from 'node:path';
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
    ['two names that differ by case alone', 'twins', /two resources of kind dataset named ORDERS/],
    ['no factory at all', 'git-layout/notebook', /holds no resources of Data Factory/],
  ])('rejects a folder with %s', async (_, folder, message) => {
    const reading = read(folder);

    await expect(reading).rejects.toThrow(message);
  });
});

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
