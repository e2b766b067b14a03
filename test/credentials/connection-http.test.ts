import { signInErrorByCode, appErrorOf } from '../../functions/errors/classify-sign-in-error';
import { Secret } from '../../functions/secrets/secret';
import { rightSecret } from '../fakes/entra';
import { ask } from '../support/call-endpoint';
import { aConnector, ada, edgar } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const grace = { ...ada, roles: ['Member'] as const };

async function connected(given: TestContextOptions = {}) {
  const world = testContext({ connectors: [aConnector()], ...given });
  const { services } = world;
  const submit = (clientSecret = rightSecret, more: object = {}) =>
    ask('submitCredentials', {
      services,
      params,
      body: {
        method: 'client_credentials',
        tenantId: ada.tenantId,
        clientId,
        clientSecret,
        ...more,
      },
    });
  await submit();
  return {
    ...world,
    submit,
    rotate: (clientSecret = rightSecret, more: object = {}) =>
      ask('rotateCredential', { services, params, body: { clientSecret, ...more } }),
    test: () => ask('testConnection', { services, params }),
    disconnect: () => ask('disconnectConnector', { services, params }),
    connector: async () => (await ask('getConnector', { services, params })).json,
  };
}

describe('rotating a client secret', () => {
  it('given a new secret that works, when it is rotated in, then it is pointed to and the old one is disabled', async () => {
    const { rotate, vault, store } = await connected();

    const answer = await rotate(rightSecret, { secretExpiresAt: '2026-12-01T00:00:00Z' });

    expect(answer).toMatchObject({
      status: 200,
      headers: { ETag: '"v3"' },
      json: {
        status: 'connected',
        connectionExpiresAt: '2026-12-01T00:00:00.000Z',
        credentials: { secret: { set: true, hint: 'Abc', expiresAt: '2026-12-01T00:00:00.000Z' } },
      },
    });
    expect(vault.usable()).toEqual(['cn-c1-secret/v2']);
    expect((await store.get(ada.tenantId, 'c1'))!.secrets.secret!.version).toBe('v2');
  });

  it('given a new secret that is wrong, when it is rotated in, then the old one goes on working', async () => {
    const { rotate, vault, connector } = await connected();

    expect((await rotate('a-wrong-one')).json.code).toBe('client_secret_invalid');

    expect(vault.usable()).toEqual(['cn-c1-secret/v1']);
    expect((await connector()).status).toBe('connected');
  });

  it('given somebody who is faster, when the pointer is switched, then the slower one is told and leaves nothing', async () => {
    const { rotate, vault, store } = await connected();

    const answers = await Promise.all([rotate(), rotate(), rotate()]);

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412]);
    const { secrets } = (await store.get(ada.tenantId, 'c1'))!;
    expect(vault.usable()).toEqual([`cn-c1-secret/${secrets.secret!.version}`]);
  });

  it('given a connection whose secret has expired, when the next one is rotated in, then it is connected again', async () => {
    const { submit, rotate, wait, connector } = await connected();
    await submit(rightSecret, { secretExpiresAt: '2026-01-16T00:00:00Z' });
    wait(2 * 86_400);
    expect((await connector()).status).toBe('connection_expired');

    await rotate();

    expect((await connector()).status).toBe('connected');
  });

  it('given a password’s grant with an app secret, when the secret is rotated, then the grant is proved with it and stays', async () => {
    const { services, rotate, vault, entra, connector } = await connected();
    const { connections } = services;
    const signedIn = await entra.withPassword({
      tenantId: ada.tenantId,
      app: { clientId },
      username: 'ada@contoso.example',
      password: new Secret('right-password-of-ada'),
    });
    await connections.connectWithGrant(ada, 'c1', signedIn, {
      connectedWith: 'username_password',
      allowAccountChange: true,
      clientSecret: new Secret('the-first-secret'),
    });

    await rotate('the-second-secret');

    expect(entra.renewedWith!.clientSecret!.reveal()).toBe('the-second-secret');
    expect(vault.usable()).toEqual(['cn-c1-grant/v2', 'cn-c1-secret/v4']);
    expect(await connector()).toMatchObject({
      connectedWith: 'username_password',
      connectionExpiresAtSource: 'refresh_token_sliding',
      credentials: { secret: { hint: 'the' }, grant: { set: true } },
    });
  });

  it('given a connector without a client secret, when one is rotated in, then that is a conflict', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('rotateCredential', { services, params, body: { clientSecret: 'x' } });

    expect(answer).toMatchObject({ status: 409, json: { code: 'client_secret_missing' } });
  });
});

