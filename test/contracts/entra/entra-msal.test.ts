/** The Entra emulator with @azure/msal-node, with the options of production only. */
import {
  ConfidentialClientApplication,
  PublicClientApplication,
  type Configuration,
} from '@azure/msal-node';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  arm,
  callback,
  contoso,
  contosoApp,
  oauthApp,
  person,
  pkce,
  signIn,
  visit,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulatorContext: TestEmulatorContext;
let entra: Entra;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext, { deviceCodeIntervalSeconds: 1 });
});
afterAll(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

function configuration(clientId: string, clientSecret?: string, tenant: string = contoso.tenantId) {
  return {
    auth: {
      clientId,
      authority: `${entra.url}/${tenant}`,
      knownAuthorities: [new URL(entra.url).host],
      ...(clientSecret && { clientSecret }),
    },
  } satisfies Configuration;
}

const customerApp = () =>
  new ConfidentialClientApplication(
    configuration(contosoApp, entra.registry.sample().clientSecret),
  );
const ourApp = (tenant?: string) =>
  new ConfidentialClientApplication(
    configuration(oauthApp, entra.registry.sample().oauthClientSecret, tenant),
  );

describe('the Entra emulator with MSAL', () => {
  it('issues a token of the service principal for client credentials', async () => {
    const app = customerApp();

    const result = await app.acquireTokenByClientCredential({
      scopes: ['https://management.azure.com/.default'],
    });

    expect(decodeJwt(result!.accessToken)).toMatchObject({
      aud: 'https://management.azure.com',
      tid: contoso.tenantId,
      oid: contoso.app.objectId,
      appid: contosoApp,
      idtyp: 'app',
      roles: [],
    });
    expect(result!.expiresOn!.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it('supports the authorization code flow with PKCE and nonce', async () => {
    const app = ourApp('organizations');
    const { verifier, challenge } = pkce();
    const url = await app.getAuthCodeUrl({
      scopes: [arm],
      redirectUri: callback,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      state: 'here',
      nonce: 'once',
      prompt: 'select_account',
    });

    const back = (await signIn(entra, url, 'grace')).location!;
    const result = await ourApp().acquireTokenByCode(
      {
        code: back.searchParams.get('code')!,
        scopes: [arm],
        redirectUri: callback,
        codeVerifier: verifier,
        state: 'here',
        nonce: 'once',
      },
      { code: back.searchParams.get('code')!, state: back.searchParams.get('state')! },
    );

    expect(url.startsWith(`${entra.signInUrl}/organizations/`)).toBe(true);
    expect(result).toMatchObject({
      tenantId: contoso.tenantId,
      scopes: [arm, 'openid', 'profile'],
    });
    expect(result.account).toMatchObject({
      homeAccountId: `${person(entra, 'grace').objectId}.${contoso.tenantId}`,
      username: 'grace@contoso.example',
      name: 'Grace Hopper',
    });
    expect(decodeJwt(result.accessToken)).toMatchObject({
      scp: 'user_impersonation',
      amr: ['pwd', 'mfa'],
    });
  });

  it('renews tokens of a password grant', async () => {
    const app = customerApp();
    const { username, password } = person(entra);
    const first = await app.acquireTokenByUsernamePassword({ scopes: [arm], username, password });
    const { RefreshToken } = JSON.parse(app.getTokenCache().serialize()) as {
      RefreshToken: Record<string, { secret: string }>;
    };
    const [{ secret } = { secret: '' }] = Object.values(RefreshToken);

    const silent = await app.acquireTokenSilent({
      account: first!.account!,
      scopes: [arm],
      forceRefresh: true,
    });
    const byHand = await customerApp().acquireTokenByRefreshToken({
      refreshToken: secret,
      scopes: [arm],
    });

    const tokens = [first, silent, byHand].map((result) => result!.accessToken);
    expect(new Set(tokens).size).toBe(3);
    expect(byHand!.account!.homeAccountId).toBe(first!.account!.homeAccountId);
  });

  it('issues a token for Graph from the same refresh token', async () => {
    const app = customerApp();
    const { username, password } = person(entra);
    const first = await app.acquireTokenByUsernamePassword({ scopes: [arm], username, password });

    const graph = await app.acquireTokenSilent({ account: first!.account!, scopes: ['User.Read'] });

    expect(decodeJwt(graph.accessToken)).toMatchObject({
      aud: 'https://graph.microsoft.com',
      scp: 'User.Read',
    });
  });

  it('supports the device code flow of a public client', async () => {
    const app = new PublicClientApplication(configuration(oauthApp, undefined, 'organizations'));
    const { username, password } = person(entra);

    const result = await app.acquireTokenByDeviceCode({
      scopes: [arm],
      deviceCodeCallback({ userCode, verificationUri }) {
        void (async () => {
          const codePage = await (await visit(verificationUri)).submit({ user_code: userCode });
          await (await codePage.submit({ username, password })).submit({ accept: '1' });
        })();
      },
    });

    expect(result!.account!.username).toBe(username);
    expect(decodeJwt(result!.accessToken)).toMatchObject({ aud: 'https://management.azure.com' });
  });

  it('reports number, status and ids for a wrong secret', async () => {
    const app = new ConfidentialClientApplication(configuration(contosoApp, 'wrong'));

    const request = app.acquireTokenByClientCredential({
      scopes: ['https://management.azure.com/.default'],
    });

    await expect(request).rejects.toMatchObject({
      errorCode: 'invalid_client',
      errorNo: 7000215,
      status: 401,
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('requires interaction with a claims challenge for MFA', async () => {
    const { username, password } = person(entra, 'grace');

    const request = customerApp().acquireTokenByUsernamePassword({
      scopes: [arm],
      username,
      password,
    });

    await expect(request).rejects.toMatchObject({
      name: 'InteractionRequiredAuthError',
      errorNo: 50076,
      subError: 'basic_action',
      claims: expect.stringContaining('capolids'),
    });
  });

  it('finds no endpoints of an unknown tenant', async () => {
    const unknown = '11111111-2222-3333-4444-555555555555';
    const app = new ConfidentialClientApplication(configuration(contosoApp, 'any', unknown));

    const request = app.acquireTokenByClientCredential({
      scopes: ['https://management.azure.com/.default'],
    });

    await expect(request).rejects.toMatchObject({ errorCode: 'endpoints_resolution_error' });
  });
});

describe('tokens of the Entra emulator', () => {
  const keys = (tenant: string) =>
    createRemoteJWKSet(new URL(`${entra.url}/${tenant}/discovery/v2.0/keys`));

  it('carry roles and the issuer of their tenant', async () => {
    const token = await entra.issueApiToken({
      tenantId: contoso.tenantId,
      objectId: person(entra).objectId,
      displayName: 'Ada Lovelace',
      roles: ['Owner', 'Operator'],
    });

    const { payload } = await jwtVerify(token, keys('common'), {
      algorithms: ['RS256'],
      audience: entra.env['API_CLIENT_ID']!,
      issuer: `${entra.url}/${contoso.tenantId}/v2.0`,
    });

    expect(payload).toMatchObject({
      ver: '2.0',
      tid: contoso.tenantId,
      name: 'Ada Lovelace',
      scp: 'access_as_user',
      roles: ['Connector.Owner', 'Connector.Operator'],
    });
  });

  it('are issued to the app that requested them', async () => {
    const { username, password } = person(entra);
    const { idToken } = (await customerApp().acquireTokenByUsernamePassword({
      scopes: [arm],
      username,
      password,
    }))!;

    const { payload } = await jwtVerify(idToken, keys(contoso.tenantId), { audience: contosoApp });

    expect(payload).toMatchObject({
      iss: `${entra.url}/${contoso.tenantId}/v2.0`,
      oid: person(entra).objectId,
      preferred_username: username,
    });
  });

  it('expire by the clock of the stack', async () => {
    const wanted = { tenantId: contoso.tenantId, objectId: 'x', displayName: 'x', roles: [] };
    const audience = entra.env['API_CLIENT_ID']!;
    const bearer = `Bearer ${await entra.issueApiToken({ ...wanted, lifetimeSeconds: 600 })}`;
    const before = await entra.verify(bearer, [audience]);

    emulatorContext.clock.shiftTo(601_000);
    const after = await entra.verify(bearer, [audience]);
    emulatorContext.clock.shiftTo(0);

    expect(before).toMatchObject({ tid: contoso.tenantId, oid: 'x' });
    expect(after).toBeUndefined();
    expect(await entra.verify(bearer, ['https://vault.azure.net'])).toBeUndefined();
    expect(await entra.verify(`${bearer.slice(0, -6)}AAAAAA`, [audience])).toBeUndefined();
    expect(await entra.verify(undefined, [audience])).toBeUndefined();
  });
});
