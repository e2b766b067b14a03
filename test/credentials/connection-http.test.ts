import { degrade, expire } from '../../functions/connectors/connection';
import { StaleError } from '../../functions/errors/app-error';
import { signInErrorByCode, appErrorOf } from '../../functions/errors/classify-sign-in-error';
import { Secret } from '../../functions/secrets/secret';
import { rightSecret } from '../fakes/entra';
import { callEndpoint } from '../support/call-endpoint';
import { aConnector, now, owner, viewer } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const member = { ...owner, roles: ['Member'] as const };

async function connectedContext(overrides: TestContextOptions = {}) {
  const context = testContext({ connectors: [aConnector()], ...overrides });
  const { services } = context;
  const submit = (clientSecret = rightSecret, more: object = {}) =>
    callEndpoint('submitCredentials', {
      services,
      params,
      body: {
        method: 'client_credentials',
        tenantId: owner.tenantId,
        clientId,
        clientSecret,
        ...more,
      },
    });
  await submit();
  return {
    ...context,
    submit,
    rotate: (clientSecret = rightSecret, more: object = {}) =>
      callEndpoint('rotateCredential', { services, params, body: { clientSecret, ...more } }),
    test: () => callEndpoint('testConnection', { services, params }),
    disconnect: () => callEndpoint('disconnectConnector', { services, params }),
    connector: async () => (await callEndpoint('getConnector', { services, params })).json,
  };
}

describe('rotateCredential', () => {
  it('activates a working secret and disables the old one', async () => {
    const { rotate, secretStore, store } = await connectedContext();

    const response = await rotate(rightSecret, { secretExpiresAt: '2026-12-01T00:00:00Z' });

    expect(response).toMatchObject({
      status: 200,
      headers: { ETag: '"v3"' },
      json: {
        status: 'connected',
        connectionExpiresAt: '2026-12-01T00:00:00.000Z',
        credentials: { secret: { set: true, hint: 'Abc', expiresAt: '2026-12-01T00:00:00.000Z' } },
      },
    });
    expect(secretStore.usable()).toEqual(['cn-c1-secret/v2']);
    expect((await store.get(key))!.secrets.secret!.version).toBe('v2');
  });

  it('keeps the old secret if the new one is wrong', async () => {
    const { rotate, secretStore, connector } = await connectedContext();

    expect((await rotate('a-wrong-one')).json.code).toBe('client_secret_invalid');

    expect(secretStore.usable()).toEqual(['cn-c1-secret/v1']);
    expect((await connector()).status).toBe('connected');
  });

  it('rejects all but one of three concurrent rotations', async () => {
    const { rotate, secretStore, store } = await connectedContext();

    const responses = await Promise.all([rotate(), rotate(), rotate()]);

    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 412, 412,
    ]);
    const { secrets } = (await store.get(key))!;
    expect(secretStore.usable()).toEqual([`cn-c1-secret/${secrets.secret!.version}`]);
  });

  it('connects an expired connection again', async () => {
    const { submit, rotate, wait, connector } = await connectedContext();
    await submit(rightSecret, { secretExpiresAt: '2026-01-16T00:00:00Z' });
    wait(2 * 86_400);
    expect((await connector()).status).toBe('connection_expired');

    await rotate();

    expect((await connector()).status).toBe('connected');
  });

  it('verifies the new app secret with the grant, which stays', async () => {
    const { services, rotate, secretStore, entra, connector } = await connectedContext();
    const { connections, connectors } = services;
    const signIn = await entra.withPassword({
      tenantId: owner.tenantId,
      app: { clientId },
      username: 'ada@contoso.example',
      password: new Secret('right-password-of-ada'),
    });
    await connections.connectWithGrant(owner, await connectors.get(key), signIn, {
      connectedWith: 'username_password',
      allowAccountChange: true,
      clientSecret: new Secret('the-first-secret'),
    });

    await rotate('the-second-secret');

    expect(entra.renewedWith!.clientSecret!.reveal()).toBe('the-second-secret');
    expect(secretStore.usable()).toEqual(['cn-c1-grant-2/v2', 'cn-c1-secret/v4']);
    expect(await connector()).toMatchObject({
      connectedWith: 'username_password',
      connectionExpiresAtSource: 'refresh_token_sliding',
      credentials: { secret: { hint: 'the' }, grant: { set: true } },
    });
  });

  it('rejects a connector without a client secret', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const response = await callEndpoint('rotateCredential', {
      services,
      params,
      body: { clientSecret: 'x' },
    });

    expect(response).toMatchObject({ status: 409, json: { code: 'client_secret_missing' } });
  });
});

