import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector, aConnector, owner, ownerOfOtherTenant } from '../support/builders';
import { testContext } from '../support/context';

const day = 86_400;
const key = { tenantId: owner.tenantId, connectorId: 'c1' };

async function connectedContext(grant = 'refresh-token-0') {
  const context = testContext({ connectors: [aConnectedConnector()] });
  await context.secretStore.put('cn-c1-grant', new Secret(grant), { contentType: 'text/plain' });
  const requestToken = (options?: { fresh: boolean }) =>
    context.services.accessTokens.forResourceManager(key, options);
  const stored = async () => (await context.store.get(key))!;
  return { ...context, requestToken, stored };
}

describe('AccessTokenService', () => {
  it('returns a cached token without a request', async () => {
    const { requestToken, entra, secretStore } = await connectedContext();

    const tokens = [await requestToken(), await requestToken(), await requestToken()];

    expect(new Set(tokens).size).toBe(1);
    expect([entra.requests, secretStore.reads]).toEqual([1, 1]);
  });

  it('shares one sign-in among concurrent requests', async () => {
    const { requestToken, entra } = await connectedContext();

    await Promise.all(Array.from({ length: 20 }, () => requestToken()));

    expect(entra.requests).toBe(1);
  });

  it.each([
    [54 * 60, 1],
    [56 * 60, 2],
  ])('with a token of %d seconds makes %d requests', async (age, times) => {
    const { requestToken, entra, wait } = await connectedContext();
    await requestToken();
    wait(age);

    await requestToken();

    expect(entra.requests).toBe(times);
  });

  it('bypasses the cache for a fresh token', async () => {
    const { requestToken } = await connectedContext();

    const [first, second] = [await requestToken(), await requestToken({ fresh: true })];

    expect(second).not.toBe(first);
  });

  it('stores a renewed grant and disables the old one', async () => {
    const { requestToken, secretStore, wait, stored } = await connectedContext();
    wait(day);

    await requestToken();

    expect(secretStore.usable()).toEqual(['cn-c1-grant/v2']);
    const { secrets, connection } = await stored();
    expect(secrets.grant?.version).toBe('v2');
    expect(connection.expiresAt).toBe('2026-04-16T12:00:00.000Z');
  });

  it('writes nothing for a grant of today', async () => {
    const { requestToken, stored } = await connectedContext();
    const before = await stored();

    await requestToken();

    expect(await stored()).toEqual(before);
  });

  it('expires the connection if the grant has expired', async () => {
    const { requestToken, stored, entra } = await connectedContext('a-grant-that-has-ended');

    await expect(requestToken()).rejects.toMatchObject({ code: 'grant_expired' });
    await expect(requestToken()).rejects.toMatchObject({ code: 'grant_expired' });

    expect((await stored()).connection).toMatchObject({
      state: 'expired',
      reason: { code: 'grant_expired', action: { kind: 'reconnect' } },
    });
    expect(entra.requests).toBe(1);
  });

  it('uses a secret that was replaced meanwhile', async () => {
    const { requestToken, secretStore, services } = await connectedContext();
    const get = secretStore.get.bind(secretStore);
    secretStore.get = async (name, version) => {
      secretStore.get = get;
      const next = await secretStore.put(name, new Secret('refresh-token-new'), {
        contentType: 'text/plain',
      });
      await services.connectors.change(key, (connector) => ({
        ...connector,
        secrets: { grant: { ...connector.secrets.grant!, version: next } },
      }));
      await secretStore.disable(name, version!);
      return get(name, version);
    };

    await expect(requestToken()).resolves.toMatch(/^access-token/);
  });

  it('keeps the connection after an unknown failure', async () => {
    const { requestToken, stored, entra } = await connectedContext();
    const before = await stored();
    entra.withRefreshToken = () => Promise.reject(new Error('no answer'));

    await expect(requestToken()).rejects.toThrow('no answer');

    expect(await stored()).toEqual(before);
  });

  it('refuses a connector that is not connected', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const request = services.accessTokens.forResourceManager(key);

    await expect(request).rejects.toMatchObject({ kind: 'refused', code: 'grant_missing' });
  });

  it('does not find a connector of another tenant', async () => {
    const { services } = await connectedContext();

    const request = services.accessTokens.forResourceManager({
      tenantId: ownerOfOtherTenant.tenantId,
      connectorId: 'c1',
    });

    await expect(request).rejects.toMatchObject({ code: 'connector_not_found' });
  });
});
