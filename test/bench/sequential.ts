/** The baseline: the same lists, read one page after the other, with nothing else going on. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { idOf, type FactoryRef } from '../../infra/local/resource-manager/factories/factory';
import type { StackDescription } from '../../infra/local/stack/stack';

interface Page {
  readonly nextLink?: string;
}

/** Below a factory; the factory itself comes first. */
const lists = [
  '',
  '/pipelines',
  '/datasets',
  '/linkedservices',
  '/dataflows',
  '/triggers',
  '/integrationRuntimes',
  '/globalParameters',
  '/credentials',
  '/managedVirtualNetworks',
  '/managedVirtualNetworks/default/managedPrivateEndpoints',
  '/adfcdcs',
];
/** What the product allows itself, too. */
const inFlight = 8;

export interface Reading {
  readonly ms: number;
  readonly requests: number;
  /**
   * No reader can be faster: discovery, and then the longest chain of pages, in which each names the next one, or
   * all requests at eight a time where that takes longer.
   */
  readonly floor: number;
}

/** Reads every list of the factories as a simple reader would. */
export async function readSequentially(
  { azure, sample, authorityFile }: StackDescription,
  factories: readonly FactoryRef[],
): Promise<Reading> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(authorityFile) });
  const token = await accessToken(agent, azure.entraUrl, sample);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const started = performance.now();
  let requests = 1;
  const query = "resources | where type =~ 'microsoft.datafactory/factories'";
  await call(
    agent,
    `${azure.resourceManagerUrl}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01`,
    { method: 'POST', headers, body: JSON.stringify({ query }) },
  );
  const discovery = performance.now() - started;
  let longest = 0;
  for (const path of factories.flatMap((factory) => lists.map((list) => idOf(factory) + list))) {
    const begun = performance.now();
    let next: string | undefined = `${azure.resourceManagerUrl}${path}?api-version=2018-06-01`;
    while (next !== undefined) {
      const page = JSON.parse(await call(agent, next, { headers })) as Page;
      next = page.nextLink;
      requests++;
    }
    longest = Math.max(longest, performance.now() - begun);
  }
  const ms = performance.now() - started;
  agent.destroy();
  return { ms, requests, floor: discovery + Math.max(longest, (ms - discovery) / inFlight) };
}

async function accessToken(
  agent: Agent,
  entraUrl: string,
  { tenantId, clientId, clientSecret }: StackDescription['sample'],
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://management.azure.com/.default',
  });
  const answer = await call(agent, `${entraUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  return (JSON.parse(answer) as { access_token: string }).access_token;
}

interface Wanted {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function call(agent: Agent, url: string, { method = 'GET', headers = {}, body }: Wanted) {
  return new Promise<string>((resolve, reject) => {
    const sent = request(url, { agent, method, headers, timeout: 30_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () =>
        answer.statusCode! < 300
          ? resolve(text)
          : reject(new Error(`${url} answered ${answer.statusCode}: ${text}`)),
      );
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${url} did not answer.`)));
    sent.end(body);
  });
}
