import { inspect } from 'node:util';
import { InvocationContext } from '@azure/functions';
import {
  RefusedError,
  ServiceUnavailableError,
  SlowBodyError,
  ThrottledError,
  TooLargeError,
} from '../../functions/errors/app-error';
import { orErrorPage } from '../../functions/oauth/sign-in-pages.http';
import { rightSecret } from '../fakes/entra';
import { callEndpoint, logged } from '../support/call-endpoint';
import { aConnectedConnector, aConnector, owner, ownerOfOtherTenant } from '../support/builders';
import { browserContext, params, type Visit } from './browser-context';

const key = { tenantId: owner.tenantId, ...params };

describe('pages of a sign-in that fails', () => {
  it.each([
    [408, new SlowBodyError('body_timeout', 'The body stopped.')],
    [413, new TooLargeError('body_too_large', 'The body is too large.')],
    [400, new RefusedError('link_used_or_expired', 'The link was used.')],
    [503, new ServiceUnavailableError('storage_unavailable', 'Not now.', true, undefined)],
    [503, new ThrottledError('idp_throttled', 'Later.', 7)],
    [500, new Error('a bug')],
  ])('have the status %d of %s', async (status, error) => {
    const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });

    const response = await orErrorPage(context, () => Promise.reject(error));

    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ 'Content-Type': 'text/html; charset=utf-8' });
  });

  it.each(['confirmOAuth', 'oauthCallbackFormPost'] as const)(
    'of %s name a form that is too large',
    async (name) => {
      const { services } = browserContext();

      const response = await callEndpoint(name, {
        services,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `state=${'x'.repeat(100_000)}`,
      });

      expect(response.status).toBe(413);
    },
  );
});