describe('testConnection', () => {
  it('reports every step and records the date', async () => {
    const { test, connector, wait } = await connectedContext();
    const before = await connector();
    wait(60);

    const { status, json } = await test();

    expect(status).toBe(200);
    expect(json.ok).toBe(true);
    expect(json.steps.map(({ name, ok, code }: any) => [name, ok, code])).toEqual([
      ['token', true, 'ok'],
      ['resource_manager', true, 'ok'],
      ['factories', true, 'ok'],
    ]);
    expect(await connector()).toEqual({ ...before, lastVerifiedAt: '2026-01-15T12:01:00.000Z' });
  });

  it('stops at a missing role and keeps the connection', async () => {
    let allowed = true;
    const assertSubscriptionAccess = async () => {
      if (!allowed) throw appErrorOf(signInErrorByCode('access_denied_arm'));
    };
    const { test, connector } = await connectedContext({ azure: { assertSubscriptionAccess } });
    allowed = false;

    const { json } = await test();

    expect(json).toMatchObject({
      ok: false,
      steps: [
        { name: 'token', ok: true },
        { name: 'resource_manager', ok: false, code: 'access_denied_arm' },
      ],
    });
    expect((await connector()).status).toBe('connected');
  });

  it('reports at the first step why no sign-in is possible', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const { json } = await callEndpoint('testConnection', {
      services,
      params,
      as: { ...member, roles: ['Member'] },
    });

    expect(json.steps).toMatchObject([{ name: 'token', ok: false, code: 'grant_missing' }]);
    expect((await callEndpoint('testConnection', { services, params, as: viewer })).status).toBe(
      403,
    );
  });
});

describe('testConnection of a connection', () => {
  const requestsOf = async (context: Awaited<ReturnType<typeof connectedContext>>) => {
    const before = context.entra.requests;
    const { json } = await context.test();
    return [json.ok, context.entra.requests - before];
  };

  it('asks Entra each time', async () => {
    const context = await connectedContext();

    expect([await requestsOf(context), await requestsOf(context)]).toEqual([
      [true, 1],
      [true, 1],
    ]);
  });

  it('that expired asks Entra and brings it back', async () => {
    const context = await connectedContext();
    await context.services.connectors.change(key, (connector) =>
      expire(connector, { code: 'token_rejected', message: 'Azure rejected it.' }, now),
    );
    expect((await context.connector()).status).toBe('connection_expired');

    expect(await requestsOf(context)).toEqual([true, 1]);

    expect(await context.connector()).toMatchObject({ status: 'connected', warnings: [] });
  });

  it('that waits asks Entra', async () => {
    const context = await connectedContext();
    await context.services.connectors.change(key, (connector) =>
      degrade(
        connector,
        { code: 'account_locked', message: 'Locked.' },
        now,
        new Date('2027-01-01'),
      ),
    );

    expect(await requestsOf(context)).toEqual([true, 1]);
  });

  it('succeeds ten times at once', async () => {
    const { test, store } = await connectedContext();

    const responses = await Promise.all(Array.from({ length: 10 }, test));

    expect(responses.map(({ status, json }) => [status, json.ok])).toEqual(
      Array(10).fill([200, true]),
    );
    expect((await store.get(key))!.connection.state).toBe('connected');
  });

  it('succeeds although its bookkeeping is always too late', async () => {
    const { test, store, wait } = await connectedContext();
    store.replace = () => Promise.reject(new StaleError('connector_changed', 'stale'));
    const logged = jest.spyOn(console, 'error').mockImplementation();
    wait(60);

    const { status, json } = await test();

    expect([status, json.ok]).toEqual([200, true]);
    expect(logged.mock.calls.join()).toContain('connection.not_recorded');
    logged.mockRestore();
  });
});

describe('disconnectConnector', () => {
  it('deletes the secrets and tells where to remove consent', async () => {
    const { disconnect, secretStore, connector } = await connectedContext();

    const { status, json } = await disconnect();

    expect(status).toBe(200);
    expect(json.connector).toMatchObject({ status: 'unconnected', credentials: {} });
    expect(json.consent.message).toContain('App registrations');
    expect(secretStore.usable()).toEqual([]);
    expect((await connector()).status).toBe('unconnected');
  });

  it('changes nothing the second time', async () => {
    const { disconnect } = await connectedContext();
    await disconnect();

    const { status, headers } = await disconnect();

    expect([status, headers['ETag']]).toEqual([200, '"v3"']);
  });

  it('allows a reconnect of the same connector', async () => {
    const { disconnect, submit } = await connectedContext();
    await disconnect();

    expect((await submit()).json).toMatchObject({ id: 'c1', status: 'connected' });
  });
});

describe('admin consent', () => {
  it('links our app with our callback', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const { json } = await callEndpoint('getAdminConsentUrl', { services, params });

    const url = new URL(json.url);
    expect(url.pathname).toBe(`/${owner.tenantId}/v2.0/adminconsent`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: '0f0e1d2c-0000-4000-8000-0000000000a2',
      redirect_uri: 'http://localhost:7071/api/oauth/callback',
      scope: expect.stringContaining('https://management.azure.com/user_impersonation'),
    });
  });

  it('links the customer’s app without our callback', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const { json } = await callEndpoint('getAdminConsentUrl', {
      services,
      params,
      query: { clientId },
    });

    const { searchParams } = new URL(json.url);
    expect([searchParams.get('client_id'), searchParams.has('redirect_uri')]).toEqual([
      clientId,
      false,
    ]);
  });

  it.each(['../evil', 'https://evil.example', 'common'])(
    'rejects the tenant %s',
    async (tenantId) => {
      const { services } = testContext({ connectors: [aConnector()] });

      const response = await callEndpoint('getAdminConsentUrl', {
        services,
        params,
        query: { tenantId },
      });

      expect(response.status).toBe(400);
    },
  );
});

test('getMe returns the caller with their roles', async () => {
  const { json } = await callEndpoint('getMe', { as: viewer });

  expect(json).toEqual({
    tenantId: viewer.tenantId,
    objectId: viewer.objectId,
    displayName: 'Edgar Codd',
    roles: ['Viewer'],
    missingRoles: ['Owner', 'Member', 'Operator'],
  });
});
