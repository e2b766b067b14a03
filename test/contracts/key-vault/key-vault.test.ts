import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { randomUUID } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEntra } from '../../../infra/local/entra/entra';
import {
  startKeyVault,
  type KeyVault,
  type KeyVaultOptions,
} from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import type { VerifyToken } from '../../../infra/local/emulator/tokens';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const tenantId = '0f0e1d2c-0000-4000-8000-00000000ad0f';
const objectId = '0f0e1d2c-0000-4000-8000-0000000000a4';
const verify: VerifyToken = async (authorization, audiences) =>
  authorization === 'Bearer good' && audiences.includes('https://vault.azure.net')
    ? { tid: tenantId, oid: objectId, aud: 'https://vault.azure.net' }
    : undefined;

let emulatorContext: TestEmulatorContext;
const started: KeyVault[] = [];
const owned: TestEmulatorContext[] = [];
async function start(
  options: Partial<KeyVaultOptions> = {},
  where = emulatorContext,
): Promise<KeyVault> {
  const vault = await startKeyVault(where, {
    verify,
    entraUrl: 'https://login.example',
    tenantId,
    ...options,
  });
  started.push(vault);
  return vault;
}

let vault: KeyVault;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  vault = await start();
});
afterEach(() => {
  emulatorContext.faults.clear();
  emulatorContext.clock.shiftTo(0);
});
afterAll(async () => {
  for (const each of started) await each.stop();
  for (const each of [emulatorContext, ...owned]) await each.remove();
});

const identity = (token = 'good'): TokenCredential => ({
  getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});
const clientOf = ({ url }: KeyVault, credential = identity()) =>
  new SecretClient(url, credential, {
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 0 },
  });
const aName = () => `connector-${randomUUID()}`;
const request = (path: string, { token = 'good', version = '2025-07-01', ...init } = {}) =>
  fetch(`${vault.url}${path}?api-version=${version}`, {
    headers: { authorization: `Bearer ${token}` },
    ...init,
  });
const soon = { intervalInMs: 5 };