describe('confirmation of a sign-in', () => {
  it('names asker, tenants, connector and what is read', async () => {
    const { redirectToEntra, openConfirmation } = browserContext();

    const { page } = await openConfirmation(await redirectToEntra());

    for (const text of ['Ada Lovelace', owner.objectId, owner.tenantId, 'Sales', 'run history'])
      expect(page.body).toContain(text);
  });

  it('connects nothing and redeems no code before it is given', async () => {
    const { redirectToEntra, openConfirmation, session, connector, entra, secretStore } =
      browserContext();
    const visit = await redirectToEntra();

    await openConfirmation(visit);

    expect((await session(visit.id)).status).toBe('pending');
    expect((await connector()).status).toBe('unconnected');
    expect(entra.requests).toBe(0);
    expect(secretStore.usable()).toEqual([]);
  });

  it('connects nothing if it is declined', async () => {
    const { redirectToEntra, openConfirmation, answer, session, entra, eventStore } =
      browserContext();
    const visit = await redirectToEntra();
    const page = await openConfirmation(visit);

    const declined = await answer(page, 'cancel');
    const repeated = await answer(page);

    expect([declined.body, repeated.body]).toEqual([
      expect.stringContaining('Not connected'),
      expect.stringContaining('Not connected'),
    ]);
    expect(await session(visit.id)).toMatchObject({
      status: 'failed',
      outcome: { code: 'sign_in_declined' },
    });
    expect(entra.requests).toBe(0);
    expect(eventStore.all().at(-1)).toMatchObject({
      type: 'oauth.session_failed',
      data: { code: 'sign_in_declined' },
    });
  });

  it.each<[string, (page: { cookie: string; state: string; csrfToken: string }) => object]>([
    ['another token', (page) => ({ ...page, csrfToken: 'A'.repeat(43) })],
    ['no token', ({ cookie, state }) => ({ cookie, state })],
    ['no cookie of the browser', (page) => ({ ...page, cookie: '' })],
    [
      'no cookie of the page',
      (page) => ({ ...page, cookie: page.cookie.replace(/oauth-confirm-[^;]*/, '') }),
    ],
    ['no state', (page) => ({ ...page, state: '' })],
  ])('is refused with %s', async (_, change) => {
    const { redirectToEntra, openConfirmation, services, session, entra } = browserContext();
    const visit = await redirectToEntra();
    const { headers, fields } = await openConfirmation(visit);
    const sent = { cookie: headers.cookie, ...fields } as Record<string, string>;
    const { cookie, ...form } = change(sent as never) as Record<string, string>;

    const response = await callEndpoint('confirmOAuth', {
      services,
      headers: { cookie: cookie!, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, decision: 'confirm' }).toString(),
    });

    expect(response.status).toBe(400);
    expect((await session(visit.id)).status).toBe('pending');
    expect(entra.requests).toBe(0);
  });

  it('is refused with the page of another sign-in', async () => {
    const { redirectToEntra, openConfirmation, answer, entra } = browserContext({
      connectors: [aConnector(), aConnector({ id: 'c2', name: 'Other' })],
    });
    const one = await openConfirmation(await redirectToEntra());
    const other = await openConfirmation(await redirectToEntra());

    const response = await answer({ headers: one.headers, fields: other.fields });

    expect(response.status).toBe(400);
    expect(entra.requests).toBe(0);
  });

  it('is refused after ten minutes', async () => {
    const { redirectToEntra, openConfirmation, answer, wait, session, entra } = browserContext();
    const visit = await redirectToEntra();
    const page = await openConfirmation(visit);
    wait(600);

    const response = await answer(page);

    expect(response.body).toContain('Not connected');
    expect((await session(visit.id)).status).toBe('expired');
    expect(entra.requests).toBe(0);
  });

  it('shows names as text only', async () => {
    const { redirectToEntra, openConfirmation } = browserContext({
      connectors: [aConnector({ name: '<img src=x onerror="alert(1)">' })],
    });

    const { page } = await openConfirmation(await redirectToEntra());

    expect(page.body).toContain('&lt;img src=x');
    expect(page.body).not.toContain('<img');
  });

  it.each([
    [{}, "form-action 'self'"],
    [{ returnTo: 'app' }, "form-action 'self' https://app.example"],
  ])('of %j sends its form to us and the return address only', async (body, formAction) => {
    const { redirectToEntra, openConfirmation } = browserContext();

    const { page } = await openConfirmation(await redirectToEntra(body));

    const policy = page.headers['Content-Security-Policy']!;
    expect(policy.endsWith(formAction)).toBe(true);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers['X-Frame-Options']).toBe('DENY');
  });

  it.each([
    ['http://localhost:7071', { name: /^oauth-confirm-/, secure: false }],
    ['https://api.example', { name: /^__Host-oauth-confirm-/, secure: true }],
  ])('under %s sets a strict cookie', async (publicUrl, { name, secure }) => {
    const { redirectToEntra, openConfirmation } = browserContext({ publicUrl });

    const { cookie } = await openConfirmation(await redirectToEntra());

    expect(cookie).toMatchObject({ name: expect.stringMatching(name), secure });
    expect(cookie).toMatchObject({ sameSite: 'Strict', httpOnly: true, path: '/' });
  });

  it('removes the code from the address of the page', async () => {
    const { redirectToEntra, openConfirmation } = browserContext();

    const { redirect, page } = await openConfirmation(await redirectToEntra());

    expect(redirect.headers['Location']).not.toContain('right-code');
    expect(page.body).not.toContain('right-code');
  });

  it('connects nothing for an asker who left meanwhile', async () => {
    const { redirectToEntra, openConfirmation, answer, session, connector, entra, leaverStore } =
      browserContext();
    const visit = await redirectToEntra();
    const page = await openConfirmation(visit);
    const directory = { tenantId: owner.tenantId, connectionId: 'scim-1' };
    await leaverStore.put(directory, 'U1', owner.objectId, 'left');

    const { body } = await answer(page);

    expect(body).toContain('<h1>Not connected');
    expect(await session(visit.id)).toMatchObject({ outcome: { code: 'person_deactivated' } });
    expect([(await connector()).status, entra.requests]).toEqual(['unconnected', 0]);
  });

  it('reports a sign-in that another request completes as such', async () => {
    const { redirectToEntra, openConfirmation, answer, entra } = browserContext();
    const page = await openConfirmation(await redirectToEntra());
    const redeem = entra.redeem.bind(entra);
    let second: Awaited<ReturnType<typeof answer>> | undefined;
    entra.redeem = async (response) => {
      second = await answer(page);
      return redeem(response);
    };

    const first = await answer(page);

    expect(first.body).toContain('<h1>Connected');
    expect(second!.body).toContain('<h1>Being completed');
  });

  it('stays connected if its result cannot be recorded', async () => {
    const { redirectToEntra, openConfirmation, answer, connector, connectionAttemptStore } =
      browserContext();
    const page = await openConfirmation(await redirectToEntra());
    const replace = connectionAttemptStore.replace.bind(connectionAttemptStore);
    jest
      .spyOn(connectionAttemptStore, 'replace')
      .mockImplementation((attempt) =>
        attempt.state === 'succeeded' ? Promise.reject(new Error('lost')) : replace(attempt),
      );
    jest.spyOn(console, 'error').mockReturnValue();

    const response = await answer(page);

    expect(response.body).toContain('<h1>Connected');
    expect((await connector()).status).toBe('connected');
  });
});

