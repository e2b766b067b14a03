/**
 * Client of the emulator of Resource Manager for the demo and the benches, with the customer's app.
 * Trusts the authority of the stack, which a process that started before it cannot add to Node's.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { StackDescription } from '../stack/stack';

export interface AzureClient {
  /** Takes a path or a whole URL. Throws an Error for each response that is not 2xx. */
  call<T>(method: 'GET' | 'POST', pathOrUrl: string, body?: unknown): Promise<T>;
  close(): void;
}

type Described = Pick<StackDescription, 'azure' | 'sample' | 'authorityFile'>;

export async function openAzureClient({
  azure,
  sample,
  authorityFile,
}: Described): Promise<AzureClient> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(authorityFile) });
  const token = await accessToken(agent, azure.entraUrl, sample);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return {
    async call<T>(method: 'GET' | 'POST', pathOrUrl: string, body?: unknown) {
      const text = await send(agent, new URL(pathOrUrl, azure.resourceManagerUrl).href, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return JSON.parse(text) as T;
    },
    close: () => agent.destroy(),
  };
}

async function accessToken(
  agent: Agent,
  entraUrl: string,
  { tenantId, clientId, clientSecret }: Described['sample'],
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://management.azure.com/.default',
  });
  const response = await send(agent, `${entraUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  return (JSON.parse(response) as { access_token: string }).access_token;
}

interface RequestOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

function send(agent: Agent, url: string, { method, headers, body }: RequestOptions) {
  return new Promise<string>((resolve, reject) => {
    const sent = request(url, { agent, method, headers, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        response.statusCode! < 300
          ? resolve(text)
          : reject(new Error(`${url} responded with ${response.statusCode}: ${text}`)),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`${url} did not respond.`)));
    sent.end(body);
  });
}
