import { UpstreamError } from '../../functions/errors/app-error';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, owner, viewer, ownerOfOtherTenant } from '../support/builders';
import { browserContext, params } from './browser-context';

const otherPerson = { objectId: 'c0c0a000-0000-4000-8000-000000000012' };

describe('OAuth sign-in', () => {
  it('connects the connector and shows a page', async () => {
    const { redirectToEntra, completeSignIn, session, connector, secretStore } = browserContext();
    const visit = await redirectToEntra();

    const response = await completeSignIn(visit);

    expect(response.status).toBe(200);
    expect(response.body).toContain('Connected');
    expect(await session(visit.id)).toMatchObject({
      status: 'succeeded',
      outcome: { code: 'ok' },
      account: {
        tenantId: owner.tenantId,
        objectId: owner.objectId,
        username: 'ada@contoso.example',
      },
    });
    expect(await connector()).toMatchObject({
      status: 'connected',
      connectedWith: 'oauth',
      credentialOwner: { objectId: owner.objectId },
      account: { objectId: owner.objectId, tenantId: owner.tenantId },
      connectionExpiresAt: '2026-04-15T12:00:00.000Z',
      connectionExpiresAtSource: 'refresh_token_sliding',
    });
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('redirects to the return address with the outcome', async () => {
    const { redirectToEntra, completeSignIn } = browserContext();
    const visit = await redirectToEntra({ returnTo: 'app' });

    const response = await completeSignIn(visit);

    expect(response).toMatchObject({
      status: 303,
      headers: {
        Location: `https://app.example/connectors?tab=1&session=${visit.id}&outcome=ok`,
      },
    });
  });

  it('accepts the response as a form', async () => {
    const { redirectToEntra, services } = browserContext();
    const { query, headers } = await redirectToEntra();

    const response = await callEndpoint('oauthCallbackFormPost', {
      services,
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(query).toString(),
    });

    expect(response.status).toBe(303);
    expect(response.headers['Location']).toContain('/api/oauth/confirm?state=');
  });

  it.each([
    ['http://localhost:7071', { name: /^oauth-/, secure: false, sameSite: 'Lax' }],
    ['https://api.example', { name: /^__Host-oauth-/, secure: true, sameSite: 'None' }],
  ])('under %s sets the matching cookie', async (publicUrl, expected) => {
    const { redirectToEntra } = browserContext({ publicUrl });

    const { cookie } = await redirectToEntra();

    expect(cookie).toMatchObject({ ...expected, name: expect.stringMatching(expected.name) });
    expect(cookie).toMatchObject({ httpOnly: true, path: '/', maxAge: 600 });
  });

  it('shows pages that allow no frame, script or cache', async () => {
    const { returnFromEntra } = browserContext();

    const response = await returnFromEntra({ query: { state: '<script>alert(1)</script>' } });

    expect(response.status).toBe(400);
    expect(response.body).not.toContain('alert');
    expect(response.headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
      'Content-Security-Policy': expect.stringContaining("default-src 'none'"),
    });
  });
});

describe('startOAuth', () => {
  it('refuses a used ticket', async () => {
    const { start, callStartOAuth } = browserContext();
    const { ticket } = await start();
    await callStartOAuth(ticket);

    expect((await callStartOAuth(ticket)).status).toBe(400);
  });

  it('accepts a ticket from one of ten browsers', async () => {
    const { start, callStartOAuth } = browserContext();
    const { ticket } = await start();

    const responses = await Promise.all(Array.from({ length: 10 }, () => callStartOAuth(ticket)));

    expect(responses.filter(({ status }) => status === 302)).toHaveLength(1);
  });

  it('accepts a ticket again after Entra did not respond', async () => {
    const { start, callStartOAuth, entra } = browserContext();
    const { ticket } = await start();
    const silent = new UpstreamError('idp_unavailable', 'No response.', true);
    jest.spyOn(entra, 'authorizeUrl').mockRejectedValueOnce(silent);

    const statuses = [await callStartOAuth(ticket), await callStartOAuth(ticket)];

    expect(statuses.map(({ status }) => status)).toEqual([503, 302]);
  });

  it('accepts one ticket of ten sign-ins that start at once', async () => {
    const { start, callStartOAuth } = browserContext();
    const started = await Promise.all(Array.from({ length: 10 }, () => start()));

    const results = await Promise.all(started.map(({ ticket }) => callStartOAuth(ticket)));

    expect(results.filter(({ status }) => status === 302)).toHaveLength(1);
  });

  it('refuses a ticket older than a minute', async () => {
    const { start, callStartOAuth, wait } = browserContext();
    const { ticket } = await start();
    wait(60);

    expect((await callStartOAuth(ticket)).status).toBe(400);
  });

  it.each(['', '?ticket=', '?ticket=x', '?ticket=a&ticket=b', '?ticket=../../etc'])(
    'shows an error page for %j',
    async (ticket) => {
      const response = await browserContext().callStartOAuth(ticket);

      expect(response.status).toBe(400);
      expect(response.body).toContain('Sign-in not continued');
    },
  );

  it('does not claim that nothing is connected when its ticket was used', async () => {
    const { start, callStartOAuth } = browserContext();
    const { ticket } = await start();
    await callStartOAuth(ticket);

    const { body } = await callStartOAuth(ticket);

    expect(body).not.toContain('Not connected');
  });
});

describe('oauthCallback', () => {
  it('says nothing about the connection to another browser', async () => {
    const { redirectToEntra, completeSignIn, returnFromEntra } = browserContext();
    const visit = await redirectToEntra();
    await completeSignIn(visit);

    const { status, body } = await returnFromEntra({ query: visit.query });

    expect(status).toBe(400);
    expect(body).toContain('Sign-in not continued');
  });

  it.each([
    ['without the cookie', { headers: {} }],
    ['with another cookie', { headers: { cookie: 'oauth-id-0001=guess' } }],
    [
      'with an unknown state',
      { query: { code: 'right-code', state: `${owner.tenantId}.${'a'.repeat(43)}` } },
    ],
  ])('connects nothing for a browser %s', async (_, change) => {
    const { redirectToEntra, returnFromEntra, session, connector } = browserContext();
    const visit = await redirectToEntra();

    const response = await returnFromEntra({ ...visit, ...change });

    expect(response.status).toBe(400);
    expect((await session(visit.id)).status).toBe('pending');
    expect((await connector()).status).toBe('unconnected');
  });

  it('refuses the state of another browser', async () => {
    const { redirectToEntra, returnFromEntra } = browserContext();
    const [one, other] = [await redirectToEntra(), await redirectToEntra()];

    const response = await returnFromEntra({ headers: one.headers, query: other.query });

    expect(response.status).toBe(400);
  });

  it('redeems the code once for ten confirmations', async () => {
    const { redirectToEntra, openConfirmation, answer, entra, secretStore } = browserContext();
    const page = await openConfirmation(await redirectToEntra());

    await Promise.all(Array.from({ length: 10 }, () => answer(page)));

    expect(entra.requests).toBe(1);
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it('repeats the first outcome', async () => {
    const { redirectToEntra, returnFromEntra, completeSignIn } = browserContext();
    const visit = await redirectToEntra({ returnTo: 'app' });
    const first = await completeSignIn(visit);

    const second = await returnFromEntra({ ...visit, query: { ...visit.query, code: 'another' } });

    expect(second.headers['Location']).toBe(first.headers['Location']);
  });

  it('refuses a sign-in older than ten minutes', async () => {
    const { redirectToEntra, returnFromEntra, session, wait, entra } = browserContext();
    const visit = await redirectToEntra();
    wait(600);

    await returnFromEntra(visit);

    expect(await session(visit.id)).toMatchObject({
      status: 'expired',
      outcome: { code: 'session_expired' },
    });
    expect(entra.requests).toBe(0);
  });

  it.each([
    [{ iss: 'https://evil.example/x/v2.0' }, 'issuer_mismatch'],
    [{ code: 'wrong-code' }, 'code_already_used'],
    [{ error: 'access_denied', error_description: 'AADSTS65004: no' }, 'consent_declined'],
    [{ error: 'server_error' }, 'idp_unavailable'],
  ])('maps %j to the outcome %s', async (change, code) => {
    const { redirectToEntra, completeSignIn, session, connector } = browserContext();
    const visit = await redirectToEntra();

    await completeSignIn({
      ...visit,
      query: { ...visit.query, ...change } as Record<string, string>,
    });

    expect(await session(visit.id)).toMatchObject({ status: 'failed', outcome: { code } });
    expect((await connector()).status).toBe('unconnected');
  });

  it.each([0, 8_193, 60_000])('refuses a code of %i characters', async (length) => {
    const { redirectToEntra, returnFromEntra, session } = browserContext();
    const visit = await redirectToEntra();

    const response = await returnFromEntra({
      ...visit,
      query: { ...visit.query, code: 'c'.repeat(length) },
    });

    expect(response.status).toBe(200);
    expect((await session(visit.id)).outcome.code).toBe('sign_in_failed');
  });

  it('refuses a sign-in without a refresh token', async () => {
    const { redirectToEntra, completeSignIn, session, entra } = browserContext();
    entra.signedIn = { refreshToken: undefined } as never;
    const visit = await redirectToEntra();

    await completeSignIn(visit);

    expect((await session(visit.id)).outcome.code).toBe('offline_access_missing');
  });
});

describe('another account', () => {
  const connected = { connectors: [aConnectedConnector()] };

  it.each([
    ['first', {}, 'account_mismatch'],
    ['first, any account', { allowAccountChange: true }, 'ok'],
    ['again', { mode: 'reconnect' }, 'account_mismatch'],
    ['again, any account', { mode: 'reconnect', allowAccountChange: true }, 'ok'],
  ])('connecting %s with %j ends with %s', async (when, body, code) => {
    const { redirectToEntra, completeSignIn, session, entra } = browserContext(
      when.startsWith('again') ? connected : {},
    );
    entra.signedIn = otherPerson;
    const visit = await redirectToEntra(body);

    await completeSignIn(visit);

    expect((await session(visit.id)).outcome.code).toBe(code);
  });

  it('is not replaced by a sign-in that began before it', async () => {
    const context = browserContext();
    const { redirectToEntra, completeSignIn, session, entra, secretStore, store } = context;
    const slow = await redirectToEntra();
    const put = secretStore.put.bind(secretStore);
    jest.spyOn(secretStore, 'put').mockImplementationOnce(async (...given) => {
      entra.signedIn = otherPerson;
      await completeSignIn(await redirectToEntra({ allowAccountChange: true }));
      return put(...given);
    });

    await completeSignIn(slow);

    const connector = await store.get({ tenantId: owner.tenantId, ...params });
    expect((await session(slow.id)).outcome.code).toBe('account_mismatch');
    expect(connector?.account?.objectId).toBe(otherPerson.objectId);
    const { name, version } = connector!.secrets.grant!;
    expect(secretStore.usable()).toEqual([`${name}/${version}`]);
  });
});

describe('OAuth session', () => {
  it('connects nothing after it was cancelled', async () => {
    const { redirectToEntra, returnFromEntra, session, services, entra } = browserContext();
    const visit = await redirectToEntra();

    await callEndpoint('cancelOAuthSession', {
      services,
      params: { ...params, sessionId: visit.id },
    });
    await returnFromEntra(visit);

    expect((await session(visit.id)).status).toBe('cancelled');
    expect(entra.requests).toBe(0);
  });

  it.each([
    ['an unknown return address', { returnTo: 'https://evil.example' }, 400],
    ['a connector that was never connected', { mode: 'reconnect' }, 409],
    ['an unknown field', { authority: 'https://evil.example' }, 400],
  ])('is not started with %s', async (_, body, status) => {
    const { services } = browserContext();

    const response = await callEndpoint('startOAuthSession', { services, params, body });

    expect(response.status).toBe(status);
  });

  it.each([
    ['a Viewer', viewer, 403],
    ['an Owner of another tenant', ownerOfOtherTenant, 404],
  ])('is not shown to %s', async (_, as, status) => {
    const { services, redirectToEntra } = browserContext();
    const { id } = await redirectToEntra();

    const response = await callEndpoint('getOAuthSession', {
      services,
      as,
      params: { ...params, sessionId: id },
    });

    expect(response.status).toBe(status);
  });
});