describe('the row of a sign-in', () => {
  async function rowsOf({ connectionAttemptStore }: ReturnType<typeof browserContext>) {
    return inspect(await connectionAttemptStore.list(key, { limit: 10 }), { depth: 20 });
  }

  it('holds neither the code nor what redeems it', async () => {
    const context = browserContext();
    const visit = await context.redirectToEntra();
    const redeem = jest.spyOn(context.entra, 'redeem');
    const page = await context.openConfirmation(visit);
    const open = await rowsOf(context);

    await context.answer(page);

    const [{ code, codeVerifier, nonce }] = redeem.mock.calls[0]! as [Record<string, string>];
    const secrets = [code, codeVerifier, nonce, visit.cookie.value, page.cookie!.value];
    for (const text of [open, await rowsOf(context), logged.join('\n')])
      for (const secret of secrets) expect(text).not.toContain(secret);
    expect(open).toContain('sealed');
  });

  it.each<[string, (context: ReturnType<typeof browserContext>, visit: Visit) => Promise<unknown>]>(
    [
      ['succeeded', async ({ completeSignIn }, visit) => completeSignIn(visit)],
      [
        'declined',
        async ({ openConfirmation, answer }, visit) => answer(await openConfirmation(visit), 'no'),
      ],
      [
        'cancelled',
        async ({ openConfirmation, services }, visit) => {
          await openConfirmation(visit);
          const sessionId = { ...params, sessionId: visit.id };
          await callEndpoint('cancelOAuthSession', { services, params: sessionId });
        },
      ],
      [
        'superseded',
        async ({ openConfirmation, start, wait }, visit) => {
          await openConfirmation(visit);
          wait(1);
          await start();
        },
      ],
    ],
  )('keeps no sealed code when it %s', async (_, end) => {
    const context = browserContext();
    const visit = await context.redirectToEntra();

    await end(context, visit);

    expect(await rowsOf(context)).not.toContain('sealed');
  });
});

