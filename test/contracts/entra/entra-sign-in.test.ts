/** People sign in at the Entra stand-in's pages, and an app redeems what it gets for that. */
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  arm,
  askToken,
  authorizeUrl,
  callback,
  contoso,
  oauthApp,
  oauthClient,
  person,
  pkce,
  remember,
  signIn,
  visit,
  type Fields,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let surroundings: TestEmulatorContext;
let entra: Entra;
let restore: () => void;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  entra = await startEntra(surroundings, { redirectUris: () => ['https://app.example/callback'] });
  restore = remember(entra);
});
afterEach(() => {
  restore();
  surroundings.faults.clear();
  surroundings.clock.shiftTo(0);
});
afterAll(async () => {
  await entra.stop();
  await surroundings.remove();
});

const codeForm = (code: string, more: Fields = {}) => ({
  ...oauthClient(entra),
  grant_type: 'authorization_code',
  code,
  redirect_uri: callback,
  scope: `openid offline_access ${arm}`,
  ...more,
});

/** Signs in, and gives the code that the app gets. */
async function codeFor(fields: Fields = {}): Promise<string> {
  const { location } = await signIn(entra, authorizeUrl(entra, fields));
  return location!.searchParams.get('code')!;
}

const redeem = (code: string, more?: Fields, tenant?: string) =>
  askToken(entra, codeForm(code, more), tenant);

