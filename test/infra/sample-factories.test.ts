/** Consistency of the sample factories: references resolve, and there are no secrets. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../infra/local/seed/factories');
const factories = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'factory')));

/** Folder of the target by type of reference. */
const keptIn: Record<string, string> = {
  CredentialReference: 'credential',
  DataFlowReference: 'dataflow',
  DatasetReference: 'dataset',
  IntegrationRuntimeReference: 'integrationRuntime',
  LinkedServiceReference: 'linkedService',
  ManagedVirtualNetworkReference: 'managedVirtualNetwork',
  PipelineReference: 'pipeline',
  TriggerReference: 'trigger',
};

/** Folders of a factory repository, one for each kind. */
const kinds = [
  'adfcdc',
  'factory',
  'globalParameters',
  'managedVirtualNetwork/default/managedPrivateEndpoint',
  ...Object.values(keptIn),
];

const secretFields =
  /password|passphrase|secret|sas|(access|api|function|principal|private)-?key$|authorization/i;

describe.each(factories)('the sample factory %s', (factory) => {
  const files = filesOf(factory);

  it('names each file like its resource', () => {
    const misnamed = [...files].filter(
      ([file, { name }]) => !file.endsWith(`/${String(name)}.json`),
    );

    expect(misnamed).toEqual([]);
  });

  it('has references to existing resources only', () => {
    const references = [...files].flatMap(([from, resource]) =>
      objectsIn(resource)
        .filter(({ type, referenceName }) => typeof referenceName === 'string' && type)
        .map(({ type, referenceName }) => ({
          from,
          to: `${keptIn[String(type)]}/${String(referenceName)}.json`,
        })),
    );

    expect(references.filter(({ to }) => !files.has(to))).toEqual([]);
    expect(references.length).toBeGreaterThan(0);
  });

  it('has dependencies within one list of activities only', () => {
    const strangers = [...files.values()]
      .flatMap(objectsIn)
      .flatMap((object) => Object.values(object))
      .filter((value): value is Activity[] => Array.isArray(value) && isActivity(value[0]))
      .flatMap((list) => {
        const names = new Set(list.map(({ name }) => name));
        return list.flatMap(({ dependsOn }) =>
          dependsOn.map(({ activity }) => activity).filter((activity) => !names.has(activity)),
        );
      });

    expect(strangers).toEqual([]);
  });

  it('has only the word REDACTED as secrets', () => {
    const secrets = [...files.values()].flatMap(objectsIn).flatMap((object) => [
      ...(object['type'] === 'SecureString' ? [object['value']] : []),
      ...Object.entries(object)
        .filter(([field, value]) => secretFields.test(field) && typeof value === 'string')
        .filter(([field]) => field !== 'secretName')
        .map(([, value]) => value),
      ...Object.values(object).filter(
        (value) => typeof value === 'string' && /(password|sig|code)=/i.test(value),
      ),
    ]);

    expect(secrets.filter((secret) => !String(secret).includes('REDACTED'))).toEqual([]);
  });
});

it('has resources of every kind in the larger sample', () => {
  const present = kinds.filter((kind) => existsSync(join(folder, 'contoso-sales', kind)));

  expect(present).toEqual(kinds);
});

type Json = Record<string, unknown>;
interface Activity {
  readonly name: string;
  readonly dependsOn: readonly { readonly activity: string }[];
}

function filesOf(factory: string): Map<string, Json> {
  const names = readdirSync(join(folder, factory), { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, JSON.parse(readFileSync(join(folder, factory, name), 'utf8')) as Json]),
  );
}

/** The object itself and all objects within. */
function objectsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  const within = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? within : [value as Json, ...within];
}

function isActivity(value: unknown): value is Activity {
  return typeof value === 'object' && value !== null && 'dependsOn' in value && 'name' in value;
}