describe('the tenant of a sign-in', () => {
  const foreign = { tenantId: ownerOfOtherTenant.tenantId, objectId: ownerOfOtherTenant.objectId };
  const allow = ({ services }: ReturnType<typeof browserContext>, tenantIds = [foreign.tenantId]) =>
    callEndpoint('replaceAllowedTenants', {
      services,
      headers: { 'if-match': '*' },
      body: { tenantIds },
    });

  it.each([
    ['by default', {}, owner.tenantId],
    ['with any account', { allowAccountChange: true }, owner.tenantId],
    ['named by domain', { tenantId: 'Contoso.example' }, owner.tenantId],
  ])('%s is one tenant at Entra', async (_, body, tenant) => {
    const { redirectToEntra } = browserContext();

    const { location } = await redirectToEntra(body);

    expect(location.pathname).toBe(`/${tenant}/oauth2/v2.0/authorize`);
  });

  it.each([
    [foreign.tenantId, 'account_tenant_not_allowed'],
    [foreign.tenantId.toUpperCase(), 'account_tenant_not_allowed'],
    ['fabrikam.example', 'account_tenant_not_allowed'],
    ['FABRIKAM.example', 'account_tenant_not_allowed'],
    ['unknown.example', 'tenant_not_found'],
  ])('named %s is refused at the start: %s', async (tenantId, code) => {
    const { services } = browserContext();

    const response = await callEndpoint('startOAuthSession', {
      services,
      params,
      body: { tenantId, allowAccountChange: true },
    });

    expect(response).toMatchObject({ status: 422, json: { code } });
  });

  it('needs consent to another account if it is another one', async () => {
    const context = browserContext();
    await allow(context);

    const response = await callEndpoint('startOAuthSession', {
      services: context.services,
      params,
      body: { tenantId: foreign.tenantId },
    });

    expect(response).toMatchObject({
      status: 400,
      json: { code: 'account_change_required', errors: [{ pointer: '/allowAccountChange' }] },
    });
  });

  it('is that of a user whose tenant was named by domain', async () => {
    const context = browserContext();
    const { services, redirectToEntra, completeSignIn, session } = context;
    const body = {
      method: 'client_credentials',
      tenantId: 'Contoso.example',
      clientId: 'c0c0a000-0000-4000-8000-00000000000a',
      clientSecret: rightSecret,
      userId: owner.objectId,
    };
    await callEndpoint('submitCredentials', { services, params, body });
    const visit = await redirectToEntra({ mode: 'reconnect' });

    await completeSignIn(visit);

    expect((await session(visit.id)).outcome.code).toBe('ok');
  });

  it('of the previous account is refused when it is no longer allowed', async () => {
    const { services } = browserContext({
      connectors: [aConnectedConnector({ account: { ...foreign, clientId: 'app' } })],
    });

    const response = await callEndpoint('startOAuthSession', { services, params, body: {} });

    expect(response).toMatchObject({ status: 422, json: { code: 'account_tenant_not_allowed' } });
  });

  it.each([
    ['that is not allowed', [], {}, 'tenant_mismatch'],
    [
      'that is allowed, named by domain',
      [foreign.tenantId],
      { tenantId: 'fabrikam.example' },
      'ok',
    ],
    ['that is allowed, named by id', [foreign.tenantId], { tenantId: foreign.tenantId }, 'ok'],
    ['that is allowed but was not named', [foreign.tenantId], {}, 'tenant_mismatch'],
  ])('of an account %s decides', async (_, allowed, body, code) => {
    const context = browserContext();
    await allow(context, allowed);
    context.entra.signedIn = foreign;
    const visit = await context.redirectToEntra({ ...body, allowAccountChange: true });

    await context.completeSignIn(visit);

    expect((await context.session(visit.id)).outcome.code).toBe(code);
    expect((await context.connector()).status).toBe(code === 'ok' ? 'connected' : 'unconnected');
    expect(context.secretStore.usable()).toHaveLength(code === 'ok' ? 1 : 0);
  });

  it('is compared without case', async () => {
    const context = browserContext();
    await allow(context, [foreign.tenantId.toUpperCase()]);
    context.entra.signedIn = foreign;
    const body = { tenantId: foreign.tenantId.toUpperCase(), allowAccountChange: true };
    const visit = await context.redirectToEntra(body);

    await context.completeSignIn(visit);

    expect((await context.session(visit.id)).outcome.code).toBe('ok');
  });

  it('is checked again when the person confirms', async () => {
    const context = browserContext();
    await allow(context);
    context.entra.signedIn = foreign;
    const body = { tenantId: foreign.tenantId, allowAccountChange: true };
    const visit = await context.redirectToEntra(body);
    const page = await context.openConfirmation(visit);
    await allow(context, []);

    await context.answer(page);

    expect((await context.session(visit.id)).outcome.code).toBe('account_tenant_not_allowed');
    expect(context.secretStore.usable()).toEqual([]);
  });

  it('brings a warning if it is not that of the asker', async () => {
    const context = browserContext();
    await allow(context);
    const body = { tenantId: foreign.tenantId, allowAccountChange: true };

    const { page } = await context.openConfirmation(await context.redirectToEntra(body));

    expect(page.body).toContain('another tenant');
  });
});

