import { ask } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, ada, edgar, mallory } from '../support/builders';
import { testContext, type TestContextOptions } from '../support/context';

const params = { connectorId: 'c1' };
const grace = { objectId: 'c0c0a000-0000-4000-8000-000000000012' };

/** A browser on its way through a sign-in. */
function browser(given: TestContextOptions = {}) {
  const world = testContext({ connectors: [aConnector()], ...given });
  const { services } = world;

  const begin = async (body: object = {}) => {
    const { json } = await ask('startOAuthSession', { services, params, body });
    return { id: json.id as string, ticket: new URL(json.startUrl).search };
  };
  const leave = (ticket: string) => ask('startOAuth', { services, query: ticket });
  const toEntra = async (body: object = {}) => {
    const { id, ticket } = await begin(body);
    const left = await leave(ticket);
    const [cookie] = left.cookies!;
    const asked = new URL(left.headers['Location']!).searchParams;
    return {
      id,
      cookie: cookie!,
      headers: { cookie: `other=1; ${cookie!.name}=${cookie!.value}` },
      query: { code: 'right-code', state: asked.get('state')! },
    };
  };
  return {
    ...world,
    begin,
    leave,
    toEntra,
    comeBack: (visit: { query: Record<string, string>; headers?: Record<string, string> }) =>
      ask('oauthCallback', { services, ...visit }),
    session: async (sid: string) =>
      (await ask('getOAuthSession', { services, params: { ...params, sessionId: sid } })).json,
    connector: async () => (await ask('getConnector', { services, params })).json,
  };
}

