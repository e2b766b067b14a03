/** The console in a real browser: what people do with it, and that every page suits all of them. */
import type { Browser, Locator, Page } from 'playwright-core';
import { titleOf } from '../../functions/console/web/pages/operations/orchestration';
import { browserProgram, openBrowser } from './support/browser';
import { clickPerson, inspect, openConsole, type Console } from './support/console';
import { hostScimClient } from './support/scim';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';

const inABrowser = browserProgram ? it : it.skip;
if (!browserProgram) console.warn('No browser was found: the tests of the console are skipped.');

let stack: RunningStack;
let browser: Browser;
let owner: Console;
let connectorPath: string;
let syncPath: string;
let pipelinePath: string;
let assetPath: string;
let runPath: string;
beforeAll(async () => {
  if (!browserProgram) return;
  [stack, browser] = await Promise.all([startRunningStack({ scim: true }), openBrowser()]);
  owner = await openConsole(browser, (await stack.description()).baseUrl, 'Owner');
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await stack?.removeData();
});

/** A page without anything active asks for news every 30 seconds only. */
async function reloadUntil(page: Page, shown: Locator, tab?: string): Promise<void> {
  await until(async () => {
    await page.reload();
    if (tab !== undefined) await page.getByRole('tab', { name: tab }).click();
    return shown.waitFor({ timeout: 2_000 }).then(
      () => true,
      () => false,
    );
  }, 'the page shows it');
}

const pathOf = (url: string) => new URL(url).pathname.replace('/api/console', '');

const isFocused = (element: Element) => element.matches(':focus');