describe('an open sign-in', () => {
  const disconnect = ({ services }: ReturnType<typeof browserContext>) =>
    callEndpoint('disconnectConnector', { services, params });

  it.each([
    ['unconnected', aConnector()],
    ['connected', aConnectedConnector()],
  ])('is cancelled when its %s connector is disconnected', async (_, connector) => {
    const context = browserContext({ connectors: [connector] });
    const visit = await context.redirectToEntra();
    const page = await context.openConfirmation(visit);

    await disconnect(context);
    await context.answer(page);

    expect((await context.session(visit.id)).status).toBe('cancelled');
    expect((await context.connector()).status).toBe('unconnected');
    expect(context.entra.requests).toBe(0);
  });

  it('connects nothing if the disconnect arrives while it is verified', async () => {
    const context = browserContext();
    const { entra, redirectToEntra, completeSignIn, session, connector, secretStore } = context;
    const redeem = entra.redeem.bind(entra);
    entra.redeem = async (response) => {
      await disconnect(context);
      return redeem(response);
    };
    const visit = await redirectToEntra();

    await completeSignIn(visit);

    expect((await session(visit.id)).outcome.code).toBe('disconnected_meanwhile');
    expect((await connector()).status).toBe('unconnected');
    expect(secretStore.usable()).toEqual([]);
  });

  it('does not leave for Entra when its connector is being deleted', async () => {
    const { services, start, callStartOAuth } = browserContext();
    const { ticket } = await start();
    await callEndpoint('deleteConnector', { services, params, headers: { 'if-match': '*' } });

    expect((await callStartOAuth(ticket)).status).toBe(400);
  });

  it('is cancelled by the deletion of its connector', async () => {
    const { services, redirectToEntra, connectionAttemptStore } = browserContext();
    const visit = await redirectToEntra();

    await services.connectorDeletion.isIdle(key);

    expect(await connectionAttemptStore.get(key, visit.id)).toMatchObject({ state: 'cancelled' });
  });

  it('is cancelled although it changes at the same time', async () => {
    const { services, redirectToEntra, returnFromEntra, session, connectionAttemptStore } =
      browserContext();
    const visit = await redirectToEntra();
    const get = connectionAttemptStore.get.bind(connectionAttemptStore);
    jest.spyOn(connectionAttemptStore, 'get').mockImplementationOnce(async (...request) => {
      const read = await get(...request);
      await returnFromEntra(visit);
      return read;
    });

    const response = await callEndpoint('cancelOAuthSession', {
      services,
      params: { ...params, sessionId: visit.id },
    });

    expect(response.status).toBe(204);
    expect((await session(visit.id)).status).toBe('cancelled');
  });
});

describe('the page after admin consent', () => {
  it.each([
    { admin_consent: 'True', tenant: owner.tenantId },
    { admin_consent: 'True', error: 'access_denied' },
    { admin_consent: 'False' },
  ])('claims nothing for %j', async (query) => {
    const { returnFromEntra } = browserContext();

    const { status, body } = await returnFromEntra({ query: query as never });

    expect(status).toBe(200);
    expect(body).toContain('cannot tell');
    expect(body).not.toMatch(/>(Not )?[Aa]pproved/);
  });
});
