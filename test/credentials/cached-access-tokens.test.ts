import { CachedAccessTokens } from '../../functions/credentials/cached-access-tokens';
import type { ConnectorAccessTokens } from '../../functions/credentials/ports';
import { RefusedError } from '../../functions/errors/app-error';
import { aConnectedConnector } from '../support/builders';

const connector = { ...aConnectedConnector(), etag: 'W/"1"' };
const key = { tenantId: connector.tenantId, connectorId: connector.id };

function context(respond: (times: number) => Promise<string> = async (times) => `token ${times}`) {
  let time = Date.parse('2026-01-15T12:00:00Z');
  const requests: boolean[] = [];
  const request = (_connector: unknown, { fresh = false } = {}) => {
    requests.push(fresh);
    return respond(requests.length);
  };
  const tokens: ConnectorAccessTokens = {
    forResourceManager: request,
    forConnector: request,
    confirmRejection: async () => true,
  };
  const cached = new CachedAccessTokens(tokens, () => new Date(time));
  return {
    requests,
    cached,
    wait: (ms: number) => void (time += ms),
    token: (fresh = false) => cached.forResourceManager(key, { fresh }),
  };
}

describe('CachedAccessTokens', () => {
  it('reads the connector once within two seconds', async () => {
    const { token, wait, requests } = context();

    const tokens = [await token(), await token()];
    wait(1_999);
    tokens.push(await token());

    expect(tokens).toEqual(['token 1', 'token 1', 'token 1']);
    expect(requests).toEqual([false]);
  });

  it.each([2_000, -1_000])('reads the connector again after %d ms', async (ms) => {
    const { token, wait } = context();
    await token();

    wait(ms);

    expect(await token()).toBe('token 2');
  });

  it('caches a fresh token for later requests', async () => {
    const { token, requests } = context();
    await token();

    const fresh = await token(true);

    expect([fresh, await token()]).toEqual(['token 2', 'token 2']);
    expect(requests).toEqual([false, true]);
  });

  it('shares tokens of connectors that callers have read', async () => {
    const { cached, token, requests } = context();
    await token();

    const tokens = [await cached.forConnector(connector, { fresh: true }), await token()];

    expect(tokens).toEqual(['token 2', 'token 2']);
    expect(requests).toEqual([false, true]);
  });

  it('does not cache a refusal', async () => {
    const refused = new RefusedError('not_connected', 'The connector is not connected.');
    const { token, requests } = context(() => Promise.reject(refused));

    await expect(token()).rejects.toBe(refused);
    await expect(token()).rejects.toBe(refused);

    expect(requests).toHaveLength(2);
  });

  it('reads the connector again after a rejection', async () => {
    const { token, cached } = context();
    await token();

    await cached.confirmRejection(key);

    expect(await token()).toBe('token 2');
  });
});
