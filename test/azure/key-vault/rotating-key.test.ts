import { RotatingKey } from '../../../functions/azure/key-vault/rotating-key';
import { Secret } from '../../../functions/secrets/secret';
import { fakeSecretStore } from '../../fakes/secret-store';

const name = 'app-cursor-key';

/** A vault and workers with one clock. Signatures are the key itself. */
async function vaultWith(first: string) {
  let nowMs = Date.UTC(2026, 0, 15);
  const now = () => new Date(nowMs);
  const vault = fakeSecretStore(now);
  const rotate = (value: string) => {
    nowMs += 1_000;
    return vault.put(name, new Secret(value), { contentType: 'text/plain' });
  };
  const firstVersion = await rotate(first);
  return {
    vault,
    rotate,
    firstVersion,
    wait: (seconds: number) => void (nowMs += seconds * 1_000),
    worker: () => new RotatingKey(vault, name, now),
  };
}

type Vault = Awaited<ReturnType<typeof vaultWith>>;

const accepts = (worker: RotatingKey, signed: string) => worker.accepts((key) => key === signed);

describe('RotatingKey', () => {
  it('takes the new key at the first refusal', async () => {
    const { rotate, worker } = await vaultWith('old');
    const one = worker();
    await one.get();
    await rotate('new');

    expect(await accepts(one, 'new')).toBe(true);
    expect(await one.get()).toBe('new');
  });

  it.each([
    ['deleted', async ({ vault }: Vault) => vault.delete(name)],
    ['empty', async ({ rotate }: Vault) => rotate('')],
  ])('is unavailable while it is %s', async (_, remove) => {
    const vault = await vaultWith('old');
    await remove(vault);

    await expect(vault.worker().get()).rejects.toMatchObject({
      code: 'key_vault_unavailable',
      retryable: true,
    });
  });

  it('accepts a lately replaced key on a worker that started later', async () => {
    const { rotate, worker, wait } = await vaultWith('oldest');
    await rotate('old');
    await rotate('new');
    const one = worker();

    const soon = [await accepts(one, 'oldest'), await accepts(one, 'old')];
    wait(2 * 3_600);
    const later = [await accepts(one, 'oldest'), await accepts(one, 'old')];

    expect([await one.get(), soon, later]).toEqual(['new', [true, true], [false, false]]);
  });

  it('refuses a replaced key that is disabled in the vault', async () => {
    const { rotate, worker, vault, firstVersion } = await vaultWith('old');
    await rotate('new');
    await vault.disable(name, firstVersion);
    const one = worker();

    expect(await accepts(one, 'old')).toBe(false);
    expect(await one.others()).toEqual([]);
  });

  it('knows the other keys, also those newer than its own', async () => {
    const { rotate, worker } = await vaultWith('oldest');
    await rotate('old');
    const behind = worker();
    await behind.get();
    await rotate('new');

    expect([await behind.get(), await behind.others()]).toEqual(['old', ['new', 'oldest']]);
  });

  it('accepts nothing that an empty key signed', async () => {
    const { rotate, worker } = await vaultWith('');
    await rotate('new');

    expect(await accepts(worker(), '')).toBe(false);
  });

  it('loads once in ten seconds for wrong proofs', async () => {
    const { vault, worker, wait } = await vaultWith('key');
    const one = worker();

    for (let n = 0; n < 20; n++) expect(await accepts(one, 'wrong')).toBe(false);
    const soon = vault.reads;
    wait(10);
    await accepts(one, 'wrong');

    // A version is read once; the current key is read again.
    expect([soon, vault.reads]).toEqual([3, 4]);
  });

  it('keeps the key for a quarter of an hour', async () => {
    const { rotate, worker, wait } = await vaultWith('old');
    const one = worker();
    await one.get();
    await rotate('new');

    wait(898);
    const before = await one.get();
    wait(1);

    expect([before, await one.get()]).toEqual(['old', 'new']);
  });
});
