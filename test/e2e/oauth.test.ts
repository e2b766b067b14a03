/** The authorization code flow in a browser and with a plain HTTP client. */
import { browserProgram, openBrowser } from './support/browser';
import { startRunningStack, type RunningStack } from './support/stack';
import { createConnector, untilTerminal, startSync } from './support/journey';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack();
}, 90_000);
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

const unescaped = (html: string) => html.replaceAll('&amp;', '&').replaceAll('&quot;', '"');

async function beginSignIn(name: string) {
  const connectorId = await createConnector(stack, name);
  const { status, body } = await stack.call(
    'POST',
    `/api/connectors/${connectorId}/oauth/sessions`,
    { body: {} },
  );
  expect(status).toBe(201);
  return { connectorId, sessionId: body.id as string, startUrl: body.startUrl as string };
}

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

const callback = /\/api\/oauth\/callback/;

describe('signing in with OAuth', () => {
  it('connects through a plain HTTP client, and syncs', async () => {
    const { users } = (await stack.description()).sample;
    const { connectorId, startUrl } = await beginSignIn('by hand');
    const client = new CookieClient();

    let page = await client.visit(startUrl);
    page = await client.submit(page, {
      username: users[0]!.username,
      password: users[0]!.password,
    });
    if (!callback.test(page.url)) page = await client.submit(page, { accept: 'accept' });

    expect(await page.text()).toContain('Connected');
    await expectConnected(connectorId);
  }, 60_000);

  inABrowser(
    'connects through a real browser, and syncs',
    async () => {
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
        await Promise.race([accept.waitFor(), page.waitForURL(callback)]);
        if (await accept.isVisible()) await accept.click();
        await page.waitForURL(callback);

        expect(await page.textContent('body')).toContain('Connected');
      } finally {
        await browser.close();
      }
      await expectConnected(connectorId);
    },
    90_000,
  );
});
