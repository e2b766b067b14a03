/** The code, the sample and the deployment know the same settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, settings } from '../functions/config';
import { sample } from '../infra/local/seed/sample';
import { ofType, property, propertiesOf, readAzure } from './infra/bicep';

const read = Object.keys(settings.shape).sort();

/** Read by the Functions host, libc, the Azure SDKs and the exporter of spans, not by the product. */
const platform =
  /^(AzureWebJobsStorage(__\w+)?|STORAGE__(credential|clientId)|AZURE_TOKEN_CREDENTIALS|APPLICATIONINSIGHTS_\w+|OTEL_EXPORTER_OTLP_HEADERS|FUNCTIONS_WORKER_RUNTIME|MALLOC_ARENA_MAX|MALLOC_(MMAP|TRIM)_THRESHOLD_)$/;

/** A connection string contains a key, and no key is used in Azure. */
const neverInAzure = ['STORAGE', 'AzureWebJobsStorage', 'FUNCTIONS_WORKER_RUNTIME'];

const { IsEncrypted, Values } = JSON.parse(
  readFileSync(join(__dirname, '../local.settings.sample.json'), 'utf8'),
) as { readonly IsEncrypted: boolean; readonly Values: Readonly<Record<string, string>> };

/** Values that are wrong, for settings that accept an empty value. */
const brokenValues: Readonly<Record<string, string>> = {
  CONSOLE_CLIENT_ID: 'no-guid',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
  WEBHOOK_ALLOWED_HOSTS: 'https://no-host/',
  RUN_HISTORY_RETENTION_DAYS: '90',
  REMOVED_RESOURCES_RETENTION_DAYS: '0',
  HISTORY_RETENTION_DAYS: '1',
  AUDIT_RETENTION_DAYS: '30',
  MASS_REVOCATION_COUNT: '-1',
  MASS_REVOCATION_PERCENT: '101',
  RUN_ACTIVITY_POLICY: 'some',
  SECRET_REMOVAL_CONFIRMED_UNTIL: 'tomorrow',
};

const ours = (names: Iterable<string>) => [...names].filter((name) => !platform.test(name)).sort();

async function deployed(): Promise<string[]> {
  const app = (await readAzure()).get('function-app.bicep')!;
  const appSettings = app.declarations.find(({ name }) => name === 'settings')!;
  const [given] = ofType(property(appSettings.node, 'properties')!, 'object');
  return [...propertiesOf(given!).keys()];
}

describe('settings', () => {
  it('of the sample are those that the code reads', () => {
    expect(IsEncrypted).toBe(false);
    expect(ours(Object.keys(Values))).toEqual(read);
  });

  it('of the deployment are those that the code reads', async () => {
    expect(ours(await deployed())).toEqual(read.filter((name) => !neverInAzure.includes(name)));
  });

  it('of the deployment contain no key and fit the plan', async () => {
    const never = [...neverInAzure, 'FUNCTIONS_EXTENSION_VERSION', 'WEBSITE_RUN_FROM_PACKAGE'];

    expect((await deployed()).filter((name) => never.includes(name))).toEqual([]);
  });

  it('of the sample are parsed', () => {
    const config = readConfig(Values);

    expect(config).toMatchObject({
      storage: Values['STORAGE__tableServiceUri'],
      identity: { clientId: sample.home.identityClientId },
      api: { clientId: sample.home.apiClientId, tenants: ['*'] },
      oauth: { clientId: sample.home.oauthClientId },
    });
  });

  it('compare tenants without case', () => {
    const id = 'C0C0A000-0000-4000-8000-000000000001';

    const { tenants } = readConfig({ ...Values, API_TENANTS: ` ${id} , *` }).api;

    expect(tenants).toEqual([id.toLowerCase(), '*']);
  });

  it.each(['', ' , ', 'contoso.com', 'c0c0a000', 'all', '*, contoso'])(
    'report the tenants %j at start',
    (text) => {
      expect(() => readConfig({ ...Values, API_TENANTS: text })).toThrow('API_TENANTS must be');
    },
  );

  it('need only one of the two storage settings', () => {
    const {
      STORAGE__tableServiceUri: _tables,
      STORAGE__queueServiceUri: _queues,
      ...withConnectionString
    } = Values;

    expect(readConfig(withConnectionString).storage).toBe(Values['STORAGE']);
  });

  it.each(read)('report a broken %s by name', (name) => {
    const optional =
      settings.shape[name as keyof typeof settings.shape].safeParse(undefined).success;
    const broken = { ...Values, [name]: brokenValues[name] ?? (optional ? '' : undefined) };

    expect(() => readConfig(broken)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(name) }),
    );
  });
});