describe('access to the Key Vault emulator', () => {
  it('is challenged with authority and resource without a token', async () => {
    const response = await fetch(`${vault.url}/secrets/any/?api-version=2025-07-01`);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer authorization="https://login.example/${tenantId}", resource="https://vault.azure.net"`,
    );
    expect(await response.json()).toMatchObject({ error: { code: 'Unauthorized' } });
  });

  it('is rejected with an invalid token', async () => {
    const client = clientOf(vault, identity('stolen'));

    await expect(client.getSecret('any')).rejects.toMatchObject({ statusCode: 401 });
  });

  it('requests scope and tenant of the challenge', async () => {
    const requested: unknown[] = [];
    const credential: TokenCredential = {
      getToken: (scopes, options) => {
        requested.push([scopes, options?.tenantId]);
        return identity().getToken(scopes);
      },
    };

    await clientOf(vault, credential).setSecret(aName(), 'one');

    expect(requested).toEqual([[['https://vault.azure.net/.default'], tenantId]]);
  });

  it.each([
    ['a principal without the permission', 403, ['get'] as const, 'ForbiddenByRbac'],
    ['a principal with the permission', 200, ['set'] as const, undefined],
  ])('depends on permissions: %s gets %i', async (_, status, permissions, code) => {
    const guarded = await start();
    guarded.permit(objectId, permissions);
    const response = await fetch(`${guarded.url}/secrets/mine?api-version=2025-07-01`, {
      method: 'PUT',
      headers: { authorization: 'Bearer good' },
      body: JSON.stringify({ value: 'one' }),
    });

    const body = (await response.json()) as { error?: { innererror: { code: string } } };

    expect(response.status).toBe(status);
    expect(body.error?.innererror.code).toBe(code);
  });

  it.each([
    ['no api-version', 'GET', '/secrets/any', { version: '' }, 400, 'BadParameter'],
    ['a name with other characters', 'GET', '/secrets/a_b', {}, 400, 'BadParameter'],
    ['a name that is too long', 'GET', `/secrets/${'a'.repeat(128)}`, {}, 400, 'BadParameter'],
    ['an empty body', 'PUT', '/secrets/any', {}, 400, 'BadParameter'],
    ['a value that is too long', 'PUT', '/secrets/any', tooLong(), 400, 'BadParameter'],
    ['sixteen tags', 'PUT', '/secrets/any', tooManyTags(), 400, 'BadParameter'],
    ['a page of 26', 'GET', '/secrets', { version: '7.6&maxresults=26' }, 400, 'BadParameter'],
    ['an unknown name', 'GET', '/secrets/missing', {}, 404, 'SecretNotFound'],
    ['a backup', 'POST', '/secrets/any/backup', {}, 501, 'NotImplemented'],
    ['keys', 'GET', '/keys', {}, 501, 'NotImplemented'],
  ])('is rejected for %s', async (_, method, path, init, status, code) => {
    const response = await request(path, { ...init, method } as object);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) } });
  });

  it('is throttled with Retry-After beyond the quota', async () => {
    const busy = await start({ quota: { newSecrets: 1, others: 1 } });
    const get = () =>
      fetch(`${busy.url}/secrets?api-version=7.6`, { headers: { authorization: 'Bearer good' } });

    const [first, second] = [await get(), await get()];

    expect([first.status, second.status]).toEqual([200, 429]);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('records an injected status in the journal', async () => {
    emulatorContext.faults.add({ service: 'key-vault', kind: 'status', status: 503, count: 1 });

    const response = await request('/secrets/any');

    expect(await response.json()).toMatchObject({ error: { code: 'ServiceUnavailable' } });
    expect(emulatorContext.journal.read({ service: 'key-vault' }).at(-1)).toMatchObject({
      method: 'GET',
      path: '/secrets/any?api-version=2025-07-01',
      status: 503,
    });
  });
});

describe('the identity of the app', () => {
  const before = { ...process.env };
  afterEach(() => void (process.env = before));

  it('opens the vault with the settings of the stack', async () => {
    const entra = await startEntra(emulatorContext);
    const { verify, url: entraUrl, env } = entra;
    const guarded = await start({ verify, entraUrl });
    process.env = { ...before, ...env };
    const client = clientOf(guarded, new DefaultAzureCredential());
    const name = aName();

    await client.setSecret(name, 'one');

    expect((await client.getSecret(name)).value).toBe('one');
    guarded.permit(sample.home.identityObjectId, ['get']);
    await expect(client.setSecret(name, 'two')).rejects.toMatchObject({ statusCode: 403 });
    await entra.stop();
  });
});

describe('secrets', () => {
  it('keep value and properties', async () => {
    const client = clientOf(vault);
    const [name, expiresOn] = [aName(), new Date('2027-01-01T00:00:00Z')];
    const properties = { contentType: 'application/json', tags: { purpose: 'test' }, expiresOn };

    const set = await client.setSecret(name, 'one', properties);

    const read = await client.getSecret(name);
    expect(read).toMatchObject({ name, value: 'one' });
    expect(read.properties).toMatchObject({
      ...properties,
      version: set.properties.version,
      enabled: true,
      recoverableDays: 90,
      vaultUrl: vault.url,
    });
  });

  it('keep earlier versions and return the latest', async () => {
    const client = clientOf(vault);
    const name = aName();
    const first = await client.setSecret(name, 'one');

    await client.setSecret(name, 'two');

    expect((await client.getSecret(name.toUpperCase())).value).toBe('two');
    const { version } = first.properties;
    expect((await client.getSecret(name, { version: version! })).value).toBe('one');
    expect(await all(client.listPropertiesOfSecretVersions(name))).toHaveLength(2);
  });

  it('are not readable while disabled', async () => {
    const client = clientOf(vault);
    const name = aName();
    const { properties } = await client.setSecret(name, 'one', { tags: { kept: 'yes' } });
    await client.updateSecretProperties(name, properties.version!, { enabled: false });

    await expect(client.getSecret(name)).rejects.toMatchObject({
      statusCode: 403,
      code: 'Forbidden',
    });

    await client.updateSecretProperties(name, properties.version!, { enabled: true });
    expect(await client.getSecret(name)).toMatchObject({
      value: 'one',
      properties: { tags: { kept: 'yes' } },
    });
  });

  it('are listed in pages without values', async () => {
    const { vault } = await ownVault();
    const client = clientOf(vault);
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`);
    await Promise.all(names.map((name) => client.setSecret(name, 'planted')));

    const listed = await all(client.listPropertiesOfSecrets());

    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(JSON.stringify(listed)).not.toContain('planted');
  });
});