describe('the console', () => {
  inABrowser('takes an Owner from an empty list to a finished sync', async () => {
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
    await page.locator('header').getByText('Succeeded').waitFor();

    await page.getByRole('cell', { name: 'contoso-sales' }).waitFor();
    await page.getByRole('tab', { name: 'What changed' }).click();
    await page.getByRole('row', { name: /Added/ }).first().waitFor();
  });

  inABrowser('finds a pipeline, and shows its relations, JSON and runs', async () => {
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
  });

  inABrowser('follows a table from a mistyped search to the report', async () => {
    const { page } = owner;
    await owner.open('/connectors', 'Connectors');
    await page.keyboard.press('/');
    await page.keyboard.type('shop ordrs');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Results' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('a[data-result]').nth(1).evaluate(isFocused)).toBe(true);
    const kinds = page.getByRole('group', { name: 'Kind' });
    await kinds.getByRole('button', { name: /^Activity/ }).click();
    await page.getByRole('link', { name: 'Copy orders' }).waitFor();
    await page.getByRole('link', { name: 'Orders.shop.Orders' }).first().click();
    await page.getByRole('table', { name: 'Assets' }).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: 'Orders.shop.Orders' }).waitFor();
    assetPath = pathOf(page.url());

    await page.locator('.graph-node').first().waitFor();
    const steps = page.getByRole('table', { name: 'Steps of the lineage' });
    for (const through of ['Copy of', 'ExecuteDataFlow of', 'SalesDW.stage.MergeSales'])
      await steps.getByText(through).first().waitFor();
    await page.getByRole('button', { name: 'Evidence of Conform' }).click();
    await page.getByRole('region', { name: 'Evidence' }).getByText('/typeProperties/').waitFor();
    await page.getByRole('combobox', { name: 'Follow a column' }).click();
    await page.getByRole('option', { name: 'StoreCode' }).click();
    await steps.getByText('StoreCode → store_code').first().waitFor();
    await page.getByRole('tab', { name: 'Impact' }).click();
    await page.getByRole('link', { name: 'RETAIL.SALES.DAILY_SALES' }).waitFor();
  });

  inABrowser('explains a failed run, and how agents connect', async () => {
    const { page } = owner;
    await owner.open(`${connectorPath}/runs`, 'Contoso');
    await page
      .getByRole('link', { name: /^Why .+ failed$/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'The way to the failure' }).waitFor();
    await page.getByRole('heading', { name: 'Earlier runs' }).waitFor();
    runPath = pathOf(page.url());

    await page.getByRole('link', { name: 'Agents' }).click();
    await page.getByText('who_has_access').waitFor();
    const configuration = page.getByRole('region', { name: 'Configuration of Claude' });
    expect(await configuration.innerText()).toContain('/api/mcp');
  });

  inABrowser('cancels a sync that runs', async () => {
    const { page } = owner;
    await stack.control('POST', '/latency', { ms: 2_000 });
    await owner.open(connectorPath, 'Contoso');
    await page.getByRole('button', { name: 'Run sync' }).click();
    await page.getByRole('progressbar', { name: 'Progress of the sync' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel the sync' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await stack.control('POST', '/latency', { ms: 0 });

    await page.locator('header').getByText('Cancelled').waitFor();
    await page.getByRole('button', { name: 'Retry' }).waitFor();
  });

  inABrowser('names the field at fault when a credential is refused', async () => {
    const { page } = owner;
    await owner.open(`${connectorPath}?connect=client_credentials`, 'Contoso');
    await page.getByLabel('Client ID').fill('not a guid');
    await page.getByText('A client ID is a GUID').waitFor();
    await page.getByLabel('Client secret').fill('0f0e1d2c-0000-4000-8000-0000000000a2');
    await page.getByText('This looks like the Secret ID').waitFor();
    await page.getByLabel('Tenant ID').fill('contoso.example');
    await page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true }).click();

    await page.getByText('clientId must be').first().waitFor();
    expect(await page.getByLabel('Client ID').evaluate(isFocused)).toBe(true);
    expect(await page.getByLabel('Client secret').inputValue()).toBe('');
  });

  inABrowser('offers a Viewer nothing that only Owners may do', async () => {
    const viewer = await openConsole(browser, (await stack.description()).baseUrl, 'Viewer');
    const { page } = viewer;
    await page.getByRole('link', { name: 'Contoso' }).waitFor();
    expect(await page.getByRole('button', { name: 'New connector' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /More actions/ }).count()).toBe(0);

    await viewer.open(connectorPath, 'Contoso');
    expect(await page.getByRole('tab', { name: 'Settings' }).count()).toBe(0);
    await viewer.open('/connected', 'Return from the sign-in');
    await page.getByText('This page requires the role Owner').waitFor();
    await viewer.open(`${connectorPath.replace(/\/overview$/, '')}/settings`, 'Contoso');
    await page.getByText('This page requires the role Owner').waitFor();

    await page.getByRole('button', { name: 'Account of Edgar Codd' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    expect(await page.evaluate(() => window.sessionStorage.length)).toBe(0);
    await viewer.close();
  });

  inABrowser('keeps its frame if a page is missing or cannot be loaded', async () => {
    const { baseUrl } = await stack.description();
    const viewer = await openConsole(browser, baseUrl, 'Viewer');
    const { page } = viewer;
    await page.evaluate(() => window.sessionStorage.clear());
    await page.goto(`${baseUrl}/api/console/syncs`);
    await clickPerson(page, 'Viewer');
    await page.getByRole('heading', { level: 1, name: 'Syncs' }).waitFor();
    await viewer.open('/no-such-page', 'No such page');
    await viewer.open('/connectors/no-such-connector', 'Connector');
    await page.getByText('There is no connector with this id').waitFor();
    const chunk = '**/assets/catalog-page-*';
    await page.route(chunk, (route) => route.abort());
    await page.getByRole('link', { name: 'Catalog' }).click();
    await page.getByRole('heading', { level: 1, name: 'Page not loaded' }).waitFor();
    await page.getByRole('link', { name: 'Syncs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Syncs' }).waitFor();
    await page.getByRole('link', { name: 'Catalog' }).click();
    await page.unroute(chunk);

    await page.getByRole('button', { name: 'Load again' }).click();

    await page.getByRole('heading', { level: 1, name: 'Catalog' }).waitFor();
    await viewer.close();
  });

  inABrowser('lets an Operator terminate what runs, and see when it did what', async () => {
    const operator = await openConsole(browser, (await stack.description()).baseUrl, 'Operator');
    const { page } = operator;
    await stack.control('POST', '/latency', { ms: 2_000 });
    const syncs = `/api${connectorPath.replace(/\/overview$/, '')}/syncs`;
    await stack.call('POST', syncs, { body: { mode: 'full' } });
    await operator.open('/operations', 'Operations');
    await page.getByRole('button', { name: /^Running/ }).click();
    await page.getByRole('link', { name: 'Sync of a connector' }).first().click();
    await page.getByRole('listitem').filter({ hasText: 'discoverFactories' }).waitFor();
    await page.getByRole('button', { name: 'Terminate' }).click();
    await page.getByText('The sync run ends now as cancelled').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();

    await page.locator('header').getByText('Terminated').waitFor();
    await page.getByRole('button', { name: 'Restart' }).waitFor();
    await stack.control('POST', '/latency', { ms: 0 });
    await operator.close();
  });

  inABrowser('follows a person from the first push to the last role', async () => {
    const { page } = owner;
    await owner.open('/provisioning', 'Provisioning');
    await page.getByRole('button', { name: 'New connection' }).first().click();
    await page.getByLabel('Name').fill('Journey');
    await page.getByLabel('Allowed addresses').fill('127.0.0.0/8\n::1\n10.0.0');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('allowedAddresses[2] must be an IPv4 or IPv6 address').waitFor();
    await page.getByLabel('Allowed addresses').fill('127.0.0.0/8\n::1');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: 'Journey' }).waitFor();
    const accessPath = pathOf(page.url()).replace('/provisioning/', '/access/');
    await page.getByRole('button', { name: 'Issue token' }).click();
    await page.getByRole('button', { name: 'Issue', exact: true }).click();
    const token = await page.getByLabel('Token', { exact: true }).inputValue();
    await page.getByLabel('I have stored it').check();
    await page.getByRole('button', { name: 'Close' }).click();
    const push = await pushPerson(token);
    await page.reload();
    await page.getByRole('tab', { name: 'Last requests' }).click();
    await page.getByRole('row', { name: /POST \/Users/ }).waitFor();
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Allowed addresses').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The connection is saved.').waitFor();

    await owner.open(accessPath, 'Access by Journey');
    await page.getByRole('tab', { name: 'Rules' }).click();
    await page
      .getByRole('textbox', { name: 'Rules', exact: true })
      .fill(JSON.stringify(journeyRules));
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText(`${journeyPerson} gains Data Factory Operator`).waitFor();
    await page.getByLabel('Why').fill('Journey');
    await page.getByRole('button', { name: 'Save the rules' }).click();
    await reloadUntil(page, page.getByRole('row', { name: /Assigned/ }), 'Grants');
    await push.disable();
    await reloadUntil(page, page.getByText('No grant yet'), 'Grants');

    await owner.open('/audit', 'Audit');
    await reloadUntil(page, page.getByRole('button', { name: 'Grant revoked' }).first());
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The audit trail is intact').waitFor();
  });

  inABrowser('is accessible and fits the screen on every page', async () => {
    const { baseUrl } = await stack.description();
    // A page waits more than it works, so several are looked at side by side.
    const [second, third, operator] = await Promise.all([
      openConsole(browser, baseUrl, 'Owner'),
      openConsole(browser, baseUrl, 'Owner'),
      openConsole(browser, baseUrl, 'Operator'),
    ]);
    const findings: string[] = [];
    const visit = async (as: Console, visits: readonly Visit[]) => {
      for (const [name, path, heading] of visits) {
        await as.go(path, heading);
        findings.push(...(await inspect(as.page, name)));
      }
    };
    const { body: connections } = await stack.call('GET', '/api/provisioning/connections');
    const [{ id, name }] = connections.items;
    const { body: found } = await stack.call('GET', '/api/ops/orchestrations', {
      as: 'operator',
    });
    const [{ instanceId, name: orchestration }] = found.items;

    await Promise.all([
      visit(owner, [
        ['connectors', '/connectors', 'Connectors'],
        ...['', 'factories', 'syncs', 'runs', 'schedule', 'events', 'settings'].map(
          (tab): Visit => [`connector-${tab || 'overview'}`, `${connectorPath}/${tab}`, 'Contoso'],
        ),
      ]),
      visit(second, [
        ...['oauth', 'client_credentials', 'device_code'].map((method): Visit => [
          `connect-${method}`,
          `${connectorPath}?connect=${method}`,
          'Contoso',
        ]),
        ['sync', syncPath, 'Initial sync'],
        ['syncs', '/syncs', 'Syncs'],
        ['catalog', '/catalog', 'Catalog'],
        ['search', '/search?q=daily', 'Search'],
        ['run', runPath, ''],
      ]),
      visit(third, [
        ...['summary', 'relations', 'json', 'runs'].map((tab): Visit => [
          `resource-${tab}`,
          `${pipelinePath}?tab=${tab}`,
          'pl_ingest_ads',
        ]),
        ['provisioning', '/provisioning', 'Provisioning'],
        ['provisioning-connection', `/provisioning/${id}`, name],
        ['access', `/access/${id}`, `Access by ${name}`],
        ['audit', '/audit', 'Audit'],
      ]),
      visit(operator, [
        ['lineage', '/lineage?name=shop', 'Lineage'],
        ...['lineage', 'impact'].map((tab): Visit => [
          `asset-${tab}`,
          `${assetPath}?tab=${tab}`,
          'Orders.shop.Orders',
        ]),
        ['agents', '/agents', 'Agents'],
        ['operations', '/operations', 'Operations'],
        ['orchestration', `/operations/${instanceId}`, titleOf(orchestration)],
      ]),
    ]);

    expect(findings).toEqual([]);
    const all = [owner, second, third, operator];
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});

