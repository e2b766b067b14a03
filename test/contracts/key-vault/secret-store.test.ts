/** One list of promises, two keepers: the fake that unit tests stand on, and Key Vault. */
import { inspect } from 'node:util';
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import type { SecretStore } from '../../../functions/connectors/ports';
import { Secret } from '../../../functions/secrets/secret';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { fakeSecretStore } from '../../fakes/secret-store';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const { tenantId, identityObjectId } = sample.home;
let surroundings: TestEmulatorContext;
let keyVault: KeyVault;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  keyVault = await startKeyVault(surroundings, {
    verify: async (authorization, [audience]) =>
      authorization === 'Bearer a-token'
        ? { tid: tenantId, oid: identityObjectId, aud: audience! }
        : undefined,
    entraUrl: 'https://login.example',
    tenantId,
  });
});
afterAll(async () => {
  await keyVault.stop();
  await surroundings.remove();
});
afterEach(() => surroundings.faults.clear());

const identity = {
  getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const open = () => new KeyVaultSecretStore(keyVault.url, identity);
const about = { contentType: 'text/plain' };
let names = 0;
const aName = () => `cn-contract-${++names}-secret`;

describe.each<[string, () => SecretStore]>([
  ['fake', () => fakeSecretStore()],
  ['Key Vault', open],
])('SecretStore: %s', (_, start) => {
  it('given two versions, when each is read, then it is what it was; without a version it is the newest', async () => {
    const [vault, name] = [start(), aName()];
    const first = await vault.put(name, new Secret('one'), about);
    const second = await vault.put(name, new Secret('two'), {
      ...about,
      expiresAt: new Date('2027-01-01T00:00:00Z'),
    });

    const read = [vault.get(name, first), vault.get(name, second), vault.get(name)];

    expect((await Promise.all(read)).map((secret) => secret.reveal())).toEqual([
      'one',
      'two',
      'two',
    ]);
  });

  it('given nothing of that name, when it is read, then it is not found', async () => {
    await expect(start().get(aName())).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('given a version that was disabled, when it is read, then it is not found and others are', async () => {
    const [vault, name] = [start(), aName()];
    const first = await vault.put(name, new Secret('one'), about);
    const second = await vault.put(name, new Secret('two'), about);

    await vault.disable(name, first);
    await vault.disable(name, first);

    await expect(vault.get(name, first)).rejects.toMatchObject({ kind: 'not-found' });
    expect((await vault.get(name, second)).reveal()).toBe('two');
  });

  it('given a secret, when it is deleted twice, then no version of it is found', async () => {
    const [vault, name] = [start(), aName()];
    const version = await vault.put(name, new Secret('one'), about);

    await vault.delete(name);
    await vault.delete(name);

    await expect(vault.get(name, version)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(vault.get(name)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('given secrets of several names, when they are listed, then by prefix and without those that are deleted', async () => {
    const [vault, name, other] = [start(), `${aName()}-listed`, `${aName()}-listed`];
    for (const each of [name, name, other, `x${name}`])
      await vault.put(each, new Secret('one'), about);
    await vault.delete(other);

    const names: string[] = [];
    for await (const found of vault.names('cn-')) names.push(found);

    expect(names.filter((found) => found.endsWith('-listed'))).toEqual([name]);
  });

  it('given versions, when they are listed, then with what is known of each and none of nothing', async () => {
    const [vault, name] = [start(), aName()];
    const expiresAt = new Date('2027-01-01T00:00:00Z');
    const first = await vault.put(name, new Secret('one'), about);
    const second = await vault.put(name, new Secret('two'), { ...about, expiresAt });
    await vault.disable(name, first);

    const versions = await vault.versions(name);

    expect(new Map(versions.map((each) => [each.version, each]))).toEqual(
      new Map([
        [first, { version: first, enabled: false, createdAt: expect.any(Date) }],
        [second, { version: second, enabled: true, createdAt: expect.any(Date), expiresAt }],
      ]),
    );
    expect(await vault.versions(aName())).toEqual([]);
  });

  it('given nothing of that name, when it is disabled or deleted, then nothing happens', async () => {
    const vault = start();

    await expect(vault.disable(aName(), 'a'.repeat(32))).resolves.toBeUndefined();
    await expect(vault.delete(aName())).resolves.toBeUndefined();
  });
});

describe('KeyVaultSecretStore', () => {
  const fault = { service: 'key-vault', path: '.*', rate: 1, seed: 1, delayMs: 0 } as const;

  it.each([
    ['throttles', { kind: 'status', status: 429, retryAfterSeconds: 0.1 }, { kind: 'throttled' }],
    ['fails', { kind: 'status', status: 503 }, { code: 'key_vault_unavailable' }],
    ['hangs up', { kind: 'reset', status: 503 }, { code: 'key_vault_unavailable' }],
  ] as const)(
    'given a vault that %s, when a secret is read, then that may pass',
    async (_, how, failure) => {
      surroundings.faults.add({ ...fault, ...how });

      await expect(open().get(aName())).rejects.toMatchObject({ ...failure, retryable: true });
    },
    30_000,
  );

  it('given a vault that fails once, when a secret is stored, then it is stored', async () => {
    const name = aName();
    surroundings.faults.add({ ...fault, kind: 'status', status: 503, count: 1 });

    await open().put(name, new Secret('one'), about);

    expect((await open().get(name)).reveal()).toBe('one');
  });

  it('given an identity without a role, when a secret is stored, then the vault is named and the secret is not', async () => {
    keyVault.permit(identityObjectId, []);

    const error = await open()
      .put(aName(), new Secret('canary'), about)
      .catch((caught: unknown) => caught);

    expect(error).toMatchObject({ kind: 'upstream', code: 'key_vault_refused', retryable: false });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });
});
