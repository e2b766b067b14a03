import { inspect } from 'node:util';
import { UpstreamError } from '../../functions/errors/app-error';
import { rightPassword } from '../fakes/entra';
import { callEndpoint, logged } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, owner, viewer } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const body = {
  method: 'username_password',
  tenantId: owner.tenantId,
  clientId,
  username: 'loader@contoso.example',
  password: rightPassword,
};
function passwordContext(overrides: TestContextOptions = {}) {
  const context = testContext({ connectors: [aConnector()], ...overrides });
  const { services } = context;
  return {
    ...context,
    submit: (changed: object = {}) =>
      callEndpoint('submitCredentials', { services, params, body: { ...body, ...changed } }),
    attempts: async () =>
      (await callEndpoint('listConnectionAttempts', { services, params })).json.items,
  };
}

describe('submitCredentials with a password', () => {
  it('stores the grant only and recommends a service account', async () => {
    const { submit, secretStore } = passwordContext();

    const response = await submit();

    expect(response).toMatchObject({
      status: 200,
      json: {
        status: 'connected',
        connectedWith: 'username_password',
        account: { clientId, username: 'ada@contoso.example' },
        connectionExpiresAtSource: 'refresh_token_sliding',
        warnings: [{ code: 'service_account_recommended' }],
      },
    });
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('stores the app secret and renews with it', async () => {
    const { submit, secretStore, services, entra } = passwordContext();

    await submit({ clientSecret: 'the-secret-of-the-app' });
    await services.accessTokens.forResourceManager(key);

    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1', 'cn-c1-secret/v2']);
    expect(entra.renewedWith?.clientSecret?.reveal()).toBe('the-secret-of-the-app');
  });

  it.each([
    [50076, 'mfa_required', '/api/connectors/c1/device-sessions'],
    [50079, 'mfa_enrollment_required', '/api/connectors/c1/oauth/sessions'],
  ])('on AADSTS%s links the action of %s to %s', async (number, code, href) => {
    const { submit, entra, attempts } = passwordContext();
    entra.refusedWith = number;

    const response = await submit();

    expect(response).toMatchObject({ status: 422, json: { code, action: { href } } });
    expect(await attempts()).toMatchObject([
      { method: 'username_password', status: 'failed', outcome: { code, action: { href } } },
    ]);
  });

  it('reports a wrong password also if the attempt cannot be recorded', async () => {
    const { submit, connectionAttemptStore } = passwordContext();
    jest.spyOn(connectionAttemptStore, 'replace').mockRejectedValue(new Error('lost'));
    jest.spyOn(console, 'error').mockReturnValue();

    expect(await submit({ password: 'wrong' })).toMatchObject({ json: { code: 'bad_password' } });
  });

  it('throttles the fourth attempt within an hour', async () => {
    const { submit, entra, wait } = passwordContext();
    for (const _ of [1, 2, 3]) await submit({ password: 'wrong' });
    const requests = entra.requests;
    wait(3_599);

    const response = await submit();

    expect(response.status).toBe(429);
    expect(Number(response.headers['Retry-After'])).toBeGreaterThan(0);
    expect(entra.requests).toBe(requests);
  });

  it.each(['loader@contoso.example', 'LOADER@Contoso.example'])(
    'counts the tries of %s across connectors',
    async (username) => {
      const { submit, services, entra } = passwordContext({
        connectors: [aConnector(), aConnector({ id: 'c2', name: 'Other' })],
      });
      for (const _ of [1, 2, 3]) await submit({ password: 'wrong' });
      const requests = entra.requests;

      const submitTo = (connectorId: string, changed: object) =>
        callEndpoint('submitCredentials', {
          services,
          params: { connectorId },
          body: { ...body, ...changed },
        });
      const same = await submitTo('c2', { username, tenantId: 'contoso.example' });
      const other = await submitTo('c2', { username: 'other@contoso.example' });

      expect(same).toMatchObject({ status: 429, json: { code: 'password_attempts_exceeded' } });
      expect(entra.requests).toBe(requests + 1);
      expect(other.status).toBe(200);
    },
  );

  it('counts the tries before a rotation of the key', async () => {
    const keys = ['old key'];
    const accountHashKey = { get: async () => keys[0]!, recent: async () => keys.slice(1) };
    const { submit, entra } = passwordContext({ accountHashKey });
    for (const _ of [1, 2]) await submit({ password: 'wrong' });
    keys.unshift('new key');
    await submit({ password: 'wrong' });
    const requests = entra.requests;

    const ahead = await submit();
    keys.shift();
    const behind = await submit();

    expect([ahead.status, behind.status, entra.requests]).toEqual([429, 429, requests]);
  });

  it('throttles a connector that tries several accounts', async () => {
    const { submit } = passwordContext();
    for (const name of ['a', 'b', 'c'])
      await submit({ username: `${name}@contoso.example`, password: 'wrong' });

    expect((await submit({ username: 'd@contoso.example' })).status).toBe(429);
  });

  it('stores no user name with the tries', async () => {
    const { submit, passwordTryStore } = passwordContext();
    const add = jest.spyOn(passwordTryStore, 'add');

    await submit();

    expect(add).toHaveBeenCalledTimes(2);
    for (const [{ subject }] of add.mock.calls) expect(subject).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses an account of a tenant that is not allowed', async () => {
    const { submit, entra, secretStore } = passwordContext();
    entra.signedIn = { tenantId: 'fabba000-0000-4000-8000-000000000002' };

    const response = await submit();

    expect(response).toMatchObject({ status: 422, json: { code: 'account_tenant_not_allowed' } });
    expect(secretStore.usable()).toEqual([]);
  });

  it.each(['fabba000-0000-4000-8000-000000000002', 'fabrikam.example'])(
    'tries no password in the tenant %s that is not allowed',
    async (tenantId) => {
      const { submit, entra, passwordTryStore } = passwordContext();
      const add = jest.spyOn(passwordTryStore, 'add');

      const responses = [await submit({ tenantId }), await submit({ tenantId, password: 'wrong' })];

      for (const { json } of responses) expect(json.code).toBe('account_tenant_not_allowed');
      expect([entra.requests, add.mock.calls.length]).toEqual([0, 0]);
    },
  );

  it('accepts another attempt after an hour', async () => {
    const { submit, wait } = passwordContext();
    for (const _ of [1, 2, 3]) await submit({ password: 'wrong' });
    wait(3_601);

    expect((await submit()).status).toBe(200);
  });

  it('keeps a working connection after a wrong password', async () => {
    const { submit, services } = passwordContext({ connectors: [aConnectedConnector()] });

    expect((await submit({ password: 'wrong' })).json.code).toBe('bad_password');

    const { json } = await callEndpoint('getConnector', { services, params });
    expect(json).toMatchObject({ status: 'connected', connectedWith: 'oauth' });
  });

  it.each([
    ['a blank at its end', { password: 'blank ' }, '/password'],
    ['no user name', { username: 'loader' }, '/username'],
    ['a foreign authority', { tenantId: 'https://evil.example' }, '/tenantId'],
    ['the common authority', { tenantId: 'common' }, '/tenantId'],
  ])('rejects %s with a violation', async (_, changed, pointer) => {
    const { submit, entra } = passwordContext();

    const { status, json } = await submit(changed);

    expect(status).toBe(400);
    expect(json.errors).toMatchObject([{ pointer }]);
    expect(entra.requests).toBe(0);
  });

  it('disables the grant if the app secret cannot be stored', async () => {
    const { submit, secretStore } = passwordContext();
    const put = secretStore.put.bind(secretStore);
    secretStore.put = (name, ...rest) =>
      name.endsWith('secret')
        ? Promise.reject(new UpstreamError('key_vault_unavailable', 'no response', true))
        : put(name, ...rest);

    const response = await submit({ clientSecret: 'the-secret-of-the-app' });

    expect(response).toMatchObject({ status: 503, json: { code: 'key_vault_unavailable' } });
    expect(secretStore.usable()).toEqual([]);
  });

  it('refuses a sign-in without a refresh token', async () => {
    const { submit, entra } = passwordContext();
    entra.signedIn = { refreshToken: undefined } as never;

    expect(await submit()).toMatchObject({ status: 422, json: { code: 'offline_access_missing' } });
  });

  it('masks the user name for Viewers', async () => {
    const { submit, services } = passwordContext();
    await submit();

    const { json } = await callEndpoint('getConnector', { services, params, as: viewer });

    expect(json.account.username).toBe('a***@contoso.example');
  });

  it('leaks no password into responses, logs or rows', async () => {
    const { submit, connectionAttemptStore, store } = passwordContext();
    const responses = [await submit({ password: 'canary-wrong-password' }), await submit()];
    const rows = await connectionAttemptStore.list(key, { limit: 10 });

    const text = inspect([responses, logged, rows, await store.get(key)], { depth: 20 });

    expect(text).toContain('ada@contoso.example');
    expect(text).not.toContain('canary-wrong-password');
    expect(text).not.toContain(rightPassword);
  });
});
