import { inspect } from 'node:util';
import { signInErrorByCode, appErrorOf } from '../../functions/errors/classify-sign-in-error';
import { rightSecret } from '../fakes/entra';
import { ask, logged } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, edgar, mallory } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const body = {
  method: 'client_credentials',
  tenantId: ada.tenantId,
  clientId: 'c0c0a000-0000-4000-8000-00000000000a',
  clientSecret: rightSecret,
};
const world = (given: TestContextOptions = {}) =>
  testContext({ connectors: [aConnector()], ...given });

describe('connecting with client credentials', () => {
  it('given a secret that works, when it is submitted, then the connector is connected by the caller', async () => {
    const { services, vault } = world();
    const secretExpiresAt = '2026-07-01T00:00:00.000Z';

    const answer = await ask('submitCredentials', {
      services,
      params,
      body: { ...body, secretExpiresAt },
    });

    expect(answer).toMatchObject({
      status: 200,
      headers: { ETag: '"v2"' },
      json: {
        status: 'connected',
        connectedWith: 'client_credentials',
        credentialOwner: { objectId: ada.objectId },
        connectionExpiresAt: secretExpiresAt,
        connectionExpiresAtSource: 'user_declared',
        credentials: { secret: { set: true, hint: 'Abc' } },
        warnings: [],
      },
    });
    expect(vault.usable()).toEqual(['cn-c1-secret/v1']);
  });

  it('given a wrong secret, when it is submitted, then a person is told what to do and nothing is kept', async () => {
    const { services, vault } = world();

    const answer = await ask('submitCredentials', {
      services,
      params,
      body: { ...body, clientSecret: 'a-wrong-one' },
    });

    expect(answer).toMatchObject({
      status: 422,
      json: {
        code: 'client_secret_invalid',
        action: { kind: 'update_secret' },
        upstream: { provider: 'entra', code: 'AADSTS7000215', traceId: 't1' },
      },
    });
    expect(vault.usable()).toEqual([]);
    const { json } = await ask('getConnector', { services, params });
    expect(json.status).toBe('unconnected');
  });

  it('given an app without any role, when it is submitted, then the role is asked for', async () => {
    const refused = appErrorOf(signInErrorByCode('access_denied_arm'));
    const { services } = world({
      azure: { assertSubscriptionAccess: () => Promise.reject(refused) },
    });

    const answer = await ask('submitCredentials', { services, params, body });

    expect(answer).toMatchObject({
      status: 422,
      json: { code: 'access_denied_arm', action: { kind: 'assign_role' } },
    });
  });

  it('given a connector that works, when wrong credentials are submitted, then it goes on working', async () => {
    const { services } = world({ connectors: [aConnectedConnector()] });

    await ask('submitCredentials', { services, params, body: { ...body, clientSecret: 'wrong' } });

    const { json } = await ask('getConnector', { services, params });
    expect(json).toMatchObject({ status: 'connected', connectedWith: 'oauth' });
  });

  it('given a connector that works, when better credentials are submitted, then the old ones are disabled', async () => {
    const { services, vault } = world();

    await ask('submitCredentials', { services, params, body });
    await ask('submitCredentials', { services, params, body });

    expect(vault.usable()).toEqual(['cn-c1-secret/v2']);
  });

  it('given ten submissions at once, when all have ended, then one secret is left and it is the one in use', async () => {
    const { services, vault, store } = world();

    await Promise.all(
      Array.from({ length: 10 }, () => ask('submitCredentials', { services, params, body })),
    );

    const stored = await store.get(ada.tenantId, 'c1');
    expect(vault.usable()).toEqual([`cn-c1-secret/${stored!.secrets.secret!.version}`]);
  });

  it('given a connector that is deleted meanwhile, when the secret was stored, then it is disabled again', async () => {
    const { services, vault, store } = world();
    const put = vault.put.bind(vault);
    vault.put = async (...secret) => {
      const version = await put(...secret);
      await store.delete(ada.tenantId, 'c1');
      return version;
    };

    const answer = await ask('submitCredentials', { services, params, body });

    expect(answer.status).toBe(404);
    expect(vault.usable()).toEqual([]);
  });

  it('given a user that Graph does not show, when it is submitted, then it is connected with a warning', async () => {
    const { services } = world({ azure: { findUser: async () => undefined } });

    const answer = await ask('submitCredentials', {
      services,
      params,
      body: { ...body, userId: ada.objectId },
    });

    expect(answer).toMatchObject({
      status: 200,
      json: { status: 'connected', warnings: [{ code: 'user_not_verified' }] },
    });
  });

  it('given a user that does not exist, when it is submitted, then it is refused', async () => {
    const refused = appErrorOf(signInErrorByCode('user_not_found'));
    const { services } = world({ azure: { findUser: () => Promise.reject(refused) } });

    const answer = await ask('submitCredentials', {
      services,
      params,
      body: { ...body, userId: 'nobody@contoso.example' },
    });

    expect(answer).toMatchObject({ status: 422, json: { code: 'user_not_found' } });
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
  ])('given %s as %j, when it is submitted, then the field is named', async (field, value) => {
    const { services, entra } = world();

    const answer = await ask('submitCredentials', {
      services,
      params,
      body: { ...body, [field]: value },
    });

    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: `/${field}` }] } });
    expect(entra.asked).toBe(0);
  });

  it.each([
    ['a Viewer', edgar, 403],
    ['an Owner of another tenant', mallory, 404],
  ])('given %s, when it is submitted, then Entra is not even asked', async (_, as, status) => {
    const { services, entra } = world();

    const answer = await ask('submitCredentials', { services, as, params, body });

    expect(answer.status).toBe(status);
    expect(entra.asked).toBe(0);
  });

  it('given secrets good and bad, when they were submitted, then neither is in an answer or a log', async () => {
    const { services, store } = world();
    const bad = { ...body, clientSecret: 'canary-in-a-bad-secret', tenantId: 'no tenant' };

    const answers = [
      await ask('submitCredentials', { services, params, body }),
      await ask('submitCredentials', { services, params, body: bad }),
      await ask('submitCredentials', { services, params, body: { ...bad, tenantId: 'x.example' } }),
      await ask('getConnector', { services, params }),
    ];

    const seen = inspect([answers, logged, await store.get(ada.tenantId, 'c1')], { depth: 9 });
    expect(seen).not.toContain('canary');
    expect(seen).not.toContain(rightSecret);
  });
});
