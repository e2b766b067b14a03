/** Where a request to the host goes: preflight, functions, the Durable management API, the host's own endpoints. */
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
    const asked = preflight(cors, method, headers);
    if (asked) return asked;

    const began = performance.now();
    const answered = functions(incoming, url);
    const answer = await (answered ?? other(incoming, url));
    if (!answered && answer.status >= 400)
      log.request(method, url.pathname, answer.status, performance.now() - began);
    return withHeaders(answer, corsHeaders(cors, headers));
  };

  async function other(incoming: IncomingMessage, url: URL): Promise<HttpResponse> {
    if (isAdmin(url.pathname)) return admin(incoming, url);
    if (durable && isDurable(url.pathname)) {
      const presented = presentedKey(incoming.headers, url.searchParams);
      if (!isAllowed(keys, 'system', presented)) return { status: 401 };
      return handleDurableRequest(durable, incoming, url, bodyLimit);
    }
    return url.pathname === '/' && incoming.method === 'GET' ? home : { status: 404 };
  }
}

/** Functions of this process reach the Durable runtime here, without a key; a page in a browser must not. */
export function createDurableHandler(durable: DurableRuntime, bodyLimit: number): HttpHandler {
  return async (incoming, url) => {
    if (incoming.headers.origin !== undefined) return { status: 403 };
    return isDurable(url.pathname)
      ? handleDurableRequest(durable, incoming, url, bodyLimit)
      : { status: 404 };
  };
}

function withHeaders(answer: HttpResponse, more: Readonly<Record<string, string>>): HttpResponse {
  const { vary } = answer.headers ?? {};
  const both = vary && more['vary'] ? { vary: `${String(vary)}, ${more['vary']}` } : {};
  return { ...answer, headers: { ...answer.headers, ...more, ...both } };
}