describe('deleted secrets', () => {
  it('reserve their name until recovered', async () => {
    const client = clientOf(vault);
    const name = aName();
    await client.setSecret(name, 'one');
    const { deletedOn, scheduledPurgeDate } = await (
      await client.beginDeleteSecret(name, soon)
    ).pollUntilDone();

    await expect(client.getSecret(name)).rejects.toMatchObject({ statusCode: 404 });
    await expect(client.setSecret(name, 'two')).rejects.toMatchObject({
      statusCode: 409,
      details: { error: { innerError: { code: 'ObjectIsDeletedButRecoverable' } } },
    });

    expect(scheduledPurgeDate!.getTime() - deletedOn!.getTime()).toBe(90 * 86_400_000);
    await (await client.beginRecoverDeletedSecret(name, soon)).pollUntilDone();
    expect((await client.getSecret(name)).value).toBe('one');
  });

  it('release their name when purged', async () => {
    const client = clientOf(vault);
    const name = aName();
    await client.setSecret(name, 'one');
    await (await client.beginDeleteSecret(name, soon)).pollUntilDone();

    await client.purgeDeletedSecret(name);

    await expect(client.getDeletedSecret(name)).rejects.toMatchObject({ statusCode: 404 });
    await client.setSecret(name, 'two');
    expect(await all(client.listPropertiesOfSecretVersions(name))).toHaveLength(1);
  });

  it('are purged after ninety days', async () => {
    const client = clientOf(vault);
    const name = aName();
    await client.setSecret(name, 'one');
    await (await client.beginDeleteSecret(name, soon)).pollUntilDone();
    expect((await all(client.listDeletedSecrets())).map((each) => each.name)).toContain(name);

    emulatorContext.clock.shiftTo(91 * 86_400_000);

    expect((await all(client.listDeletedSecrets())).map((each) => each.name)).not.toContain(name);
  });
});

describe('the file of the vault', () => {
  it('has acknowledged secrets after a crash', async () => {
    const { own, vault: first } = await ownVault();
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    await Promise.all(names.map((name) => clientOf(first).setSecret(name, name)));

    const second = await start({}, own);

    expect(await all(clientOf(second).listPropertiesOfSecrets())).toHaveLength(names.length);
    expect((await clientOf(second).getSecret('s7')).value).toBe('s7');
  });

  it('is readable by its owner only despite an old draft', async () => {
    const { own, vault } = await ownVault();
    const file = join(own.dataFolder, 'key-vault.json');
    await writeFile(`${file}.tmp`, '[', { mode: 0o666 });

    await clientOf(vault).setSecret('mine', 'one');

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject([{ name: 'mine' }]);
  });

  it('restores seeded secrets without new versions', async () => {
    const { vault } = await ownVault();
    const client = clientOf(vault);
    await vault.seed('app-key', 'one');
    await vault.seed('app-key', 'one');
    expect(await all(client.listPropertiesOfSecretVersions('app-key'))).toHaveLength(1);
    await (await client.beginDeleteSecret('app-key', soon)).pollUntilDone();

    await vault.seed('app-key', 'two');

    expect((await client.getSecret('app-key')).value).toBe('two');
  });
});

/** A vault with its own file. */
async function ownVault() {
  const own = await testEmulatorContext();
  owned.push(own);
  return { own, vault: await start({}, own) };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function tooLong() {
  return { body: JSON.stringify({ value: 'x'.repeat(25 * 1024 + 1) }) };
}
function tooManyTags() {
  const tags = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`t${index}`, 'x']));
  return { body: JSON.stringify({ value: 'x', tags }) };
}
