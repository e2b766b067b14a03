import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector, aConnector, ada, mallory } from '../support/builders';
import { testContext } from '../support/context';

const day = 86_400;

async function connected(grant = 'refresh-token-0') {
  const world = testContext({ connectors: [aConnectedConnector()] });
  await world.vault.put('cn-c1-grant', new Secret(grant), { contentType: 'text/plain' });
  const ask = (options?: { fresh: boolean }) =>
    world.services.accessTokens.forResourceManager(ada.tenantId, 'c1', options);
  const stored = async () => (await world.store.get(ada.tenantId, 'c1'))!;
  return { ...world, ask, stored };
}

describe('access tokens of a connector', () => {
  it('given a token in memory, when it is asked for again, then neither Entra nor the vault is asked', async () => {
    const { ask, entra, vault } = await connected();

    const tokens = [await ask(), await ask(), await ask()];

    expect(new Set(tokens).size).toBe(1);
    expect([entra.asked, vault.reads]).toEqual([1, 1]);
  });

  it('given twenty that ask at once, when none is in memory, then Entra is asked once', async () => {
    const { ask, entra } = await connected();

    await Promise.all(Array.from({ length: 20 }, () => ask()));

    expect(entra.asked).toBe(1);
  });

  it.each([
    [54 * 60, 1],
    [56 * 60, 2],
  ])(
    'given a token %d seconds old, when it is asked for, then Entra was asked %d times',
    async (age, times) => {
      const { ask, entra, wait } = await connected();
      await ask();
      wait(age);

      await ask();

      expect(entra.asked).toBe(times);
    },
  );

  it('given a token that Azure rejected, when a fresh one is asked for, then memory is passed over', async () => {
    const { ask } = await connected();

    const [first, second] = [await ask(), await ask({ fresh: true })];

    expect(second).not.toBe(first);
  });

  it('given a grant older than a day, when it is renewed, then the new one is kept and the old one disabled', async () => {
    const { ask, vault, wait, stored } = await connected();
    wait(day);

    await ask();

    expect(vault.usable()).toEqual(['cn-c1-grant/v2']);
    const { secrets, connection } = await stored();
    expect(secrets.grant?.version).toBe('v2');
    expect(connection.expiresAt).toBe('2026-04-16T12:00:00.000Z');
  });

  it('given a grant of today, when it is renewed, then nothing is written', async () => {
    const { ask, stored } = await connected();
    const before = await stored();

    await ask();

    expect(await stored()).toEqual(before);
  });

  it('given a grant that Entra has ended, when a token is asked for, then the connection expires with a reason', async () => {
    const { ask, stored, entra } = await connected('a-grant-that-has-ended');

    await expect(ask()).rejects.toMatchObject({ code: 'grant_expired' });
    await expect(ask()).rejects.toMatchObject({ code: 'grant_expired' });

    expect((await stored()).connection).toMatchObject({
      state: 'expired',
      reason: { code: 'grant_expired', action: { kind: 'reconnect' } },
    });
    expect(entra.asked).toBe(1);
  });

  it('given a secret that is replaced while it is fetched, when a token is asked for, then the new one is used', async () => {
    const { ask, vault, services } = await connected();
    const get = vault.get.bind(vault);
    vault.get = async (name, version) => {
      vault.get = get;
      const next = await vault.put(name, new Secret('refresh-token-new'), {
        contentType: 'text/plain',
      });
      await services.connectors.change(ada.tenantId, 'c1', (connector) => ({
        ...connector,
        secrets: { grant: { ...connector.secrets.grant!, version: next } },
      }));
      await vault.disable(name, version!);
      return get(name, version);
    };

    await expect(ask()).resolves.toMatch(/^access-token/);
  });

  it('given Entra out of order, when a token is asked for, then the connection stays as it was', async () => {
    const { ask, stored, entra } = await connected();
    const before = await stored();
    entra.withRefreshToken = () => Promise.reject(new Error('no answer'));

    await expect(ask()).rejects.toThrow('no answer');

    expect(await stored()).toEqual(before);
  });

  it('given a connector that is not connected, when a token is asked for, then it is refused', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const asking = services.accessTokens.forResourceManager(ada.tenantId, 'c1');

    await expect(asking).rejects.toMatchObject({ kind: 'refused', code: 'grant_missing' });
  });

  it('given a connector of another tenant, when a token is asked for, then there is no such connector', async () => {
    const { services } = await connected();

    const asking = services.accessTokens.forResourceManager(mallory.tenantId, 'c1');

    await expect(asking).rejects.toMatchObject({ code: 'connector_not_found' });
  });
});
