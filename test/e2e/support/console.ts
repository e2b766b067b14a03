/** The console in a browser: sign-in by one click, and the checks that hold for every page. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { patienceMs } from '../../support/until';

const root = join(__dirname, '../../..');
/** Screenshots for people: of what has findings, or with SCREENSHOTS=all of every page. */
const artefacts = join(root, 'dist/test/console');
const everyPage = process.env['SCREENSHOTS'] === 'all';
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export type Role = 'Owner' | 'Member' | 'Viewer' | 'Operator';

export interface Console {
  readonly page: Page;
  /** Opens a path of the console, as a link does, and waits for the heading of its page. */
  open(path: string, heading: string | RegExp): Promise<void>;
  /** Errors that the browser has reported, such as violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Goes to a path as a link within the console does, and waits until it is loaded. */
  go(path: string, heading: string | RegExp): Promise<void>;
  close(): Promise<void>;
}

/** Opens the console, and signs in as the sample person with the role. */
export async function openConsole(browser: Browser, baseUrl: string, role: Role): Promise<Console> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    // The browser also reports responses such as 403, which the pages handle.
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
      complaints.push(text);
  });
  await page.goto(`${baseUrl}/api/console`);
  await clickPerson(page, role);
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' });
  return {
    page,
    complaints,
    async open(path, heading) {
      await page.goto(`${baseUrl}/api/console${path}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    },
    async go(path, heading) {
      await page.evaluate((to) => {
        window.history.pushState(null, '', `/api/console${to}`);
        window.dispatchEvent(new PopStateEvent('popstate'));
      }, path);
      // Tabs of one page have the same heading, so it does not tell which one is shown.
      await page.waitForFunction(() => {
        const { pathname, search } = window.location;
        const { loading, path: shown } = document.querySelector('main')?.dataset ?? {};
        return loading === undefined && `/api/console${shown}` === `${pathname}${search}`;
      });
      await page.locator('h1').filter({ hasText: heading }).waitFor({ state: 'attached' });
    },
    close: () => context.close(),
  };
}

/** On the sign-in page of the Entra emulator. */
export const clickPerson = (page: Page, role: Role): Promise<void> =>
  page
    .getByRole('button', { name: `(${role})` })
    .first()
    .click();

interface AxeResult {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const standards = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']";

const looks = [
  { scheme: 'light', width: 1280, height: 860 },
  { scheme: 'dark', width: 375, height: 812 },
] as const;
type Look = (typeof looks)[number];

/** A transition styles every element again at each frame, which takes longer than axe. */
function stopMotion(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    '*, ::before, ::after { transition: none !important; animation: none !important; }',
  );
  document.adoptedStyleSheets = [sheet];
}

/** How each page was looked at last: the next visit begins with the same and saves a change. */
const lastLooks = new WeakMap<Page, Look>();

/**
 * Looks at the page as people do: wide and light, narrow and dark. Returns what is wrong with it:
 * violations that axe finds, and content that is wider than the screen.
 */
export async function inspect(page: Page, name: string): Promise<string[]> {
  mkdirSync(artefacts, { recursive: true });
  // Neither source nor object of axe is sent to or from a page that has it: each takes longer than axe.
  if (!(await page.evaluate(() => 'axe' in globalThis)))
    await page.evaluate(`(() => { ${axe} })()`);
  const findings: string[] = [];
  const inOrder = lastLooks.get(page) === looks[1] ? looks.toReversed() : looks;
  lastLooks.set(page, inOrder.at(-1)!);
  for (const { scheme, width, height } of inOrder) {
    const findingsBefore = findings.length;
    await page.evaluate(stopMotion);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    await page.waitForFunction(
      (wanted) => document.documentElement.dataset['mantineColorScheme'] === wanted,
      scheme,
    );
    // Colors and sizes are those of the new scheme and width after the next frame.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    if (overflow > 0) findings.push(`${name}, ${width} px: ${overflow} px wider than the screen`);
    const violations = (await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'], runOnly: { type: 'tag', values: ${standards} } }).then(({ violations }) => violations)`,
    )) as readonly AxeResult[];
    findings.push(...violations.map((violation) => `${name}, ${scheme}: ${textOf(violation)}`));
    if (everyPage || findings.length > findingsBefore)
      await page.screenshot({ path: join(artefacts, `${name}-${scheme}-${width}.png`) });
  }
  return findings;
}

function textOf({ id, help, nodes }: AxeResult): string {
  const places = nodes.map(({ html, failureSummary = '' }) => {
    const [, reason = ''] = failureSummary.split('\n');
    return `${html.slice(0, 160)} ${reason}`;
  });
  return `${id}: ${help}: ${places.join(' | ')}`;
}
