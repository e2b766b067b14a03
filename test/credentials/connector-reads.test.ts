/** Requests read the row of their connector once, however many services take part. */
import type { Connector } from '../../functions/connectors/connector';
import { Secret } from '../../functions/secrets/secret';
import { rightPassword, rightSecret } from '../fakes/entra';
import { aConnectedConnector, aConnector, owner } from '../support/builders';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import { testContext } from '../support/context';

const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const params = { connectorId: 'c1' };
const headers = { 'if-match': '"v1"' };
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const clientCredentials = {
  method: 'client_credentials',
  tenantId: owner.tenantId,
  clientId,
  clientSecret: rightSecret,
};
const password = {
  method: 'username_password',
  tenantId: owner.tenantId,
  clientId,
  username: 'loader@contoso.example',
  password: rightPassword,
};
const withSecret = aConnectedConnector({
  connectedWith: 'client_credentials',
  secrets: { secret: { name: 'cn-c1-secret', version: 'v2', updatedAt: '2026-01-15T12:00:00Z' } },
});

async function contextWith(connector: Connector) {
  const context = testContext({ connectors: [connector] });
  const properties = { contentType: 'text/plain' };
  await context.secretStore.put('cn-c1-grant', new Secret('refresh-token-0'), properties);
  await context.secretStore.put('cn-c1-secret', new Secret(rightSecret), properties);
  return context;
}

describe('requests of a connector', () => {
  it.each<[EndpointName, string, Connector, object, number, number]>([
    ['createConnector', 'a name', aConnector(), { body: { name: 'New' } }, 201, 0],
    ['getConnector', 'an id', aConnector(), {}, 200, 1],
    ['updateConnector', 'a name', aConnector(), { headers, body: { name: 'EU' } }, 200, 1],
    ['deleteConnector', 'an id', aConnectedConnector(), { headers }, 202, 1],
    ['submitCredentials', 'a client secret', aConnector(), { body: clientCredentials }, 200, 1],
    ['submitCredentials', 'a password', aConnector(), { body: password }, 200, 1],
    ['rotateCredential', 'a secret', withSecret, { body: { clientSecret: rightSecret } }, 200, 1],
    ['testConnection', 'a grant', aConnectedConnector(), {}, 200, 1],
    ['testConnection', 'a client secret', withSecret, {}, 200, 1],
    ['disconnectConnector', 'a grant', aConnectedConnector(), {}, 200, 1],
    ['listConnectionAttempts', 'an id', aConnector(), {}, 200, 1],
    ['startOAuthSession', 'defaults', aConnector(), { body: {} }, 201, 1],
    ['startDeviceSession', 'defaults', aConnector(), {}, 201, 1],
    ['getAdminConsentUrl', 'defaults', aConnector(), {}, 200, 1],
    ['getSchedule', 'an id', aConnector(), {}, 200, 1],
  ])('%s with %s reads the row at most once', async (name, _, connector, call, status, reads) => {
    const { services, store } = await contextWith(connector);

    const response = await callEndpoint(name, { services, params, ...call });

    expect([response.status, store.reads]).toEqual([status, reads]);
  });

  it('share one token between the steps of a connection test', async () => {
    const { services, store, entra } = await contextWith(aConnectedConnector());
    await callEndpoint('testConnection', { services, params });

    await services.cachedAccessTokens.forResourceManager(key);

    expect([store.reads, entra.requests]).toEqual([1, 1]);
  });
});

describe('access tokens', () => {
  it('read the row once per call, cached or not', async () => {
    const { services, store } = await contextWith(aConnectedConnector());

    await services.accessTokens.forResourceManager(key);
    const readsOfSignIn = store.reads;
    await services.accessTokens.forResourceManager(key);

    expect([readsOfSignIn, store.reads]).toEqual([1, 2]);
  });

  it('read the row again after taking the lease of a renewal', async () => {
    const { services, store, wait } = await contextWith(aConnectedConnector());
    wait(86_400);

    await services.accessTokens.forResourceManager(key);

    expect(store.reads).toBe(2);
  });
});