/** Name of the screenshots, path and heading. */
type Visit = readonly [name: string, path: string, heading: string];

const journeyPerson = 'journey@contoso.example';
const journeyRules = {
  rules: [
    {
      id: 'journey',
      match: { kind: 'group_name', value: 'Journey operators' },
      role: 'operator',
      scopes: [
        '/subscriptions/c0c0a000-0000-4000-8000-0000000000f1/resourceGroups/rg-data/providers/Microsoft.DataFactory/factories/adf-one',
      ],
    },
  ],
};

/** Pushes a person and a group as an identity provider does. */
async function pushPerson(token: string) {
  const scim = hostScimClient({ ...(await stack.description()).scim!, token });
  const schema = 'urn:ietf:params:scim:schemas:core:2.0';
  const user = await scim('POST', '/Users', {
    body: {
      schemas: [`${schema}:User`],
      userName: journeyPerson,
      externalId: 'aaaaaaaa-0000-4000-8000-00000000cafe',
      active: true,
    },
  });
  const members = [{ value: String(user.json.id) }];
  await scim('POST', '/Groups', {
    body: { schemas: [`${schema}:Group`], displayName: 'Journey operators', members },
  });
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  const Operations = [{ op: 'replace', path: 'active', value: false }];
  return {
    disable: () => scim('PATCH', `/Users/${user.json.id}`, { body: { schemas, Operations } }),
  };
}
