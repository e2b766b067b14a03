/** Connecting again after a disconnect: Key Vault keeps a deleted name back, and gives it again when asked. */
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import { Secret } from '../../../functions/secrets/secret';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import { sample } from '../../../infra/local/seed/sample';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const { tenantId, identityObjectId } = sample.home;
let surroundings: TestEmulatorContext;
let keyVault: KeyVault;
let vault: KeyVaultSecretStore;
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
  vault = new KeyVaultSecretStore(keyVault.url, {
    getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
  });
});
afterAll(async () => {
  await keyVault.stop();
  await surroundings.remove();
});
afterEach(() => surroundings.faults.clear());

const about = { contentType: 'text/plain' };

describe('a name that was deleted in Key Vault', () => {
  it('given its versions were disabled, when it is stored to again, then only the new version can be read', async () => {
    const old = await vault.put('cn-again-secret', new Secret('old'), about);
    await vault.disable('cn-again-secret', old);
    await vault.delete('cn-again-secret');

    const next = await vault.put('cn-again-secret', new Secret('new'), about);

    expect((await vault.get('cn-again-secret', next)).reveal()).toBe('new');
    await expect(vault.get('cn-again-secret', old)).rejects.toMatchObject({
      code: 'secret_not_found',
    });
  });

  it('given a vault that limits requests, when a secret is stored, then its own Retry-After is passed on', async () => {
    surroundings.faults.add({
      service: 'key-vault',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 1,
    });

    const storing = vault.put('cn-throttled-secret', new Secret('canary'), about);

    await expect(storing).rejects.toMatchObject({ kind: 'throttled', retryAfterInSeconds: 1 });
  }, 60_000);

  it('given a wait longer than a call should sit out, when a secret is stored, then it is asked once and the wait passed on', async () => {
    surroundings.faults.add({
      service: 'key-vault',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 40,
    });
    const since = surroundings.journal.read().at(-1)?.seq ?? 0;

    const storing = vault.put('cn-patient-secret', new Secret('canary'), about);

    await expect(storing).rejects.toMatchObject({ kind: 'throttled', retryAfterInSeconds: 40 });
    expect(surroundings.journal.read({ since })).toHaveLength(1);
  });
});
