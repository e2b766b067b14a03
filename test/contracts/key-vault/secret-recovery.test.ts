/** Reconnects after a disconnect: Key Vault reserves a deleted name until it is recovered. */
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import { Peppers } from '../../../functions/provisioning/connections/peppers';
import { Secret } from '../../../functions/secrets/secret';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const { tenantId, identityObjectId } = sample.home;
let context: TestEmulatorContext;
let keyVault: KeyVault;
let store: KeyVaultSecretStore;
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
  const identity = {
    getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  store = new KeyVaultSecretStore(keyVault.url, identity, 'https://account.example');
});
afterAll(async () => {
  await keyVault.stop();
  await context.remove();
});
afterEach(() => context.faults.clear());

const properties = { contentType: 'text/plain' };

describe('KeyVaultSecretStore', () => {
  it('recovers a deleted name with the new version alone', async () => {
    const old = await store.put('cn-again-secret', new Secret('old'), properties);
    await store.disable('cn-again-secret', old);
    await store.delete('cn-again-secret');

    const next = await store.put('cn-again-secret', new Secret('new'), properties);

    expect((await store.get('cn-again-secret', next)).reveal()).toBe('new');
    await expect(store.get('cn-again-secret', old)).rejects.toMatchObject({
      code: 'secret_not_found',
    });
  });

  it('ends the tokens of a deleted pepper for good', async () => {
    const peppers = () =>
      new Peppers(
        store,
        () => new Uint8Array(32),
        () => context.clock.now(),
      );
    const old = await peppers().current();
    await store.delete('pv-token-pepper');
    const disabling = jest.spyOn(store, 'disable').mockRejectedValue(new Error('Died here.'));

    const [next, concurrent] = await Promise.all([peppers().current(), peppers().current()]);
    await store.delete('pv-token-pepper-2');
    const last = await peppers().current();

    disabling.mockRestore();
    for (const { version } of [old, next, concurrent])
      expect(await peppers().get(version)).toBeUndefined();
    expect(await store.listVersions('pv-token-pepper')).toEqual([]);
    expect(await peppers().get(last.version)).toBe(last.value);
    expect(await peppers().current()).toEqual(last);
  });

  it('passes on Retry-After', async () => {
    context.faults.add({
      service: 'key-vault',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 1,
    });

    const storing = store.put('cn-throttled-secret', new Secret('canary'), properties);

    await expect(storing).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 1 });
  });

  it('does not wait for a long Retry-After', async () => {
    context.faults.add({
      service: 'key-vault',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 40,
    });
    const since = context.journal.read().at(-1)?.seq ?? 0;

    const storing = store.put('cn-long-wait-secret', new Secret('canary'), properties);

    await expect(storing).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 40 });
    expect(context.journal.read({ since })).toHaveLength(1);
  });
});
