/** The managed-identity endpoint with @azure/identity, and use of its tokens. */
import { TableClient } from '@azure/data-tables';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { decodeJwt } from 'jose';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { sample } from '../../../infra/local/seed/sample';
import { startStorage, type Storage } from '../../../infra/local/storage/storage';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const { identityClientId, identityObjectId, tenantId } = sample.home;
const names = [
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'AZURE_CLIENT_ID',
  'AZURE_TOKEN_CREDENTIALS',
] as const;

let emulatorContext: TestEmulatorContext;
let entra: Entra;
let storage: Storage;
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  [entra, storage] = await Promise.all([
    startEntra(emulatorContext),
    startStorage(emulatorContext, { inMemory: true }),
  ]);
  for (const name of names) process.env[name] = entra.env[name]!;
});
afterAll(async () => {
  for (const name of names)
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  await storage.stop();
  await entra.stop();
  await emulatorContext.remove();
});

const requests = () =>
  emulatorContext.journal.read({ service: 'managed-identity' }).map(({ path }) => path);

describe('the managed identity', () => {
  it('gives tokens to DefaultAzureCredential with the settings of the stack', async () => {
    const credential = new DefaultAzureCredential();

    const { token, expiresOnTimestamp } = await credential.getToken(
      'https://vault.azure.net/.default',
    );

    expect(await entra.verify(`Bearer ${token}`, ['https://vault.azure.net'])).toEqual({
      aud: 'https://vault.azure.net',
      tid: tenantId,
      oid: identityObjectId,
      appid: identityClientId,
      idtyp: 'app',
      roles: [],
    });
    expect(expiresOnTimestamp).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  it('is called once per cached token', async () => {
    const credential = new ManagedIdentityCredential({ clientId: identityClientId });
    const scope = 'https://management.azure.com/.default';
    const first = await credential.getToken(scope);
    emulatorContext.journal.clear();

    const second = await credential.getToken(scope);

    expect(second.token).toBe(first.token);
    expect(requests()).toEqual([]);
  });

  it('is accepted by Azurite', async () => {
    await storage.ensureTables(['Opened']);
    const table = new TableClient(storage.tablesUrl, 'Opened', new DefaultAzureCredential());

    await table.createEntity({ partitionKey: 'a', rowKey: 'b', word: 'ok' });

    expect(await table.getEntity('a', 'b')).toMatchObject({ word: 'ok' });
  });

  const request = (query: Record<string, string>, header = entra.env['IDENTITY_HEADER']!) =>
    fetch(`${entra.env['IDENTITY_ENDPOINT']}?${new URLSearchParams(query).toString()}`, {
      headers: { 'x-identity-header': header },
    });
  const good = {
    'api-version': '2019-08-01',
    resource: 'https://management.azure.com/',
    client_id: identityClientId,
  };

  it('returns the resource exactly as requested', async () => {
    const response = await request(good);
    const body: any = await response.json();

    expect(body).toEqual({
      access_token: expect.any(String),
      expires_on: expect.stringMatching(/^\d{10}$/),
      resource: 'https://management.azure.com/',
      token_type: 'Bearer',
      client_id: identityClientId,
    });
    expect(decodeJwt(body.access_token as string)).toMatchObject({ oid: identityObjectId });
  });

  it.each([
    [400, 'No User Assigned', { ...good, client_id: sample.contoso.app.clientId }],
    [400, 'Unable to load the proper Managed Identity', { ...good, client_id: undefined }],
    [400, "'resource' is required", { ...good, resource: undefined }],
    [400, 'AADSTS500011', { ...good, resource: 'https://example.com' }],
    [400, "api-version '2017-09-01'", { ...good, 'api-version': '2017-09-01' }],
  ])('responds with %i: %s', async (status, reason, query) => {
    const sent = Object.entries(query).filter(([, value]) => value !== undefined);

    const response = await request(Object.fromEntries(sent) as Record<string, string>);

    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(reason);
  });

  it('requires its secret header', async () => {
    expect((await request(good, 'guessed')).status).toBe(401);
  });
});
