/** Sign-in at the pages of the Entra emulator, and redemption of the authorization code. */
import { decodeJwt } from 'jose';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { sample } from '../../../infra/local/seed/sample';
import {
  arm,
  requestToken,
  authorizeUrl,
  callback,
  contoso,
  fabrikam,
  oauthApp,
  oauthClient,
  person,
  pkce,
  register,
  signIn,
  visit,
  type Fields,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulatorContext: TestEmulatorContext;
let entra: Entra;
let restore: () => void;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext, {
    redirectUris: () => ['https://app.example/callback'],
  });
  restore = register(entra);
});
afterEach(() => {
  restore();
  emulatorContext.faults.clear();
  emulatorContext.clock.shiftTo(0);
});
afterAll(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

const codeForm = (code: string, more: Fields = {}) => ({
  ...oauthClient(entra),
  grant_type: 'authorization_code',
  code,
  redirect_uri: callback,
  scope: `openid offline_access ${arm}`,
  ...more,
});

/** Signs in and returns the code that the app receives. */
async function codeFor(fields: Fields = {}): Promise<string> {
  const { location } = await signIn(entra, authorizeUrl(entra, fields));
  return location!.searchParams.get('code')!;
}

const redeem = (code: string, more?: Fields, tenant?: string) =>
  requestToken(entra, codeForm(code, more), tenant);

describe('the sign-in pages', () => {
  it('ask for user name and password on separate pages', async () => {
    const { username, password } = person(entra);

    const first = await visit(authorizeUrl(entra, { prompt: 'select_account' }));
    const second = await first.submit({ username });
    const third = await second.submit({ password });

    expect([first.title, second.title, third.title]).toEqual([
      'Pick an account',
      'Enter password',
      'Permissions requested',
    ]);
    expect(third.html).toContain('Access Azure Service Management as you');
    expect(third.html).not.toContain('<script');
  });

  it('show the escaped login hint', async () => {
    const hinted = await visit(authorizeUrl(entra, { login_hint: '"><script>' }));

    expect(hinted.html).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(hinted.html).not.toContain('<script');
  });

  it('repeat the second factor after a wrong code', async () => {
    const { username, password, otc } = person(entra, 'grace');
    const secondFactor = await (await visit(authorizeUrl(entra))).submit({ username, password });

    const wrong = await secondFactor.submit({ otc: 'no' });
    const right = await wrong.submit({ otc: otc! });

    expect(wrong.error).toBe('You didn’t enter the expected code.');
    expect(right.title).toBe('Permissions requested');
  });

  it('enroll a user for MFA', async () => {
    const { objectId, username, password } = person(entra);
    entra.registry.changeUser(objectId, { mfa: 'not_enrolled', otc: '123456' });

    const secondFactor = await (await visit(authorizeUrl(entra))).submit({ username, password });
    await secondFactor.submit({ otc: '123456' });

    expect(secondFactor.title).toBe('More information required');
    expect(entra.registry.user(objectId).mfa).toBe('required');
  });

  it('allow another try after a wrong name or password', async () => {
    const { username, password } = person(entra);
    const page = await visit(authorizeUrl(entra));

    const unknown = await page.submit({ username: 'unknown@contoso.example' });
    const wrong = await unknown.submit({ username, password: 'wrong' });
    const right = await wrong.submit({ password });

    expect(unknown.error).toContain('This username may be incorrect');
    expect(wrong.error).toContain('Your account or password is incorrect');
    expect(right.title).toBe('Permissions requested');
  });

  it.each([
    [50053, { locked: true }],
    [50057, { disabled: true }],
    [53003, { conditionalAccessBlock: 53003 }],
  ])('show AADSTS%i without a redirect to the app', async (code, by) => {
    entra.registry.changeUser(person(entra).objectId, by);

    const shown = await signIn(entra, authorizeUrl(entra));

    expect(shown.error).toContain(`AADSTS${code}`);
    expect(shown.location).toBeUndefined();
  });

  it('reject users of another tenant', async () => {
    const shown = await signIn(
      entra,
      authorizeUrl(entra, {}, '0f0e1d2c-0000-4000-8000-00000000ad0f'),
    );

    expect(shown.error).toContain('AADSTS50020');
  });

  it('expire after fifteen minutes', async () => {
    const page = await visit(authorizeUrl(entra));
    emulatorContext.clock.shiftTo(901_000);

    expect((await page.submit({ username: person(entra).username })).error).toContain(
      'AADSTS50089',
    );
  });
});

describe('consent', () => {
  it('is not requested twice, unless the app requests it', async () => {
    await signIn(entra, authorizeUrl(entra));
    const { username, password } = person(entra);

    const again = await (await visit(authorizeUrl(entra))).submit({ username, password });
    const consentPage = await (
      await visit(authorizeUrl(entra, { prompt: 'consent' }))
    ).submit({ username, password });

    expect(again.location!.searchParams.has('code')).toBe(true);
    expect(consentPage.title).toBe('Permissions requested');
  });

  it('reports access_denied with the state if declined', async () => {
    const { username, password } = person(entra);
    const consentPage = await (await visit(authorizeUrl(entra))).submit({ username, password });

    const { location } = await consentPage.submit({ cancel: '1' });

    expect(`${location!.origin}${location!.pathname}`).toBe(callback);
    expect(Object.fromEntries(location!.searchParams)).toMatchObject({
      error: 'access_denied',
      error_subcode: 'cancel',
      error_description: expect.stringMatching(/^AADSTS65004: /),
      state: 'a state',
    });
  });

  it('requires an administrator if the app says so', async () => {
    entra.registry.changeApp(oauthApp, { adminConsentRequired: true });
    const { username, password } = person(entra, 'edgar');

    const refused = await (await visit(authorizeUrl(entra))).submit({ username, password });
    const back = await refused.submit({ cancel: '1' });
    entra.registry.consent(oauthApp, contoso.tenantId, [arm]);
    const allowed = await (await visit(authorizeUrl(entra))).submit({ username, password });

    expect(refused.title).toBe('Need admin approval');
    expect(back.location!.searchParams.get('error')).toBe('access_denied');
    expect(back.location!.searchParams.get('error_description')).toContain('AADSTS90094');
    expect(allowed.location!.searchParams.has('code')).toBe(true);
  });

  it('by an administrator applies to the organization', async () => {
    const { username, password } = person(entra);
    const consentPage = await (await visit(authorizeUrl(entra))).submit({ username, password });
    await consentPage.submit({ accept: '1', organization: '1' });

    const edgar = person(entra, 'edgar');
    const other = await (await visit(authorizeUrl(entra))).submit({ ...edgar, role: '' } as Fields);

    expect(other.location!.searchParams.has('code')).toBe(true);
  });

  const adminConsent = () =>
    `${entra.url}/${contoso.tenantId}/v2.0/adminconsent?${new URLSearchParams({
      client_id: oauthApp,
      redirect_uri: callback,
      scope: 'https://management.azure.com/.default',
      state: 'a state',
    }).toString()}`;

  it('at the admin link applies to all users', async () => {
    entra.registry.withdrawConsents(oauthApp, contoso.tenantId);
    const { location: page } = await visit(adminConsent());
    const { location } = await signIn(entra, page!.href);

    expect(page!.origin).toBe(entra.signInUrl);
    expect(Object.fromEntries(location!.searchParams)).toEqual({
      admin_consent: 'True',
      tenant: contoso.tenantId,
      scope: 'https://management.azure.com/.default',
      state: 'a state',
    });
    expect(entra.registry.app(oauthApp).consents).toEqual([
      { tenantId: contoso.tenantId, scopes: [arm] },
    ]);
  });

  it('at the admin link is denied to other users', async () => {
    const { location } = await visit(adminConsent());
    const { username, password } = person(entra, 'edgar');

    const shown = await (await visit(location!.href)).submit({ username, password });

    expect(shown.title).toBe('Need admin approval');
  });
});

describe('an authorization request', () => {
  it.each([
    [700016, { client_id: '11111111-2222-3333-4444-555555555555' }],
    [50011, { redirect_uri: 'http://localhost:7071/elsewhere' }],
    [50011, { redirect_uri: 'https://localhost:7071/api/oauth/callback' }],
    [50011, { redirect_uri: 'http://evil.example/api/oauth/callback' }],
    [50011, { redirect_uri: 'http://localhost:7071/api/oauth/callback?more' }],
    [900971, { redirect_uri: '' }],
  ])('shows AADSTS%i without a redirect for %o', async (code, fields) => {
    const shown = await visit(authorizeUrl(entra, fields as Fields));

    expect(shown.error).toContain(`AADSTS${code}`);
    expect(shown.location).toBeUndefined();
  });

  it.each([
    ['unsupported_response_type', 70005, { response_type: 'id_token' }],
    ['invalid_request', 70007, { response_mode: 'telegram' }],
    ['invalid_request', 50147, { code_challenge: 'short', code_challenge_method: 'S256' }],
    ['invalid_resource', 500011, { scope: 'https://example.com/read' }],
    ['login_required', 50058, { prompt: 'none' }],
  ])('redirects %s with AADSTS%i and the state', async (error, code, fields) => {
    const { location } = await visit(authorizeUrl(entra, fields as unknown as Fields));

    expect(location!.searchParams.get('error')).toBe(error);
    expect(location!.searchParams.get('error_description')).toContain(`AADSTS${code}`);
    expect(location!.searchParams.get('state')).toBe('a state');
  });

  it('redirects an injected failure to the app', async () => {
    entra.registry.failNext({ grant: 'authorize', code: 90033 });

    const { location } = await visit(authorizeUrl(entra));

    expect(location!.searchParams.get('error')).toBe('temporarily_unavailable');
  });

  it('accepts loopback ports and configured redirect URIs', async () => {
    const to = ['http://127.0.0.1:50123/api/oauth/callback', 'https://app.example/callback'];

    const shown = await Promise.all(
      to.map((redirect_uri) => visit(authorizeUrl(entra, { redirect_uri }))),
    );

    expect(shown.map(({ title }) => title)).toEqual(['Sign in', 'Sign in']);
  });

  it('posts code and state for form_post', async () => {
    const shown = await signIn(entra, authorizeUrl(entra, { response_mode: 'form_post' }));

    expect(shown.action).toBe(callback);
    expect(shown.fields).toMatchObject({ code: expect.any(String), state: 'a state' });
    expect(shown.html).toContain('<script>document.forms[0].submit()</script>');
  });
});

describe('an authorization code', () => {
  it('yields tokens and the nonce with PKCE', async () => {
    const { verifier, challenge } = pkce();
    const fields = { code_challenge: challenge, code_challenge_method: 'S256' };

    const { status, body } = await redeem(await codeFor(fields), { code_verifier: verifier });

    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
    expect(body.scope.split(' ')).toContain(arm);
  });

  const withChallenge = { code_challenge: pkce().challenge, code_challenge_method: 'S256' };
  it.each<[number, string, Fields, Fields, string?]>([
    [501481, 'another verifier', withChallenge, { code_verifier: pkce().verifier }],
    [501481, 'no verifier', withChallenge, {}],
    [501481, 'a verifier without a challenge', {}, { code_verifier: pkce().verifier }],
    [500112, 'another address', {}, { redirect_uri: 'http://localhost:1/api/oauth/callback' }],
    [7000218, 'no secret', {}, { client_secret: '' }],
    [7000215, 'a wrong secret', {}, { client_secret: 'wrong' }],
    [70000, 'an invented code', {}, { code: 'made up' }],
    [700022, 'two APIs', {}, { scope: `${arm} User.Read` }],
    [65001, 'more than was consented to', {}, { scope: 'User.Read' }],
  ])('fails with AADSTS%i for %s', async (...row) => {
    const [code, , requested, sent] = row;

    const { body } = await redeem(await codeFor(requested), sent);

    expect(body.error_codes).toEqual([code]);
  });

  it('is rejected at the endpoint of another tenant', async () => {
    const { body } = await redeem(await codeFor(), {}, '0f0e1d2c-0000-4000-8000-00000000ad0f');

    expect(body.error_codes).toEqual([700005]);
  });

  it('expires after ten minutes', async () => {
    const code = await codeFor();
    emulatorContext.clock.shiftTo(660_000);

    expect((await redeem(code)).body.error_codes).toEqual([70008]);
  });

  it('is redeemed by one of ten concurrent requests', async () => {
    const code = await codeFor();

    const replies = await Promise.all(Array.from({ length: 10 }, () => redeem(code)));

    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(9);
    expect(new Set(refused.map(({ body }) => body.error_codes[0]))).toEqual(new Set([54005]));
  });

  it('yields a refresh token for other consented APIs', async () => {
    const code = await codeFor({ scope: `offline_access ${arm} User.Read` });
    const { body } = await redeem(code, { scope: arm });

    const graph = await requestToken(entra, {
      ...oauthClient(entra),
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
      scope: 'User.Read',
    });

    expect(graph.body.scope).toBe('https://graph.microsoft.com/User.Read User.Read');
  });

  describe('of a single-page app', () => {
    const address = 'https://app.example/spa';
    const origin = { origin: 'https://app.example' };
    beforeEach(() => {
      entra.registry.changeApp(oauthApp, { redirectUris: [{ uri: address, platform: 'spa' }] });
    });
    const { client_secret: _, ...bare } = { client_secret: '', client_id: oauthApp };
    const form = (code: string) => ({
      ...bare,
      grant_type: 'authorization_code',
      code,
      redirect_uri: address,
      scope: `offline_access ${arm}`,
    });

    it('requires a cross-origin request', async () => {
      const code = await codeFor({ redirect_uri: address });

      expect((await requestToken(entra, form(code))).body.error_codes).toEqual([9002327]);
    });

    it('yields a refresh token that expires after a day', async () => {
      const code = await codeFor({ redirect_uri: address });
      const { body } = await requestToken(entra, form(code), undefined, origin);
      const refresh = {
        ...bare,
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token as string,
      };
      emulatorContext.clock.shiftTo(25 * 3_600_000);

      const late = await requestToken(entra, refresh, undefined, origin);

      expect(late.body.error_codes).toEqual([700084]);
    });
  });
});

describe('a guest', () => {
  const claimsOf = (idToken: string) =>
    JSON.parse(Buffer.from(idToken.split('.')[1]!, 'base64url').toString('utf8')) as object;

  it.each([
    [fabrikam.tenantId, fabrikam.user.objectId],
    ['organizations', fabrikam.user.objectId],
    [contoso.tenantId, fabrikam.user.guestObjectId],
  ])('signs in at %s with the object id %s', async (tenant, oid) => {
    const { location } = await signIn(entra, authorizeUrl(entra, {}, tenant), 'zoe');
    const code = location!.searchParams.get('code')!;
    const { body } = await redeem(code, {}, tenant);

    const refreshed = await requestToken(
      entra,
      {
        ...oauthClient(entra),
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token,
        scope: `openid ${arm}`,
      },
      tenant,
    );

    const tid = tenant === contoso.tenantId ? contoso.tenantId : fabrikam.tenantId;
    for (const { id_token } of [body, refreshed.body])
      expect(claimsOf(id_token)).toMatchObject({ tid, oid });
  });

  it('is unknown to a tenant that did not invite them', async () => {
    const url = authorizeUrl(entra, {}, fabrikam.tenantId);

    const { username, password } = person(entra, 'ada');
    const page = await (await visit(url)).submit({ username, password });

    expect(page.html).toContain('AADSTS50020');
  });
});

describe('a single-page app', () => {
  const consoleApp = sample.home.consoleClientId;
  const redirectUri = 'http://127.0.0.1:7071/api/console/signed-in';
  const scope = `openid offline_access api://${sample.home.apiClientId}/access_as_user`;
  const origin = 'http://127.0.0.1:7071';
  const { verifier, challenge } = pkce();

  /** One click on the sign-in page; no consent is asked for. */
  async function codeByOneClick(): Promise<string> {
    const page = await visit(
      authorizeUrl(entra, {
        client_id: consoleApp,
        redirect_uri: redirectUri,
        scope,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }),
    );
    const { location } = await page.submit({ person: person(entra, 'grace').objectId });
    return location!.searchParams.get('code')!;
  }
  const redeemAsPage = (code: string, headers: Fields) =>
    fetch(`${entra.signInUrl}/organizations/oauth2/v2.0/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        client_id: consoleApp,
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }),
    });

  it('redeems its code over HTTP, with CORS', async () => {
    const response = await redeemAsPage(await codeByOneClick(), { origin });

    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    const { access_token } = (await response.json()) as { access_token: string };
    expect(decodeJwt(access_token)).toMatchObject({
      aud: sample.home.apiClientId,
      roles: ['Connector.Member'],
      amr: ['pwd', 'mfa'],
    });
  });

  it('cannot redeem its code without a cross-origin request', async () => {
    const response = await redeemAsPage(await codeByOneClick(), {});

    expect(response.status).toBe(501);
  });

  it('finds only addresses over HTTP in the discovery document', async () => {
    const path = '/organizations/v2.0/.well-known/openid-configuration';

    const found = (await (await fetch(entra.signInUrl + path)).json()) as Record<string, string>;

    for (const name of ['authorization', 'token', 'end_session'])
      expect(found[`${name}_endpoint`]).toMatch(entra.signInUrl);
    expect(found['jwks_uri']).toMatch(entra.signInUrl);
  });

  it('is signed out to its own addresses only', async () => {
    const leave = (to: string) =>
      visit(
        `${entra.signInUrl}/organizations/oauth2/v2.0/logout?${new URLSearchParams({ post_logout_redirect_uri: to }).toString()}`,
      );

    const own = await leave(`${origin}/api/console/signed-out`);
    const foreign = await leave('https://evil.example/');

    expect(own.location?.href).toBe(`${origin}/api/console/signed-out`);
    expect(foreign.location).toBeUndefined();
  });
});