describe('signing in with Microsoft', () => {
  it('given one browser, when its sign-in is completed, then the connector is connected and a page says so', async () => {
    const { toEntra, comeBack, session, connector, vault } = browser();
    const visit = await toEntra();

    const answer = await comeBack(visit);

    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Connected');
    expect(await session(visit.id)).toMatchObject({ status: 'succeeded', outcome: { code: 'ok' } });
    expect(await connector()).toMatchObject({
      status: 'connected',
      connectedWith: 'oauth',
      credentialOwner: { objectId: ada.objectId },
      account: { objectId: ada.objectId, tenantId: ada.tenantId },
      connectionExpiresAt: '2026-04-15T12:00:00.000Z',
      connectionExpiresAtSource: 'refresh_token_sliding',
    });
    expect(vault.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('given an address to return to, when it is completed, then the browser goes there with the outcome', async () => {
    const { toEntra, comeBack } = browser();
    const visit = await toEntra({ returnTo: 'app' });

    const answer = await comeBack(visit);

    expect(answer).toMatchObject({
      status: 303,
      headers: {
        Location: `https://app.example/connectors?tab=1&session=${visit.id}&outcome=ok`,
      },
    });
  });

  it('given a form instead of a query, when it is posted, then it is completed as well', async () => {
    const { toEntra, services } = browser();
    const { query, headers } = await toEntra();

    const answer = await ask('oauthCallbackFormPost', {
      services,
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(query).toString(),
    });

    expect(answer.body).toContain('Connected');
  });

  it.each([
    ['http://localhost:7071', { name: /^oauth-/, secure: false, sameSite: 'Lax' }],
    ['https://api.example', { name: /^__Host-oauth-/, secure: true, sameSite: 'None' }],
  ])('given %s, when a browser leaves, then its cookie fits', async (publicUrl, expected) => {
    const { toEntra } = browser({ publicUrl });

    const { cookie } = await toEntra();

    expect(cookie).toMatchObject({ ...expected, name: expect.stringMatching(expected.name) });
    expect(cookie).toMatchObject({ httpOnly: true, path: '/', maxAge: 600 });
  });

  it('given any page, when it is shown, then nothing can frame it, script it or keep it', async () => {
    const { comeBack } = browser();

    const answer = await comeBack({ query: { state: '<script>alert(1)</script>' } });

    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain('alert');
    expect(answer.headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
      'Content-Security-Policy': expect.stringContaining("default-src 'none'"),
    });
  });
});

describe('a sign-in link', () => {
  it('given a ticket that was used, when it is used again, then it is refused', async () => {
    const { begin, leave } = browser();
    const { ticket } = await begin();
    await leave(ticket);

    expect((await leave(ticket)).status).toBe(400);
  });

  it('given ten browsers with one ticket, when all leave at once, then one gets away', async () => {
    const { begin, leave } = browser();
    const { ticket } = await begin();

    const answers = await Promise.all(Array.from({ length: 10 }, () => leave(ticket)));

    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
  });

  it('given a ticket older than a minute, when it is used, then it is refused', async () => {
    const { begin, leave, wait } = browser();
    const { ticket } = await begin();
    wait(60);

    expect((await leave(ticket)).status).toBe(400);
  });

  it.each(['', '?ticket=', '?ticket=x', '?ticket=a&ticket=b', '?ticket=../../etc'])(
    'given %j, when it is used, then a page says that it is of no use',
    async (ticket) => {
      const answer = await browser().leave(ticket);

      expect(answer.status).toBe(400);
      expect(answer.body).toContain('Not connected');
    },
  );
});

describe('coming back from Microsoft', () => {
  it.each([
    ['without the cookie', { headers: {} }],
    ['with the cookie of another', { headers: { cookie: 'oauth-id-0001=guess' } }],
    [
      'with a made-up state',
      { query: { code: 'right-code', state: `${ada.tenantId}.${'a'.repeat(43)}` } },
    ],
  ])('given a browser %s, when it comes back, then nothing is connected', async (_, change) => {
    const { toEntra, comeBack, session, connector } = browser();
    const visit = await toEntra();

    const answer = await comeBack({ ...visit, ...change });

    expect(answer.status).toBe(400);
    expect((await session(visit.id)).status).toBe('pending');
    expect((await connector()).status).toBe('unconnected');
  });

  it('given two sign-ins, when their states are swapped, then neither browser is recognised', async () => {
    const { toEntra, comeBack } = browser();
    const [one, other] = [await toEntra(), await toEntra()];

    const answer = await comeBack({ headers: one.headers, query: other.query });

    expect(answer.status).toBe(400);
  });

  it('given ten callbacks at once, when all have ended, then the code was redeemed once', async () => {
    const { toEntra, comeBack, entra, vault } = browser();
    const visit = await toEntra();

    await Promise.all(Array.from({ length: 10 }, () => comeBack(visit)));

    expect(entra.asked).toBe(1);
    expect(vault.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('given a callback that was completed, when it comes again, then it shows the first outcome', async () => {
    const { toEntra, comeBack } = browser();
    const visit = await toEntra({ returnTo: 'app' });
    const first = await comeBack(visit);

    const second = await comeBack({ ...visit, query: { ...visit.query, code: 'another' } });

    expect(second.headers['Location']).toBe(first.headers['Location']);
  });

  it('given a sign-in older than ten minutes, when it comes back, then it has expired', async () => {
    const { toEntra, comeBack, session, wait, entra } = browser();
    const visit = await toEntra();
    wait(600);

    await comeBack(visit);

    expect(await session(visit.id)).toMatchObject({
      status: 'expired',
      outcome: { code: 'session_expired' },
    });
    expect(entra.asked).toBe(0);
  });

  it.each([
    [{ iss: 'https://evil.example/x/v2.0' }, 'issuer_mismatch'],
    [{ code: 'wrong-code' }, 'code_already_used'],
    [{ error: 'access_denied', error_description: 'AADSTS65004: no' }, 'consent_declined'],
    [{ error: 'server_error' }, 'idp_unavailable'],
  ])('given %j, when it comes back, then the outcome is %s', async (change, code) => {
    const { toEntra, comeBack, session, connector } = browser();
    const visit = await toEntra();

    await comeBack({ ...visit, query: { ...visit.query, ...change } as Record<string, string> });

    expect(await session(visit.id)).toMatchObject({ status: 'failed', outcome: { code } });
    expect((await connector()).status).toBe('unconnected');
  });

  it('given no refresh token, when the code is redeemed, then it is not connected', async () => {
    const { toEntra, comeBack, session, entra } = browser();
    entra.signedIn = { refreshToken: undefined } as never;
    const visit = await toEntra();

    await comeBack(visit);

    expect((await session(visit.id)).outcome.code).toBe('offline_access_missing');
  });
});

describe('the account that signs in', () => {
  const connected = { connectors: [aConnectedConnector()] };

  it.each([
    ['first', {}, 'account_mismatch'],
    ['first, any account', { allowAccountChange: true }, 'ok'],
    ['again', { mode: 'reconnect' }, 'account_mismatch'],
    ['again, any account', { mode: 'reconnect', allowAccountChange: true }, 'ok'],
  ])(
    'given another account, when it connects %s, then the outcome is as allowed',
    async (when, body, code) => {
      const { toEntra, comeBack, session, entra } = browser(
        when.startsWith('again') ? connected : {},
      );
      entra.signedIn = grace;
      const visit = await toEntra(body);

      await comeBack(visit);

      expect((await session(visit.id)).outcome.code).toBe(code);
    },
  );
});

describe('a sign-in session', () => {
  it('given one under way, when it is cancelled, then the browser that comes back changes nothing', async () => {
    const { toEntra, comeBack, session, services, entra } = browser();
    const visit = await toEntra();

    await ask('cancelOAuthSession', { services, params: { ...params, sessionId: visit.id } });
    await comeBack(visit);

    expect((await session(visit.id)).status).toBe('cancelled');
    expect(entra.asked).toBe(0);
  });

  it.each([
    ['an unknown return address', { returnTo: 'https://evil.example' }, 400],
    ['a connector that was never connected', { mode: 'reconnect' }, 409],
    ['an unknown field', { authority: 'https://evil.example' }, 400],
  ])('given %s, when one is begun, then it is refused', async (_, body, status) => {
    const { services } = testContext({ connectors: [aConnector()] });

    const answer = await ask('startOAuthSession', { services, params, body });

    expect(answer.status).toBe(status);
  });

  it.each([
    ['a Viewer', edgar, 403],
    ['an Owner of another tenant', mallory, 404],
  ])('given %s, when it is looked at, then it is not shown', async (_, as, status) => {
    const { services, toEntra } = browser();
    const { id } = await toEntra();

    const answer = await ask('getOAuthSession', { services, as, params: { ...params, sessionId: id } });

    expect(answer.status).toBe(status);
  });
});
