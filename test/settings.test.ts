/** One list of settings: what the code reads, what the sample shows, what is deployed. None knows one the others lack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, settings } from '../functions/config';
import { sample } from '../infra/local/seed/sample';
import { property, propertiesOf, readAzure } from './infra/bicep';

const read = Object.keys(settings.shape).sort();

/** Read by the Functions host and the Azure SDKs, never by us. */
const platform =
  /^(AzureWebJobsStorage(__\w+)?|AZURE_TOKEN_CREDENTIALS|APPLICATIONINSIGHTS_\w+|FUNCTIONS_WORKER_RUNTIME)$/;

/** A connection string brings a key along, and in Azure nobody has one. */
const neverInAzure = ['STORAGE', 'AzureWebJobsStorage', 'FUNCTIONS_WORKER_RUNTIME'];

const { IsEncrypted, Values } = JSON.parse(
  readFileSync(join(__dirname, '../local.settings.sample.json'), 'utf8'),
) as { readonly IsEncrypted: boolean; readonly Values: Readonly<Record<string, string>> };

/** Where an empty value means something. */
const brokenValues: Readonly<Record<string, string>> = {
  WEBHOOK_ALLOWED_HOSTS: 'https://no-host/',
  RUN_HISTORY_RETENTION_DAYS: '90',
  REMOVED_RESOURCES_RETENTION_DAYS: '0',
  HISTORY_RETENTION_DAYS: '1',
  RUN_ACTIVITY_POLICY: 'some',
};

const ours = (names: Iterable<string>) => [...names].filter((name) => !platform.test(name)).sort();

async function deployed(): Promise<string[]> {
  const app = (await readAzure()).get('function-app.bicep')!;
  const appSettings = app.declarations.find(({ name }) => name === 'settings')!;
  return [...propertiesOf(property(appSettings.node, 'properties')!).keys()];
}

describe('the settings', () => {
  it('given the sample, when it is compared with the code, then both know the same settings', () => {
    expect(IsEncrypted).toBe(false);
    expect(ours(Object.keys(Values))).toEqual(read);
  });

  it('given the deployment, when it is compared with the code, then it sets all that is read', async () => {
    expect(ours(await deployed())).toEqual(read.filter((name) => !neverInAzure.includes(name)));
  });

  it('given the deployment, when its names are read, then none brings a key or belongs to another plan', async () => {
    const never = [...neverInAzure, 'FUNCTIONS_EXTENSION_VERSION', 'WEBSITE_RUN_FROM_PACKAGE'];

    expect((await deployed()).filter((name) => never.includes(name))).toEqual([]);
  });

  it('given the sample, when the code reads it, then every value is understood', () => {
    const config = readConfig(Values);

    expect(config).toMatchObject({
      storage: Values['STORAGE__tableServiceUri'],
      identityClientId: sample.home.identityClientId,
      api: { clientId: sample.home.apiClientId, tenants: ['*'] },
      oauth: { clientId: sample.home.oauthClientId },
    });
  });

  it('given a sample with one storage setting left out, when the code reads it, then the other is enough', () => {
    const { STORAGE__tableServiceUri: _url, ...withConnectionString } = Values;

    expect(readConfig(withConnectionString).storage).toBe(Values['STORAGE']);
  });

  it.each(read)('given the sample, when %s is broken, then the fault names it', (name) => {
    const optional =
      settings.shape[name as keyof typeof settings.shape].safeParse(undefined).success;
    const broken = { ...Values, [name]: brokenValues[name] ?? (optional ? '' : undefined) };

    expect(() => readConfig(broken)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(name) }),
    );
  });
});
