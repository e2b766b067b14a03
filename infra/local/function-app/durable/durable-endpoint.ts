/** Passes HTTP requests to the management API of the Durable runtime. */
import type { IncomingMessage } from 'node:http';
import { durablePath } from './durable-client';
import type { DurableRuntime } from './durable-runtime';
import { json, type HttpResponse } from '../http/http-response';
import { readBody } from '../http/request-body';

export const isDurable = (path: string) =>
  path === durablePath || path.startsWith(`${durablePath}/`);

export async function handleDurableRequest(
  runtime: DurableRuntime,
  incoming: IncomingMessage,
  url: URL,
  bodyLimit: number,
): Promise<HttpResponse> {
  const query = new URLSearchParams(url.search);
  query.delete('code');
  const body = await readBody(incoming, bodyLimit);
  const response = await runtime.handle({
    method: incoming.method ?? 'GET',
    path: url.pathname.slice(durablePath.length) || '/',
    query,
    headers: incoming.headers as Record<string, string | undefined>,
    body: body.toString('utf8'),
  });
  const { status, headers = {} } = response;
  if (response.json === undefined) return { status, headers };
  const encoded = json(status, response.json);
  return { ...encoded, headers: { ...encoded.headers, ...headers } };
}
