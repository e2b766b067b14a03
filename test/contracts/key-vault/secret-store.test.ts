/**
 * Contract of SecretStore: the fake of unit tests and the Key Vault adapter keep the same promises.
 */
import { inspect } from 'node:util';
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import type { SecretStore } from '../../../functions/secrets/ports';
import { Secret } from '../../../functions/secrets/secret';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { fakeSecretStore } from '../../fakes/secret-store';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const { tenantId, identityObjectId } = sample.home;
let context: TestEmulatorContext;
let keyVault: KeyVault;
beforeAll(async () => {
  context = await testEmulatorContext();
  keyVault = await startKeyVault(context, {
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
  await context.remove();
});
afterEach(() => context.faults.clear());

const identity = {
  getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const openFor = (account: string) => new KeyVaultSecretStore(keyVault.url, identity, account);
const open = () => openFor('https://account.example');
const properties = { contentType: 'text/plain' };
let nameCount = 0;
const aName = () => `cn-contract-${++nameCount}-secret`;

describe.each<[string, () => SecretStore]>([
  ['fake', () => fakeSecretStore()],
  ['Key Vault', open],
])('SecretStore (%s)', (_, start) => {
  it('returns each version, and the newest without a version', async () => {
    const [store, name] = [start(), aName()];
    const first = await store.put(name, new Secret('one'), properties);
    const second = await store.put(name, new Secret('two'), {
      ...properties,
      expiresAt: new Date('2027-01-01T00:00:00Z'),
    });

    const read = [store.get(name, first), store.get(name, second), store.get(name)];

    expect((await Promise.all(read)).map((secret) => secret.reveal())).toEqual([
      'one',
      'two',
      'two',
    ]);
  });

  it('does not find an unknown name', async () => {
    await expect(start().get(aName())).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('does not find a disabled version', async () => {
    const [store, name] = [start(), aName()];
    const first = await store.put(name, new Secret('one'), properties);
    const second = await store.put(name, new Secret('two'), properties);

    await store.disable(name, first);
    await store.disable(name, first);

    await expect(store.get(name, first)).rejects.toMatchObject({ kind: 'not-found' });
    expect((await store.get(name, second)).reveal()).toBe('two');
  });

  it('does not find a deleted secret', async () => {
    const [store, name] = [start(), aName()];
    const version = await store.put(name, new Secret('one'), properties);

    await store.delete(name);
    await store.delete(name);

    await expect(store.get(name, version)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(store.get(name)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('lists names by prefix without deleted ones', async () => {
    const [store, name, other] = [start(), `${aName()}-listed`, `${aName()}-listed`];
    for (const each of [name, name, other, `x${name}`])
      await store.put(each, new Secret('one'), properties);
    await store.delete(other);

    const names: string[] = [];
    for await (const found of store.listNames('cn-')) names.push(found);

    expect(names.filter((found) => found.endsWith('-listed'))).toEqual([name]);
  });

  it('lists the properties of versions', async () => {
    const [store, name] = [start(), aName()];
    const expiresAt = new Date('2027-01-01T00:00:00Z');
    const first = await store.put(name, new Secret('one'), properties);
    const second = await store.put(name, new Secret('two'), { ...properties, expiresAt });
    await store.disable(name, first);

    const versions = await store.listVersions(name);

    expect(new Map(versions.map((each) => [each.version, each]))).toEqual(
      new Map([
        [first, { version: first, enabled: false, isOwn: true, createdAt: expect.any(Date) }],
        [
          second,
          { version: second, enabled: true, isOwn: true, createdAt: expect.any(Date), expiresAt },
        ],
      ]),
    );
    expect(await store.listVersions(aName())).toEqual([]);
  });

  it('ignores an unknown name on disable and delete', async () => {
    const store = start();

    await expect(store.disable(aName(), 'a'.repeat(32))).resolves.toBeUndefined();
    await expect(store.delete(aName())).resolves.toBeUndefined();
  });
});

it('tells the versions of deployments that share a vault', async () => {
  const [one, other, name] = [
    openFor('https://one.example'),
    openFor('https://other.example'),
    aName(),
  ];
  const ofOne = await one.put(name, new Secret('1'), properties);
  const ofOther = await other.put(name, new Secret('2'), properties);
  await other.disable(name, ofOne);

  const own = async (store: KeyVaultSecretStore) =>
    (await store.listVersions(name)).filter(({ isOwn }) => isOwn).map(({ version }) => version);

  expect([await own(one), await own(other)]).toEqual([[ofOne], [ofOther]]);
});

describe('KeyVaultSecretStore', () => {
  const fault = { service: 'key-vault', path: '.*', rate: 1, seed: 1, delayMs: 0 } as const;

  it.each([
    ['throttles', { kind: 'status', status: 429, retryAfterSeconds: 0.1 }, { kind: 'throttled' }],
    ['fails', { kind: 'status', status: 503 }, { code: 'key_vault_unavailable' }],
    ['resets the connection', { kind: 'reset', status: 503 }, { code: 'key_vault_unavailable' }],
  ] as const)('throws a retryable error if Key Vault %s', async (_, response, failure) => {
    context.faults.add({ ...fault, ...response });

    await expect(open().get(aName())).rejects.toMatchObject({ ...failure, retryable: true });
  });

  it('retries a request that failed once', async () => {
    const name = aName();
    context.faults.add({ ...fault, kind: 'status', status: 503, count: 1 });

    await open().put(name, new Secret('one'), properties);

    expect((await open().get(name)).reveal()).toBe('one');
  });

  it('names Key Vault but no secret if the identity lacks a role', async () => {
    keyVault.permit(identityObjectId, []);

    const error = await open()
      .put(aName(), new Secret('canary'), properties)
      .catch((caught: unknown) => caught);

    expect(error).toMatchObject({ kind: 'upstream', code: 'key_vault_refused', retryable: false });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });
});
