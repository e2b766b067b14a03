/** Reads of Microsoft Graph and the permissions that they require. */
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  requestToken,
  contoso,
  contosoApp,
  contosoClient,
  oauthApp,
  passwordForm,
  person,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulatorContext: TestEmulatorContext;
let entra: Entra;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext);
});
afterAll(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

async function appToken(scope = 'https://graph.microsoft.com/.default'): Promise<string> {
  const form = { ...contosoClient(entra), grant_type: 'client_credentials', scope };
  return (await requestToken(entra, form)).body.access_token as string;
}

async function personToken(): Promise<string> {
  const form = { ...passwordForm(entra), scope: 'User.Read' };
  return (await requestToken(entra, form)).body.access_token as string;
}

async function get(path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${entra.graphUrl}/v1.0${path}`, { headers });
  return { status: response.status, body: (await response.json()) as any };
}

describe('users in Graph', () => {
  it('are found by id and by name', async () => {
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

  it('can read themselves, but no other user', async () => {
    const token = await personToken();

    const me = await get('/me?$select=id', token);
    const other = await get(`/users/${person(entra, 'edgar').objectId}`, token);

    expect(me.body).toEqual({ id: person(entra).objectId });
    expect(other).toMatchObject({
      status: 403,
      body: { error: { code: 'Authorization_RequestDenied' } },
    });
  });

  it('are reported as missing with the error of Graph', async () => {
    const { status, body } = await get('/users/unknown@contoso.example', await appToken());

    expect(status).toBe(404);
    expect(body.error).toMatchObject({
      code: 'Request_ResourceNotFound',
      message: expect.stringContaining("'unknown@contoso.example'"),
      innerError: { 'request-id': expect.any(String) },
    });
  });

  it('are missing in another tenant', async () => {
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
    ['an invalid token', async () => 'made.up.token'],
  ])('require a valid token: %s', async (_, token) => {
    const { status, body } = await get(`/users/${person(entra).objectId}`, await token());

    expect([status, body.error.code]).toEqual([401, 'InvalidAuthenticationToken']);
  });
});

describe('apps in Graph', () => {
  it('show dates and hints of secrets, but no value', async () => {
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

  it('have a service principal after consent', async () => {
    const token = await appToken();
    const path = `/servicePrincipals(appId='${oauthApp}')`;
    entra.registry.withdrawConsents(oauthApp, contoso.tenantId);

    const first = await get(path, token);
    entra.registry.consent(oauthApp, contoso.tenantId, []);
    const second = await get(path, token);

    expect(first.status).toBe(404);
    expect(second.body).toMatchObject({ appId: oauthApp, displayName: 'adf-connect' });
  });

  it('are denied without permission', async () => {
    entra.registry.changeApp(contosoApp, { graphRoles: [] });

    const { status } = await get(`/applications(appId='${contosoApp}')`, await appToken());
    entra.registry.changeApp(contosoApp, { graphRoles: ['User.Read.All', 'Application.Read.All'] });

    expect(status).toBe(403);
  });

  it.each([
    '/groups?$expand=members',
    '/users?$count=true',
    '/me?$expand=manager',
    `/users/x/memberOf`,
  ])('respond with 501 to %s', async (path) => {
    expect((await get(path, await appToken())).status).toBe(501);
  });
});
