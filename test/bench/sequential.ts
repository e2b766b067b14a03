/** Baseline: reads the same lists one page after another, without any other work. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { idOf, type FactoryRef } from '../../infra/local/resource-manager/factories/factory';
import type { StackDescription } from '../../infra/local/stack/stack';

interface Page {
  readonly nextLink?: string;
}

/** Paths below a factory, with the factory first. */
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
/** Same as in the product. */
const maxConcurrentRequests = 8;

export interface Reading {
  readonly ms: number;
  readonly requests: number;
  /**
   * Lower bound of any reader: discovery, then the longer of two: the longest chain of pages, or
   * all requests with eight at a time.
   */
  readonly floor: number;
}

/** Reads every list of the factories in sequence. */
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
    const startedAt = performance.now();
    let next: string | undefined = `${azure.resourceManagerUrl}${path}?api-version=2018-06-01`;
    while (next !== undefined) {
      const page = JSON.parse(await call(agent, next, { headers })) as Page;
      next = page.nextLink;
      requests++;
    }
    longest = Math.max(longest, performance.now() - startedAt);
  }
  const ms = performance.now() - started;
  agent.destroy();
  return {
    ms,
    requests,
    floor: discovery + Math.max(longest, (ms - discovery) / maxConcurrentRequests),
  };
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
  const response = await call(agent, `${entraUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  return (JSON.parse(response) as { access_token: string }).access_token;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function call(agent: Agent, url: string, { method = 'GET', headers = {}, body }: RequestOptions) {
  return new Promise<string>((resolve, reject) => {
    const sent = request(url, { agent, method, headers, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        response.statusCode! < 300
          ? resolve(text)
          : reject(new Error(`${url} returned status ${response.statusCode}: ${text}`)),
      );
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${url} did not response.`)));
    sent.end(body);
  });
}
