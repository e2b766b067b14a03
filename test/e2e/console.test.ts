/** The console in a real browser: what people do with it, and that every page suits all of them. */
import type { Browser } from 'playwright-core';
import { browserProgram, openBrowser } from './support/browser';
import { clickPerson, inspect, openConsole, type Console } from './support/console';
import { startRunningStack, type RunningStack } from './support/stack';

const inABrowser = browserProgram ? it : it.skip;
if (!browserProgram) console.warn('No browser was found: the tests of the console are skipped.');

let stack: RunningStack;
let browser: Browser;
let owner: Console;
let connectorPath: string;
let syncPath: string;
let pipelinePath: string;
beforeAll(async () => {
  if (!browserProgram) return;
  [stack, browser] = await Promise.all([startRunningStack({ scim: true }), openBrowser()]);
  owner = await openConsole(browser, (await stack.description()).baseUrl, 'Owner');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await stack?.removeData();
}, 60_000);

const pathOf = (url: string) => new URL(url).pathname.replace('/api/console', '');

describe('the console', () => {
  inABrowser(
    'takes an Owner from an empty list to a finished sync',
    async () => {
      const { page } = owner;
      await page.getByText('No connector yet').waitFor();
      await page.getByRole('button', { name: 'New connector' }).first().click();
      await page.getByLabel('Connector Name').fill('Contoso');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Sign in with Microsoft' }).click();
      await clickPerson(page, 'Owner');
      await page.getByRole('button', { name: 'Accept' }).click();
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByRole('heading', { name: 'Connected' }).waitFor();
      connectorPath = pathOf(page.url());

      const connected = page.getByRole('dialog');
      await connected.getByRole('button', { name: 'Run Initial Sync' }).click();
      await page.getByRole('heading', { name: 'Initial sync' }).waitFor();
      syncPath = pathOf(page.url());
      await page.locator('header').getByText('Succeeded').waitFor({ timeout: 60_000 });

      await page.getByRole('cell', { name: 'contoso-sales' }).waitFor();
      await page.getByRole('tab', { name: 'What changed' }).click();
      await page.getByRole('row', { name: /Added/ }).first().waitFor();
    },
    120_000,
  );

  inABrowser(
    'finds a pipeline, and shows its relations, JSON and runs',
    async () => {
      const { page } = owner;
      await owner.open('/catalog', 'Catalog');
      await page.getByLabel('Search by name, type or folder').fill('pl_ingest_ads');
      await page.getByRole('link', { name: 'pl_ingest_ads' }).click();
      await page.getByRole('heading', { level: 1, name: 'pl_ingest_ads' }).waitFor();
      pipelinePath = pathOf(page.url());

      await page.getByRole('tab', { name: 'Uses and used by' }).click();
      await page.locator('.graph-node').first().waitFor();
      await page.getByRole('link', { name: 'tr_nightly' }).waitFor();
      await page.getByRole('tab', { name: 'JSON' }).click();
      await page.getByRole('group', { name: 'JSON of pl_ingest_ads' }).waitFor();
      await page.getByRole('tab', { name: 'Runs' }).click();

      await page.getByRole('heading', { name: 'Outcomes' }).waitFor();
    },
    60_000,
  );

  inABrowser(
    'cancels a sync that runs',
    async () => {
      const { page } = owner;
      await stack.control('POST', '/latency', { ms: 2_000 });
      await owner.open(connectorPath, 'Contoso');
      await page.getByRole('button', { name: 'Run sync' }).click();
      await page.getByRole('progressbar', { name: 'Progress of the sync' }).waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Cancel the sync' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await stack.control('POST', '/latency', { ms: 0 });

      await page.locator('header').getByText('Cancelled').waitFor({ timeout: 30_000 });
      await page.getByRole('button', { name: 'Retry' }).waitFor();
    },
    60_000,
  );

  inABrowser(
    'names the field at fault when a credential is refused',
    async () => {
      const { page } = owner;
      await owner.open(`${connectorPath}?connect=client_credentials`, 'Contoso');
      await page.getByLabel('Client ID').fill('not a guid');
      await page.getByText('A client ID is a GUID').waitFor();
      await page.getByLabel('Client secret').fill('0f0e1d2c-0000-4000-8000-0000000000a2');
      await page.getByText('This looks like the Secret ID').waitFor();
      await page.getByLabel('Tenant ID').fill('contoso.example');
      await page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true }).click();

      await page.getByText('clientId must be').first().waitFor();
      expect(await page.getByLabel('Client ID').evaluate((field) => field.matches(':focus'))).toBe(
        true,
      );
      expect(await page.getByLabel('Client secret').inputValue()).toBe('');
    },
    60_000,
  );

  inABrowser(
    'offers a Viewer nothing that only Owners may do',
    async () => {
      const viewer = await openConsole(browser, (await stack.description()).baseUrl, 'Viewer');
      const { page } = viewer;
      await page.getByRole('link', { name: 'Contoso' }).waitFor();
      expect(await page.getByRole('button', { name: 'New connector' }).count()).toBe(0);
      expect(await page.getByRole('button', { name: /More actions/ }).count()).toBe(0);

      await viewer.open(connectorPath, 'Contoso');
      expect(await page.getByRole('tab', { name: 'Settings' }).count()).toBe(0);
      await viewer.open('/connected', 'Return from the sign-in');
      await page.getByText('This page requires the role Owner').waitFor();

      await page.getByRole('button', { name: 'Account of Edgar Codd' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      expect(await page.evaluate(() => window.sessionStorage.length)).toBe(0);
      await viewer.close();
    },
    60_000,
  );

  inABrowser(
    'is accessible and fits the screen on every page',
    async () => {
      const { page, complaints } = owner;
      const findings: string[] = [];
      const visit = async (name: string, path: string, heading: string | RegExp) => {
        await owner.go(path, heading);
        findings.push(...(await inspect(page, name)));
      };

      await visit('connectors', '/connectors', 'Connectors');
      for (const tab of ['', 'factories', 'syncs', 'runs', 'schedule', 'events', 'settings'])
        await visit(`connector-${tab || 'overview'}`, `${connectorPath}/${tab}`, 'Contoso');
      for (const method of ['oauth', 'client_credentials', 'device_code'])
        await visit(`connect-${method}`, `${connectorPath}?connect=${method}`, 'Contoso');
      await visit('sync', syncPath, 'Initial sync');
      await visit('syncs', '/syncs', 'Syncs');
      await visit('catalog', '/catalog', 'Catalog');
      for (const tab of ['summary', 'relations', 'json', 'runs'])
        await visit(`resource-${tab}`, `${pipelinePath}?tab=${tab}`, 'pl_ingest_ads');

      expect(findings).toEqual([]);
      expect(complaints).toEqual([]);
    },
    300_000,
  );
});