describe('the sign-in pages', () => {
  it('given a person, when user name and password come one after the other, then each has its page', async () => {
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

  it('given a hint, when the page is shown, then the user name stands in it, escaped', async () => {
    const hinted = await visit(authorizeUrl(entra, { login_hint: '"><script>' }));

    expect(hinted.html).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(hinted.html).not.toContain('<script');
  });

  it('given a second factor, when its code is wrong and then right, then the person gets on', async () => {
    const { username, password, otc } = person(entra, 'grace');
    const asked = await (await visit(authorizeUrl(entra))).submit({ username, password });

    const wrong = await asked.submit({ otc: 'no' });
    const right = await wrong.submit({ otc: otc! });

    expect(wrong.error).toBe('You didn’t enter the expected code.');
    expect(right.title).toBe('Permissions requested');
  });

  it('given MFA to register for, when the person does it at the page, then they are enrolled', async () => {
    const { objectId, username, password } = person(entra);
    entra.registry.changeUser(objectId, { mfa: 'not_enrolled', otc: '123456' });

    const asked = await (await visit(authorizeUrl(entra))).submit({ username, password });
    await asked.submit({ otc: '123456' });

    expect(asked.title).toBe('More information required');
    expect(entra.registry.user(objectId).mfa).toBe('required');
  });

  it('given wrong words, when they are typed, then the page says so and the person may try again', async () => {
    const { username, password } = person(entra);
    const page = await visit(authorizeUrl(entra));

    const unknown = await page.submit({ username: 'nobody@contoso.example' });
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
  ])(
    'given AADSTS%i, when the person signs in, then the page names it and the app hears nothing',
    async (code, by) => {
      entra.registry.changeUser(person(entra).objectId, by);

      const shown = await signIn(entra, authorizeUrl(entra));

      expect(shown.error).toContain(`AADSTS${code}`);
      expect(shown.location).toBeUndefined();
    },
  );

  it('given somebody of another tenant, when the tenant is pinned, then they are turned away', async () => {
    const shown = await signIn(
      entra,
      authorizeUrl(entra, {}, '0f0e1d2c-0000-4000-8000-00000000ad0f'),
    );

    expect(shown.error).toContain('AADSTS50020');
  });

  it('given a quarter of an hour has passed, when the form is sent, then the sign-in must start again', async () => {
    const page = await visit(authorizeUrl(entra));
    surroundings.clock.shiftTo(901_000);

    expect((await page.submit({ username: person(entra).username })).error).toContain(
      'AADSTS50089',
    );
  });
});

describe('consent', () => {
  it('given it was given once, when the person comes again, then they are not asked, unless the app wants it', async () => {
    await signIn(entra, authorizeUrl(entra));
    const { username, password } = person(entra);

    const again = await (await visit(authorizeUrl(entra))).submit({ username, password });
    const asked = await (
      await visit(authorizeUrl(entra, { prompt: 'consent' }))
    ).submit({ username, password });

    expect(again.location!.searchParams.has('code')).toBe(true);
    expect(asked.title).toBe('Permissions requested');
  });

  it('given the person declines, when the app hears of it, then it is access_denied with its state', async () => {
    const { username, password } = person(entra);
    const asked = await (await visit(authorizeUrl(entra))).submit({ username, password });

    const { location } = await asked.submit({ cancel: '1' });

    expect(`${location!.origin}${location!.pathname}`).toBe(callback);
    expect(Object.fromEntries(location!.searchParams)).toMatchObject({
      error: 'access_denied',
      error_subcode: 'cancel',
      error_description: expect.stringMatching(/^AADSTS65004: /),
      state: 'a state',
    });
  });

  it('given only administrators may consent, when others come, then an administrator must come first', async () => {
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

  it('given an administrator ticks the box, when others sign in, then they are not asked', async () => {
    const { username, password } = person(entra);
    const asked = await (await visit(authorizeUrl(entra))).submit({ username, password });
    await asked.submit({ accept: '1', organization: '1' });

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

  it('given the link for administrators, when one accepts, then everybody has consented and the app hears of it', async () => {
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

  it('given the link for administrators, when somebody else follows it, then they cannot consent', async () => {
    const { location } = await visit(adminConsent());
    const { username, password } = person(entra, 'edgar');

    const shown = await (await visit(location!.href)).submit({ username, password });

    expect(shown.title).toBe('Need admin approval');
  });
});

describe('a request to authorize', () => {
  it.each([
    [700016, { client_id: '11111111-2222-3333-4444-555555555555' }],
    [50011, { redirect_uri: 'http://localhost:7071/elsewhere' }],
    [50011, { redirect_uri: 'https://localhost:7071/api/oauth/callback' }],
    [50011, { redirect_uri: 'http://evil.example/api/oauth/callback' }],
    [50011, { redirect_uri: 'http://localhost:7071/api/oauth/callback?more' }],
    [900971, { redirect_uri: '' }],
  ])(
    'given AADSTS%i, when the app and %o do not belong together, then nobody is sent anywhere',
    async (code, fields) => {
      const shown = await visit(authorizeUrl(entra, fields as Fields));

      expect(shown.error).toContain(`AADSTS${code}`);
      expect(shown.location).toBeUndefined();
    },
  );

  it.each([
    ['unsupported_response_type', 70005, { response_type: 'id_token' }],
    ['invalid_request', 70007, { response_mode: 'telegram' }],
    ['invalid_request', 50147, { code_challenge: 'short', code_challenge_method: 'S256' }],
    ['invalid_resource', 500011, { scope: 'https://example.com/read' }],
    ['login_required', 50058, { prompt: 'none' }],
  ])(
    'given %s, when it is asked, then the app is told AADSTS%i and gets its state',
    async (error, code, fields) => {
      const { location } = await visit(authorizeUrl(entra, fields as unknown as Fields));

      expect(location!.searchParams.get('error')).toBe(error);
      expect(location!.searchParams.get('error_description')).toContain(`AADSTS${code}`);
      expect(location!.searchParams.get('state')).toBe('a state');
    },
  );

  it('given a failure that was asked for, when somebody would sign in, then the app is told instead', async () => {
    entra.registry.failNext({ grant: 'authorize', code: 90033 });

    const { location } = await visit(authorizeUrl(entra));

    expect(location!.searchParams.get('error')).toBe('temporarily_unavailable');
  });

  it('given any port of loopback or an address from the settings, when it is asked for, then it is good', async () => {
    const to = ['http://127.0.0.1:50123/api/oauth/callback', 'https://app.example/callback'];

    const shown = await Promise.all(
      to.map((redirect_uri) => visit(authorizeUrl(entra, { redirect_uri }))),
    );

    expect(shown.map(({ title }) => title)).toEqual(['Sign in', 'Sign in']);
  });

  it('given form_post, when the person accepts, then a form carries code and state, and posts itself', async () => {
    const shown = await signIn(entra, authorizeUrl(entra, { response_mode: 'form_post' }));

    expect(shown.action).toBe(callback);
    expect(shown.fields).toMatchObject({ code: expect.any(String), state: 'a state' });
    expect(shown.html).toContain('<script>document.forms[0].submit()</script>');
  });
});

describe('an authorization code', () => {
  it('given PKCE, when the verifier is right, then tokens are given, with the nonce in the ID token', async () => {
    const { verifier, challenge } = pkce();
    const asked = { code_challenge: challenge, code_challenge_method: 'S256' };

    const { status, body } = await redeem(await codeFor(asked), { code_verifier: verifier });

    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
    expect(body.scope.split(' ')).toContain(arm);
  });

  const withChallenge = { code_challenge: pkce().challenge, code_challenge_method: 'S256' };
  it.each<[number, string, Fields, Fields, string?]>([
    [501481, 'another verifier', withChallenge, { code_verifier: pkce().verifier }],
    [501481, 'no verifier', withChallenge, {}],
    [501481, 'a verifier nobody asked for', {}, { code_verifier: pkce().verifier }],
    [500112, 'another address', {}, { redirect_uri: 'http://localhost:1/api/oauth/callback' }],
    [7000218, 'no secret', {}, { client_secret: '' }],
    [7000215, 'a wrong secret', {}, { client_secret: 'wrong' }],
    [70000, 'a code that was made up', {}, { code: 'made up' }],
    [700022, 'two APIs', {}, { scope: `${arm} User.Read` }],
    [65001, 'more than was consented to', {}, { scope: 'User.Read' }],
  ])('given AADSTS%i, when it is redeemed with %s, then that is the answer', async (...row) => {
    const [code, , asked, sent] = row;

    const { body } = await redeem(await codeFor(asked), sent);

    expect(body.error_codes).toEqual([code]);
  });

  it('given the endpoint of another tenant, when it is redeemed there, then it is refused', async () => {
    const { body } = await redeem(await codeFor(), {}, '0f0e1d2c-0000-4000-8000-00000000ad0f');

    expect(body.error_codes).toEqual([700005]);
  });

  it('given eleven minutes have passed, when it is redeemed, then it has expired', async () => {
    const code = await codeFor();
    surroundings.clock.shiftTo(660_000);

    expect((await redeem(code)).body.error_codes).toEqual([70008]);
  });

  it('given ten at once, when they redeem the same code, then one gets tokens and nine do not', async () => {
    const code = await codeFor();

    const replies = await Promise.all(Array.from({ length: 10 }, () => redeem(code)));

    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(9);
    expect(new Set(refused.map(({ body }) => body.error_codes[0]))).toEqual(new Set([54005]));
  });

  it('given several APIs were consented to, when the code is redeemed for one, then the refresh token serves the other', async () => {
    const code = await codeFor({ scope: `offline_access ${arm} User.Read` });
    const { body } = await redeem(code, { scope: arm });

    const graph = await askToken(entra, {
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

    it('given it comes from a server, when it is redeemed, then only a page may', async () => {
      const code = await codeFor({ redirect_uri: address });

      expect((await askToken(entra, form(code))).body.error_codes).toEqual([9002327]);
    });

    it('given it comes from a page, when a day has passed, then its refresh token is at its end', async () => {
      const code = await codeFor({ redirect_uri: address });
      const { body } = await askToken(entra, form(code), undefined, origin);
      const refresh = {
        ...bare,
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token as string,
      };
      surroundings.clock.shiftTo(25 * 3_600_000);

      const late = await askToken(entra, refresh, undefined, origin);

      expect(late.body.error_codes).toEqual([700084]);
    });
  });
});
