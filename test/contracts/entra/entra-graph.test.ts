/** The look-ups in Microsoft Graph that the stand-in answers, and to whom. */
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  askToken,
  contoso,
  contosoApp,
  contosoClient,
  oauthApp,
  passwordForm,
  person,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let surroundings: TestEmulatorContext;
let entra: Entra;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  entra = await startEntra(surroundings);
});
afterAll(async () => {
  await entra.stop();
  await surroundings.remove();
});

async function appToken(scope = 'https://graph.microsoft.com/.default'): Promise<string> {
  const form = { ...contosoClient(entra), grant_type: 'client_credentials', scope };
  return (await askToken(entra, form)).body.access_token as string;
}

async function personToken(): Promise<string> {
  const form = { ...passwordForm(entra), scope: 'User.Read' };
  return (await askToken(entra, form)).body.access_token as string;
}

async function get(path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${entra.graphUrl}/v1.0${path}`, { headers });
  return { status: response.status, body: (await response.json()) as any };
}

describe('people in Graph', () => {
  it('given an app that may read people, when one is looked up by id or name, then it is the same', async () => {
    const token = await appToken();
    const ada = person(entra);

    const byId = await get(`/users/${ada.objectId}`, token);
    const byName = await get(`/users/${encodeURIComponent(ada.username)}`, token);

    expect(byId).toEqual({
      status: 200,
      body: {
        id: ada.objectId,
        displayName: 'Ada Lovelace',
        userPrincipalName: ada.username,
        mail: ada.username,
        accountEnabled: true,
      },
    });
    expect(byName).toEqual(byId);
  });

  it('given a person, when they look themselves up, then they may, and nobody else', async () => {
    const token = await personToken();

    const me = await get('/me?$select=id', token);
    const other = await get(`/users/${person(entra, 'edgar').objectId}`, token);

    expect(me.body).toEqual({ id: person(entra).objectId });
    expect(other).toMatchObject({
      status: 403,
      body: { error: { code: 'Authorization_RequestDenied' } },
    });
  });

  it('given nobody of that name, when they are looked up, then it is 404 in Graph’s words', async () => {
    const { status, body } = await get('/users/nobody@contoso.example', await appToken());

    expect(status).toBe(404);
    expect(body.error).toMatchObject({
      code: 'Request_ResourceNotFound',
      message: expect.stringContaining("'nobody@contoso.example'"),
      innerError: { 'request-id': expect.any(String) },
    });
  });

  it('given somebody of another tenant, when they are looked up, then they are not found', async () => {
    const { objectId } = entra.registry.addUser({
      tenantId: '0f0e1d2c-0000-4000-8000-00000000ad0f',
      username: 'root@adf-connect.example',
      displayName: 'Root',
    });

    expect((await get(`/users/${objectId}`, await appToken())).status).toBe(404);
  });

  it.each([
    ['no token', async () => undefined],
    ['a token for another API', () => appToken('https://management.azure.com/.default')],
    ['no token of ours', async () => 'made.up.token'],
  ])('given %s, when somebody is looked up, then it is 401', async (_, token) => {
    const { status, body } = await get(`/users/${person(entra).objectId}`, await token());

    expect([status, body.error.code]).toEqual([401, 'InvalidAuthenticationToken']);
  });
});

describe('apps in Graph', () => {
  it('given its secrets, when a registration is looked up, then their dates and hints are told, and no value', async () => {
    const { value, hint, endDateTime } = entra.registry.app(contosoApp).secrets[0]!;

    const { body } = await get(
      `/applications(appId='${contosoApp}')?$select=passwordCredentials`,
      await appToken(),
    );

    expect(Object.keys(body as object)).toEqual(['passwordCredentials']);
    expect(body.passwordCredentials).toMatchObject([{ hint, endDateTime, secretText: null }]);
    expect(value.startsWith(hint)).toBe(true);
    expect(hint).toHaveLength(3);
  });

  it('given our app, when its principal is looked up, then it is there once somebody has consented', async () => {
    const token = await appToken();
    const path = `/servicePrincipals(appId='${oauthApp}')`;

    const first = await get(path, token);
    entra.registry.consent(oauthApp, contoso.tenantId, []);
    const second = await get(path, token);

    expect(first.status).toBe(404);
    expect(second.body).toMatchObject({ appId: oauthApp, displayName: 'adf-connect' });
  });

  it('given an app without the permission, when it looks itself up, then it is denied', async () => {
    entra.registry.changeApp(contosoApp, { graphRoles: [] });

    const { status } = await get(`/applications(appId='${contosoApp}')`, await appToken());
    entra.registry.changeApp(contosoApp, { graphRoles: ['User.Read.All', 'Application.Read.All'] });

    expect(status).toBe(403);
  });

  it.each(['/groups', '/users', '/me?$expand=manager', `/users/x/memberOf`])(
    'given %s, when it is asked for, then it is refused with 501',
    async (path) => {
      expect((await get(path, await appToken())).status).toBe(501);
    },
  );
});
