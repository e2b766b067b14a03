import { inspect } from 'node:util';
import { UpstreamError } from '../../functions/errors/app-error';
import { rightPassword } from '../fakes/entra';
import { ask, logged } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, edgar } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const clientId = 'c0c0a000-0000-4000-8000-00000000000a';
const body = {
  method: 'username_password',
  tenantId: ada.tenantId,
  clientId,
  username: 'loader@contoso.example',
  password: rightPassword,
};
function connector(given: TestContextOptions = {}) {
  const world = testContext({ connectors: [aConnector()], ...given });
  const { services } = world;
  return {
    ...world,
    submit: (changed: object = {}) =>
      ask('submitCredentials', { services, params, body: { ...body, ...changed } }),
    attempts: async () => (await ask('listAttempts', { services, params })).json.items,
  };
}

describe('connecting with a user name and a password', () => {
  it('given a password that works, when it is submitted, then only the grant is kept and a service account is advised', async () => {
    const { submit, vault } = connector();

    const answer = await submit();

    expect(answer).toMatchObject({
      status: 200,
      json: {
        status: 'connected',
        connectedWith: 'username_password',
        account: { clientId, username: 'ada@contoso.example' },
        connectionExpiresAtSource: 'refresh_token_sliding',
        warnings: [{ code: 'service_account_recommended' }],
      },
    });
    expect(vault.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('given an app with a secret, when it is submitted, then the secret is kept and every renewal uses it', async () => {
    const { submit, vault, services, entra } = connector();

    await submit({ clientSecret: 'the-secret-of-the-app' });
    await services.accessTokens.forResourceManager(ada.tenantId, 'c1');

    expect(vault.usable()).toEqual(['cn-c1-grant/v1', 'cn-c1-secret/v2']);
    expect(entra.renewedWith?.clientSecret?.reveal()).toBe('the-secret-of-the-app');
  });

  it.each([
    [50076, 'mfa_required', '/api/connectors/c1/device-sessions'],
    [50079, 'mfa_enrollment_required', '/api/connectors/c1/oauth/sessions'],
  ])(
    'given that Entra answers %s, when it is submitted, then the next action is a link',
    async (number, code, href) => {
      const { submit, entra, attempts } = connector();
      entra.refusedWith = number;

      const answer = await submit();

      expect(answer).toMatchObject({ status: 422, json: { code, action: { href } } });
      expect(await attempts()).toMatchObject([
        { method: 'username_password', status: 'failed', outcome: { code, action: { href } } },
      ]);
    },
  );

  it('given three wrong passwords, when a fourth is submitted within the hour, then Entra is not asked', async () => {
    const { submit, entra, wait } = connector();
    for (const _ of [1, 2, 3]) await submit({ password: 'wrong' });
    const asked = entra.asked;
    wait(3_599);

    const answer = await submit();

    expect(answer.status).toBe(429);
    expect(Number(answer.headers['Retry-After'])).toBeGreaterThan(0);
    expect(entra.asked).toBe(asked);
  });

  it('given three wrong passwords, when an hour has passed, then the next one is tried', async () => {
    const { submit, wait } = connector();
    for (const _ of [1, 2, 3]) await submit({ password: 'wrong' });
    wait(3_601);

    expect((await submit()).status).toBe(200);
  });

  it('given a connector that works, when a wrong password is submitted, then it goes on working', async () => {
    const { submit, services } = connector({ connectors: [aConnectedConnector()] });

    expect((await submit({ password: 'wrong' })).json.code).toBe('bad_password');

    const { json } = await ask('getConnector', { services, params });
    expect(json).toMatchObject({ status: 'connected', connectedWith: 'oauth' });
  });

  it.each([
    ['a blank at its end', { password: 'blank ' }, '/password'],
    ['no user name', { username: 'loader' }, '/username'],
    ['a foreign authority', { tenantId: 'https://evil.example' }, '/tenantId'],
    ['a tenant of everybody', { tenantId: 'common' }, '/tenantId'],
  ])('given %s, when it is submitted, then the fault is named', async (_, changed, pointer) => {
    const { submit, entra } = connector();

    const { status, json } = await submit(changed);

    expect(status).toBe(400);
    expect(json.errors).toMatchObject([{ pointer }]);
    expect(entra.asked).toBe(0);
  });

  it('given a vault that fails between grant and secret, when it is submitted, then nothing stays usable', async () => {
    const { submit, vault } = connector();
    const put = vault.put.bind(vault);
    vault.put = (name, ...rest) =>
      name.endsWith('secret')
        ? Promise.reject(new UpstreamError('key_vault_unavailable', 'no answer', true))
        : put(name, ...rest);

    const answer = await submit({ clientSecret: 'the-secret-of-the-app' });

    expect(answer).toMatchObject({ status: 503, json: { code: 'key_vault_unavailable' } });
    expect(vault.usable()).toEqual([]);
  });

  it('given no lasting sign-in, when it is submitted, then the person is told', async () => {
    const { submit, entra } = connector();
    entra.signedIn = { refreshToken: undefined } as never;

    expect(await submit()).toMatchObject({ status: 422, json: { code: 'offline_access_missing' } });
  });

  it('given a Viewer, when the connector is looked at, then the user name is masked', async () => {
    const { submit, services } = connector();
    await submit();

    const { json } = await ask('getConnector', { services, params, as: edgar });

    expect(json.account.username).toBe('a***@contoso.example');
  });

  it('given submissions that fail and succeed, when all that was said and stored is read, then no password is in it', async () => {
    const { submit, connectionAttemptStore, store } = connector();
    const said = [await submit({ password: 'canary-wrong-password' }), await submit()];
    const rows = await connectionAttemptStore.list(ada.tenantId, 'c1', { limit: 10 });

    const text = inspect([said, logged, rows, await store.get(ada.tenantId, 'c1')], { depth: 20 });

    expect(text).toContain('ada@contoso.example');
    expect(text).not.toContain('canary-wrong-password');
    expect(text).not.toContain(rightPassword);
  });
});
