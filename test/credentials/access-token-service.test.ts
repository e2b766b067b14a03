import { graceMs, unnoticedMs } from '../../functions/connectors/connection';
import type { AccessCheck, TokenOptions } from '../../functions/credentials/ports';
import { ServiceUnavailableError, UpstreamError } from '../../functions/errors/app-error';
import type { SignInErrorCode } from '../../functions/errors/sign-in-errors';
import {
  appErrorOf,
  signInErrorByCode,
  toAppError,
} from '../../functions/errors/classify-sign-in-error';
import { Secret } from '../../functions/secrets/secret';
import {
  aConnectedConnector,
  aConnector,
  now,
  owner,
  ownerOfOtherTenant,
} from '../support/builders';
import { testContext } from '../support/context';

const day = 86_400;
const key = { tenantId: owner.tenantId, connectorId: 'c1' };

async function connectedContext(grant = 'refresh-token-0', azure: Partial<AccessCheck> = {}) {
  const context = testContext({ connectors: [aConnectedConnector()], azure });
  await context.secretStore.put('cn-c1-grant', new Secret(grant), { contentType: 'text/plain' });
  const requestToken = (options?: TokenOptions) =>
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
    const { requestToken, wait } = await connectedContext();
    const first = await requestToken();
    wait(30);

    const second = await requestToken({ fresh: true });

    expect(second).not.toBe(first);
  });

  it('shares a fresh token among requests that Azure rejected', async () => {
    const { requestToken, wait, entra } = await connectedContext();
    await requestToken();
    wait(60);

    for (let rejected = 0; rejected < 500; rejected++) await requestToken({ fresh: true });

    expect(entra.requests).toBe(2);
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
    const { requestToken, stored, entra, wait } = await connectedContext('a-grant-that-has-ended');
    wait(graceMs / 1_000);

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

  it.each([
    ['an unknown error', new Error('no answer'), 'internal_error'],
    [
      'a failure of Key Vault',
      new ServiceUnavailableError('key_vault_unavailable', 'Key Vault did not respond.', true),
      'key_vault_unavailable',
    ],
  ])('shows %s that lasts longer than an hour', async (_, error, code) => {
    const { requestToken, stored, entra, wait, eventStore } = await connectedContext();
    entra.withRefreshToken = () => Promise.reject(error);

    await expect(requestToken()).rejects.toBe(error);
    const [first, before] = [(await stored()).connection, (await stored()).version];
    wait(unnoticedMs / 1_000);
    await expect(requestToken()).rejects.toBe(error);

    expect([first.state, first.reason, before]).toEqual(['connected', undefined, 1]);
    expect((await stored()).connection).toMatchObject({ state: 'degraded', reason: { code } });
    const { items } = await eventStore.list(key, { limit: 5 });
    expect(items).toMatchObject([{ type: 'connector.degraded', data: { code } }]);
  });

  it('sends no request before Retry-After has passed', async () => {
    const { requestToken, entra, wait, stored } = await connectedContext();
    const { requests } = entra;
    const redeem = entra.withRefreshToken.bind(entra);
    entra.withRefreshToken = () =>
      Promise.reject(
        toAppError({ provider: 'entra', error: 'x', status: 429, retryAfterSeconds: 90 }),
      );
    await expect(requestToken()).rejects.toMatchObject({ retryAfterSeconds: 90 });
    entra.withRefreshToken = redeem;
    wait(89);

    const early = requestToken();

    await expect(early).rejects.toMatchObject({ kind: 'throttled', retryAfterSeconds: 1 });
    expect(entra.requests).toBe(requests);
    wait(1);
    await requestToken();
    expect((await stored()).connection).toMatchObject({ state: 'connected' });
  });

  it('uses a cached token while sign-ins wait', async () => {
    const { requestToken, services, stored, wait } = await connectedContext();
    const token = await requestToken();
    const locked = toAppError({ provider: 'entra', error: 'invalid_grant', number: 50053 });

    await services.connectionStates.recordFailure(await stored(), locked);

    expect(await requestToken()).toBe(token);
    wait(30);
    await expect(requestToken({ fresh: true })).rejects.toMatchObject({ code: 'account_locked' });
    await expect(requestToken({ probe: true })).resolves.toMatch(/^access-token/);
  });

  it('refuses a connector that is not connected', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const request = services.accessTokens.forResourceManager(key);

    await expect(request).rejects.toMatchObject({ kind: 'refused', code: 'grant_missing' });
  });

  it.each([
    ['a sign-in', aConnectedConnector()],
    [
      'client credentials',
      aConnectedConnector({
        connectedWith: 'client_credentials',
        secrets: { secret: { name: 'cn-c1-secret', version: 'v1', updatedAt: now.toISOString() } },
      }),
    ],
  ])('says who ended a connection with %s, and when', async (_, connector) => {
    const { services, wait } = testContext({ connectors: [connector] });
    wait(60);
    await services.disconnections.disconnect(owner, 'c1');

    const request = services.accessTokens.forResourceManager(key);

    await expect(request).rejects.toMatchObject({
      kind: 'refused',
      code: 'connector_disconnected',
      message: `The connection was ended by ${owner.displayName} at 2026-01-15T12:01:00.000Z. Connect the connector again.`,
    });
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

describe('confirmRejection', () => {
  const rejectedContext = async (...codes: (SignInErrorCode | 'ok')[]) => {
    let requests = 0;
    const assertSubscriptionAccess = async () => {
      const code = codes[Math.min(requests++, codes.length - 1)]!;
      if (code !== 'ok') throw appErrorOf(signInErrorByCode(code));
    };
    const context = await connectedContext('refresh-token-0', { assertSubscriptionAccess });
    const confirm = () => context.services.accessTokens.confirmRejection(key);
    return { ...context, confirm, requests: () => requests };
  };

  it.each([
    ['ok', false, 'connected'],
    ['access_denied_arm', false, 'connected'],
    ['token_rejected', true, 'expired'],
  ] as const)('after %s is %s: the connection is %s', async (code, expected, state) => {
    const { confirm, stored, wait } = await rejectedContext(code);
    wait(graceMs / 1_000);

    expect(await confirm()).toBe(expected);

    const { connection } = await stored();
    expect([connection.state, connection.failure]).toEqual([state, undefined]);
  });

  it('is not final for a new credential', async () => {
    const { confirm, stored } = await rejectedContext('token_rejected');

    expect(await confirm()).toBe(true);

    expect((await stored()).connection).toMatchObject({
      state: 'degraded',
      reason: { code: 'token_rejected' },
    });
  });

  it('shares one request with a token of its own', async () => {
    const { confirm, requestToken, entra, requests, wait } = await rejectedContext('ok');
    await requestToken();
    wait(30);

    await Promise.all(Array.from({ length: 50 }, confirm));

    expect([requests(), entra.requests]).toEqual([1, 2]);
  });

  it('decides nothing while Azure does not respond', async () => {
    const { services, stored } = await connectedContext('refresh-token-0', {
      assertSubscriptionAccess: () =>
        Promise.reject(new UpstreamError('azure_unavailable', 'No response.', true)),
    });
    const before = await stored();

    const confirmed = services.accessTokens.confirmRejection(key);

    await expect(confirmed).rejects.toMatchObject({ code: 'azure_unavailable' });
    expect(await stored()).toEqual(before);
  });
});