describe('testing a connection', () => {
  it('given a connection that works, when it is tested, then every step says so and only the date moves', async () => {
    const { test, connector, wait } = await connected();
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

  it('given a role that is missing, when it is tested, then the step says so, those after it are not tried, and it stays connected', async () => {
    let allowed = true;
    const assertSubscriptionAccess = async () => {
      if (!allowed) throw appErrorOf(signInErrorByCode('access_denied_arm'));
    };
    const { test, connector } = await connected({ azure: { assertSubscriptionAccess } });
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

  it('given a connector that is not connected, when it is tested, then the first step says why', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const { json } = await ask('testConnection', {
      services,
      params,
      as: { ...grace, roles: ['Member'] },
    });

    expect(json.steps).toMatchObject([{ name: 'token', ok: false, code: 'grant_missing' }]);
    expect((await ask('testConnection', { services, params, as: edgar })).status).toBe(403);
  });
});

describe('disconnecting', () => {
  it('given a connection, when it is ended, then its secrets are deleted and it is said where consent is removed', async () => {
    const { disconnect, vault, connector } = await connected();

    const { status, json } = await disconnect();

    expect(status).toBe(200);
    expect(json.connector).toMatchObject({ status: 'unconnected', credentials: {} });
    expect(json.consent.message).toContain('App registrations');
    expect(vault.usable()).toEqual([]);
    expect((await connector()).status).toBe('unconnected');
  });

  it('given it is ended twice, when the second answer comes, then nothing has changed', async () => {
    const { disconnect } = await connected();
    await disconnect();

    const { status, headers } = await disconnect();

    expect([status, headers['ETag']]).toEqual([200, '"v3"']);
  });

  it('given it was ended, when it is connected again, then it works on the same id', async () => {
    const { disconnect, submit } = await connected();
    await disconnect();

    expect((await submit()).json).toMatchObject({ id: 'c1', status: 'connected' });
  });
});

describe('the consent of an administrator', () => {
  it('given our app, when the link is asked for, then it leads to the tenant and comes back to us', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const { json } = await ask('getAdminConsentUrl', { services, params });

    const url = new URL(json.url);
    expect(url.pathname).toBe(`/${ada.tenantId}/v2.0/adminconsent`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: '0f0e1d2c-0000-4000-8000-0000000000a2',
      redirect_uri: 'http://localhost:7071/api/oauth/callback',
      scope: expect.stringContaining('https://management.azure.com/user_impersonation'),
    });
  });

  it('given the customer’s own app, when the link is asked for, then it does not come back to us', async () => {
    const { services } = testContext({ connectors: [aConnector()] });

    const { json } = await ask('getAdminConsentUrl', { services, params, query: { clientId } });

    const { searchParams } = new URL(json.url);
    expect([searchParams.get('client_id'), searchParams.has('redirect_uri')]).toEqual([
      clientId,
      false,
    ]);
  });

  it.each(['../evil', 'https://evil.example', 'common'])(
    'given %s as tenant, when the link is asked for, then it is refused',
    async (tenantId) => {
      const { services } = testContext({ connectors: [aConnector()] });

      const answer = await ask('getAdminConsentUrl', { services, params, query: { tenantId } });

      expect(answer.status).toBe(400);
    },
  );

  it.each([
    ['admin_consent=True&tenant=x&state=y', 'Approved'],
    ['admin_consent=True&error=access_denied', 'Not approved'],
    ['admin_consent=False', 'Not approved'],
  ])(
    'given a browser that comes back with %s, when it is shown, then the page says so',
    async (query, title) => {
      const { services } = testContext();

      const answer = await ask('oauthCallback', { services, query });

      expect(answer.status).toBe(200);
      expect(answer.body).toContain(`<h1>${title}</h1>`);
    },
  );
});

test('given a caller, when they ask who they are, then they are told with their roles', async () => {
  const { json } = await ask('getMe', { as: edgar });

  expect(json).toEqual({
    tenantId: edgar.tenantId,
    objectId: edgar.objectId,
    displayName: 'Edgar Codd',
    roles: ['Viewer'],
  });
});
