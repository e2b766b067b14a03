import { inspect } from 'node:util';
import { signInErrorByCode, appErrorOf } from '../../functions/errors/classify-sign-in-error';
import { rightSecret } from '../fakes/entra';
import { callEndpoint, logged } from '../support/call-endpoint';
import {
  aConnectedConnector,
  aConnector,
  owner,
  viewer,
  ownerOfOtherTenant,
} from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const body = {
  method: 'client_credentials',
  tenantId: owner.tenantId,
  clientId: 'c0c0a000-0000-4000-8000-00000000000a',
  clientSecret: rightSecret,
};
const context = (overrides: TestContextOptions = {}) =>
  testContext({ connectors: [aConnector()], ...overrides });

describe('submitCredentials with client credentials', () => {
  it('connects the connector in the name of the caller', async () => {
    const { services, secretStore } = context();
    const secretExpiresAt = '2026-07-01T00:00:00.000Z';

    const response = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, secretExpiresAt },
    });

    expect(response).toMatchObject({
      status: 200,
      headers: { ETag: '"v2"' },
      json: {
        status: 'connected',
        connectedWith: 'client_credentials',
        credentialOwner: { objectId: owner.objectId },
        connectionExpiresAt: secretExpiresAt,
        connectionExpiresAtSource: 'user_declared',
        credentials: { secret: { set: true, hint: 'Abc' } },
        warnings: [],
      },
    });
    expect(secretStore.usable()).toEqual(['cn-c1-secret/v1']);
  });

  it.each(['contoso.example', 'Contoso.Example', owner.tenantId.toUpperCase()])(
    'stores the id of the tenant that is named %s',
    async (tenantId) => {
      const { services } = context();

      const { json } = await callEndpoint('submitCredentials', {
        services,
        params,
        body: { ...body, tenantId },
      });

      expect(json.account).toMatchObject({ tenantId: owner.tenantId });
    },
  );

  it('sends no secret to a tenant that does not exist', async () => {
    const { services, entra } = context();

    const { status, json } = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, tenantId: 'nowhere.example' },
    });

    expect([status, json.code, entra.requests]).toEqual([422, 'tenant_not_found', 0]);
  });

  it.each([ownerOfOtherTenant.tenantId, 'fabrikam.example'])(
    'sends no secret to the tenant %s that is not allowed',
    async (tenantId) => {
      const { services, entra, secretStore } = context();

      const { status, json } = await callEndpoint('submitCredentials', {
        services,
        params,
        body: { ...body, tenantId },
      });

      expect([status, json.code, entra.requests]).toEqual([422, 'account_tenant_not_allowed', 0]);
      expect(secretStore.usable()).toEqual([]);
    },
  );

  it('connects an allowed tenant and records it', async () => {
    const { services, eventStore } = context();
    const { tenantId } = ownerOfOtherTenant;
    await callEndpoint('replaceAllowedTenants', {
      services,
      headers: { 'if-match': '*' },
      body: { tenantIds: [tenantId] },
    });

    const { json } = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, tenantId: 'fabrikam.example' },
    });

    expect(json).toMatchObject({ status: 'connected', account: { tenantId } });
    expect(eventStore.all().at(-1)).toMatchObject({
      type: 'connector.connected',
      data: { accountTenantId: tenantId },
    });
  });

  it('rejects a wrong secret with an action and stores nothing', async () => {
    const { services, secretStore } = context();

    const response = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, clientSecret: 'a-wrong-one' },
    });

    expect(response).toMatchObject({
      status: 422,
      json: {
        code: 'client_secret_invalid',
        action: { kind: 'update_secret' },
        upstream: { provider: 'entra', code: 'AADSTS7000215', traceId: 't1' },
      },
    });
    expect(secretStore.usable()).toEqual([]);
    const { json } = await callEndpoint('getConnector', { services, params });
    expect(json.status).toBe('unconnected');
  });

  it('refuses an app without a role', async () => {
    const refused = appErrorOf(signInErrorByCode('access_denied_arm'));
    const { services } = context({
      azure: { assertSubscriptionAccess: () => Promise.reject(refused) },
    });

    const response = await callEndpoint('submitCredentials', { services, params, body });

    expect(response).toMatchObject({
      status: 422,
      json: { code: 'access_denied_arm', action: { kind: 'assign_role' } },
    });
  });

  it('keeps a working connection after wrong credentials', async () => {
    const { services } = context({ connectors: [aConnectedConnector()] });

    await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, clientSecret: 'wrong' },
    });

    const { json } = await callEndpoint('getConnector', { services, params });
    expect(json).toMatchObject({ status: 'connected', connectedWith: 'oauth' });
  });

  it('disables the previous credentials', async () => {
    const { services, secretStore } = context();

    await callEndpoint('submitCredentials', { services, params, body });
    await callEndpoint('submitCredentials', { services, params, body });

    expect(secretStore.usable()).toEqual(['cn-c1-secret/v2']);
  });

  it('leaves one secret after ten concurrent submissions', async () => {
    const { services, secretStore, store } = context();

    await Promise.all(
      Array.from({ length: 10 }, () =>
        callEndpoint('submitCredentials', { services, params, body }),
      ),
    );

    const stored = await store.get(key);
    expect(secretStore.usable()).toEqual([`cn-c1-secret/${stored!.secrets.secret!.version}`]);
  });

  it('disables the stored secret if the connector was deleted', async () => {
    const { services, secretStore, store } = context();
    const put = secretStore.put.bind(secretStore);
    secretStore.put = async (...secret) => {
      const version = await put(...secret);
      await store.delete(key);
      return version;
    };

    const response = await callEndpoint('submitCredentials', { services, params, body });

    expect(response.status).toBe(404);
    expect(secretStore.usable()).toEqual([]);
  });

  it('warns about a user that cannot be verified', async () => {
    const { services } = context({ azure: { findUser: async () => undefined } });

    const response = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, userId: owner.objectId },
    });

    expect(response).toMatchObject({
      status: 200,
      json: { status: 'connected', warnings: [{ code: 'user_not_verified' }] },
    });
  });

  it('refuses a user that does not exist', async () => {
    const refused = appErrorOf(signInErrorByCode('user_not_found'));
    const { services } = context({ azure: { findUser: () => Promise.reject(refused) } });

    const response = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, userId: 'unknown@contoso.example' },
    });

    expect(response).toMatchObject({ status: 422, json: { code: 'user_not_found' } });
  });

  it.each([
    ['tenantId', 'organizations'],
    ['tenantId', 'https://evil.example'],
    ['tenantId', 'evil.example/x'],
    ['tenantId', 'a..b'],
    ['tenantId', '127.0.0.1'],
    ['clientId', 'not-a-guid'],
    ['clientSecret', ''],
    ['userId', 'ada/../x'],
    ['secretExpiresAt', 'tomorrow'],
    ['method', 'telepathy'],
  ])('rejects %s %j with a violation', async (field, value) => {
    const { services, entra } = context();

    const response = await callEndpoint('submitCredentials', {
      services,
      params,
      body: { ...body, [field]: value },
    });

    expect(response).toMatchObject({ status: 400, json: { errors: [{ pointer: `/${field}` }] } });
    expect(entra.requests).toBe(0);
  });

  it.each([
    ['a Viewer', viewer, 403],
    ['an Owner of another tenant', ownerOfOtherTenant, 404],
  ])('sends no request to Entra for %s', async (_, as, status) => {
    const { services, entra } = context();

    const response = await callEndpoint('submitCredentials', { services, as, params, body });

    expect(response.status).toBe(status);
    expect(entra.requests).toBe(0);
  });

  it('leaks no secret into responses, logs or rows', async () => {
    const { services, store } = context();
    const bad = { ...body, clientSecret: 'canary-in-a-bad-secret', tenantId: 'no tenant' };

    const responses = [
      await callEndpoint('submitCredentials', { services, params, body }),
      await callEndpoint('submitCredentials', { services, params, body: bad }),
      await callEndpoint('submitCredentials', {
        services,
        params,
        body: { ...bad, tenantId: 'x.example' },
      }),
      await callEndpoint('getConnector', { services, params }),
    ];

    const seen = inspect([responses, logged, await store.get(key)], { depth: 9 });
    expect(seen).not.toContain('canary');
    expect(seen).not.toContain(rightSecret);
  });
});
