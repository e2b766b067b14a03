/**
 * Routes requests: CORS preflight, functions, Durable management API, /admin, the page at the root.
 */
import type { IncomingMessage } from 'node:http';
import { isAdmin } from './admin';
import { corsHeaders, preflight, type Cors } from './cors';
import { handleDurableRequest, isDurable } from '../durable/durable-endpoint';
import type { DurableRuntime } from '../durable/durable-runtime';
import type { FunctionHandler } from './function-handler';
import type { HttpResponse } from './http-response';
import { isAllowed, presentedKey, type Keys } from './keys';
import type { HttpHandler } from './listener';
import type { Log } from '../log';

export interface HostHandlerOptions {
  readonly cors: Cors;
  readonly keys: Keys;
  readonly functions: FunctionHandler;
  readonly admin: HttpHandler;
  readonly durable: DurableRuntime | undefined;
  readonly home: HttpResponse;
  readonly bodyLimit: number;
  readonly log: Log;
}

export function createHostHandler(options: HostHandlerOptions): HttpHandler {
  const { cors, keys, functions, admin, durable, home, bodyLimit, log } = options;
  return async (incoming, url) => {
    const { method = 'GET', headers } = incoming;
    const preflightResponse = preflight(cors, method, headers);
    if (preflightResponse) return preflightResponse;

    const began = performance.now();
    const functionResponse = functions(incoming, url);
    const response = await (functionResponse ?? handleOther(incoming, url));
    if (!functionResponse && response.status >= 400)
      log.request(method, url.pathname, response.status, performance.now() - began);
    return withHeaders(response, corsHeaders(cors, headers));
  };

  async function handleOther(incoming: IncomingMessage, url: URL): Promise<HttpResponse> {
    if (isAdmin(url.pathname)) return admin(incoming, url);
    if (durable && isDurable(url.pathname)) {
      const presented = presentedKey(incoming.headers, url.searchParams);
      if (!isAllowed(keys, 'system', presented)) return { status: 401 };
      return handleDurableRequest(durable, incoming, url, bodyLimit);
    }
    return url.pathname === '/' && incoming.method === 'GET' ? home : { status: 404 };
  }
}

/**
 * Serves the Durable management API to functions of this process without a key. Browsers are
 * rejected.
 */
export function createDurableHandler(durable: DurableRuntime, bodyLimit: number): HttpHandler {
  return async (incoming, url) => {
    if (incoming.headers.origin !== undefined) return { status: 403 };
    return isDurable(url.pathname)
      ? handleDurableRequest(durable, incoming, url, bodyLimit)
      : { status: 404 };
  };
}

function withHeaders(response: HttpResponse, more: Readonly<Record<string, string>>): HttpResponse {
  const { vary } = response.headers ?? {};
  const both = vary && more['vary'] ? { vary: `${String(vary)}, ${more['vary']}` } : {};
  return { ...response, headers: { ...response.headers, ...more, ...both } };
}
