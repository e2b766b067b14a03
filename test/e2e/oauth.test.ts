/** The authorization code flow in a browser and with a plain HTTP client. */
import { browserProgram, openBrowser } from './support/browser';
import { sample } from '../../infra/local/seed/sample';
import type { StackDescription } from '../../infra/local/stack/stack';
import { startRunningStack, type CallOptions, type RunningStack } from './support/stack';
import { untilTerminal, startSync } from './support/journey';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack({ workers: 2 });
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

/** A plain client that stores and sends cookies, which bind the flow to the browser. */
class CookieClient {
  private cookies = new Map<string, string>();

  async visit(url: string, form?: Record<string, string>): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0]!.split('=');
      this.cookies.set(name!, value!);
    }
    const location = response.headers.get('location');
    return location ? this.visit(new URL(location, url).href) : response;
  }

  /** Submits the form of a page with its hidden fields. */
  async submit(page: Response, fill: Record<string, string>): Promise<Response> {
    const html = await page.text();
    const [, action = ''] = /<form[^>]*action="([^"]*)"/.exec(html) ?? [];
    const fields: Record<string, string> = {};
    for (const [input] of html.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      const value = /value="([^"]*)"/.exec(input)?.[1];
      if (name && /type="hidden"/.test(input)) fields[name] = unescaped(value ?? '');
    }
    return this.visit(new URL(unescaped(action), page.url).href, { ...fields, ...fill });
  }
}

const { fabrikam } = sample;

const unescaped = (html: string) => html.replaceAll('&amp;', '&').replaceAll('&quot;', '"');

async function beginSignIn(name: string, request: object = {}, as: CallOptions['as'] = 'owner') {
  const { body: connector } = await stack.call('POST', '/api/connectors', { as, body: { name } });
  const path = `/api/connectors/${connector.id}/oauth/sessions`;
  const { status, body } = await stack.call('POST', path, { as, body: request });
  expect(status).toBe(201);
  const session = async () => (await stack.call('GET', `${path}/${body.id}`, { as })).body;
  return { connectorId: connector.id as string, startUrl: body.startUrl as string, session };
}

/** Signs in at Entra, up to the page that Entra or the app shows then. */
async function signInAtEntra(client: CookieClient, startUrl: string, user: Credentials) {
  const { username, password } = user;
  const page = await client.submit(await client.visit(startUrl), { username, password });
  return confirmation.test(page.url) ? page : client.submit(page, { accept: 'accept' });
}

type Credentials = Pick<StackDescription['sample']['guest'], 'username' | 'password'>;

async function expectConnected(connectorId: string) {
  const { body } = await stack.call('GET', `/api/connectors/${connectorId}`);
  expect(body).toMatchObject({
    status: 'connected',
    connectedWith: 'oauth',
    connectionExpiresAtSource: 'refresh_token_sliding',
  });
  expect(await untilTerminal(stack, await startSync(stack, connectorId))).toMatchObject({
    status: 'succeeded',
  });
}

const inABrowser = browserProgram ? it : it.skip;
if (!browserProgram)
  console.warn('No browser was found on this machine: the browser test is skipped.');

const confirmation = /\/api\/oauth\/confirm/;

describe('signing in with OAuth', () => {
  it('connects through a plain HTTP client, and syncs', async () => {
    const { users } = (await stack.description()).sample;
    const { connectorId, startUrl } = await beginSignIn('by hand');
    const client = new CookieClient();

    const page = await signInAtEntra(client, startUrl, users[0]!);
    const connected = await client.submit(page, { decision: 'confirm' });

    expect(await connected.text()).toContain('<h1>Connected');
    await expectConnected(connectorId);
  });

  inABrowser('connects through a real browser, and syncs', async () => {
    const { users } = (await stack.description()).sample;
    const { connectorId, startUrl } = await beginSignIn('in a browser');
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(startUrl);
      await page.fill('[name=username]', users[0]!.username);
      await page.fill('[name=password]', users[0]!.password);
      await page.click('[name=submit]');
      // Entra asks for consent at the first sign-in only.
      const accept = page.locator('[name=accept]');
      await Promise.race([accept.waitFor(), page.waitForURL(confirmation)]);
      if (await accept.isVisible()) await accept.click();
      await page.waitForURL(confirmation);
      expect(await page.textContent('dl')).toContain('in a browser');
      expect(page.url()).not.toContain('code=');
      await page.reload();
      await page.getByRole('button', { name: 'Allow' }).click();

      await page.getByRole('heading', { name: 'Connected' }).waitFor();
    } finally {
      await browser.close();
    }
    await expectConnected(connectorId);
  });
});

describe('a forwarded sign-in link', () => {
  it.each(['fabrikam.example', fabrikam.tenantId])(
    'is not made for the tenant %s, which is not allowed',
    async (tenantId) => {
      const { body } = await stack.call('POST', '/api/connectors', { body: { name: tenantId } });
      const path = `/api/connectors/${body.id}/oauth/sessions`;

      const response = await stack.call('POST', path, {
        body: { tenantId, allowAccountChange: true },
      });

      expect(response).toMatchObject({
        status: 422,
        body: { code: 'account_tenant_not_allowed' },
      });
    },
  );

  it('is refused by Entra for an account of another tenant', async () => {
    const { users } = (await stack.description()).sample;
    const request = { allowAccountChange: true };
    const { startUrl, session } = await beginSignIn('forwarded', request, 'ownerOfOtherTenant');
    const client = new CookieClient();
    const { username, password } = users[0]!;

    const page = await client.submit(await client.visit(startUrl), { username, password });

    expect(await page.text()).toContain('AADSTS50020');
    expect(await session()).toMatchObject({ status: 'pending' });
  });

  it('warns the person of an allowed tenant, who can decline', async () => {
    const { users, tenantId } = (await stack.description()).sample;
    const as = 'ownerOfOtherTenant';
    await stack.call('PUT', '/api/allowed-tenants', {
      as,
      headers: { 'if-match': '*' },
      body: { tenantIds: [tenantId] },
    });
    const request = { tenantId, allowAccountChange: true };
    const { startUrl, session } = await beginSignIn('phishing', request, as);
    const client = new CookieClient();

    const page = await signInAtEntra(client, startUrl, users[0]!);
    const html = await page.clone().text();
    await client.submit(page, { decision: 'cancel' });

    for (const text of ['Zoe Park', 'phishing', 'another tenant']) expect(html).toContain(text);
    expect(await session()).toMatchObject({ outcome: { code: 'sign_in_declined' } });
  });

  it('serves a guest who names the tenant', async () => {
    const { guest, tenantId } = (await stack.description()).sample;
    const as = 'ownerOfOtherTenant';
    const request = { tenantId, allowAccountChange: true };
    const { startUrl, session } = await beginSignIn('guest', request, as);
    const client = new CookieClient();

    const page = await signInAtEntra(client, startUrl, guest);
    await client.submit(page, { decision: 'confirm' });

    expect(await session()).toMatchObject({
      status: 'succeeded',
      account: { tenantId, username: guest.username },
    });
  });
});
