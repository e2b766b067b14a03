/** The sign-in pages of the Entra emulator in a real browser, which enforces their content security policy. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { browserProgram, openBrowser } from '../../e2e/support/browser';
import { arm, authorizeUrl, oauthApp, person, postForm } from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulatorContext: TestEmulatorContext;
let entra: Entra;
let app: Server;
let browser: Browser | undefined;
/** Parameters that the app received, in the query or in a form. */
let received: URLSearchParams | undefined;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext);
  app = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const query = new URL(request.url ?? '/', 'http://app').searchParams;
      if (request.url?.startsWith('/api/'))
        received = query.size > 0 ? query : new URLSearchParams(Buffer.concat(chunks).toString());
      response.setHeader('content-type', 'text/html').end('<h1>Welcome back</h1>');
    });
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  if (browserProgram) browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
  await entra.stop();
  await emulatorContext.remove();
});

const inABrowser = browserProgram ? it : it.skip;
if (!browserProgram)
  console.warn('No browser was found on this machine: the sign-in pages are tested without one.');

/** Violations that the browser reports, such as a blocked script or a field without a name. */
async function openPage(): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser!.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon'))
      complaints.push(message.text());
  });
  return { page, complaints };
}

const callbackOf = () =>
  `http://127.0.0.1:${(app.address() as AddressInfo).port}/api/oauth/callback`;

describe('the sign-in pages in a browser', () => {
  inABrowser.each(['query', 'form_post'])(
    'give the app a code after MFA and consent, with %s',
    async (mode) => {
      const { username, password, otc } = person(entra, 'grace');
      const { page, complaints } = await openPage();
      const fields = { redirect_uri: callbackOf(), response_mode: mode, prompt: 'consent' };

      await page.goto(authorizeUrl(entra, fields));
      await page.getByLabel('User name').fill(username);
      await page.click('#submit');
      await page.getByLabel('Password').fill(password);
      await page.click('#submit');
      await page.getByLabel('Code').fill(otc!);
      await page.click('#submit');
      await page.click('#accept');
      await page.getByRole('heading', { name: 'Welcome back' }).waitFor();

      expect(received!.get('state')).toBe('a state');
      expect(received!.get('code')).toMatch(/^1\./);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  inABrowser('give a device its tokens after the user code is entered', async () => {
    const { username, password } = person(entra);
    const device: any = (
      await postForm(`${entra.url}/organizations/oauth2/v2.0/devicecode`, {
        client_id: oauthApp,
        scope: `offline_access ${arm}`,
      })
    ).body;
    const { page, complaints } = await openPage();

    await page.goto(device.verification_uri as string);
    await page.getByLabel('Code').fill(device.user_code as string);
    await page.click('#submit');
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.click('#submit');
    await page.click('#accept');
    await page.getByRole('status').waitFor();
    const { status } = await postForm(`${entra.url}/organizations/oauth2/v2.0/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: oauthApp,
      device_code: device.device_code as string,
    });

    expect(status).toBe(200);
    expect(complaints).toEqual([]);
    await page.close();
  });

  inABrowser('report a cancelled sign-in to the app', async () => {
    const { page } = await openPage();
    received = undefined;

    await page.goto(authorizeUrl(entra, { redirect_uri: callbackOf() }));
    await page.click('#cancel');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();

    expect(received!.get('error')).toBe('access_denied');
    await page.close();
  });
});
