/**
 * Invokes HTTP-triggered functions: matches the route, checks the key and converts request and
 * response.
 */
import type { IncomingMessage } from 'node:http';
import { methodsOf, routeOf } from '../function-summary';
import type { HttpResponse } from './http-response';
import { toHttpResponse, toHttpInput } from './http-conversion';
import type { InvokeFunction } from '../worker/invocation';
import { isAllowed, presentedKey, type Keys } from './keys';
import type { Log } from '../log';
import type { RegisteredFunction } from '../worker/registered-function';
import { readBody } from './request-body';
import { Router } from './router';
import type { Output } from '../worker/worker-protocol';

export interface FunctionHandlerOptions {
  readonly functions: readonly RegisteredFunction[];
  readonly routePrefix: string;
  readonly keys: Keys;
  readonly invoke: InvokeFunction;
  readonly bodyLimit: number;
  readonly log: Log;
}

/** Returns undefined if no function has this route and method. */
export type FunctionHandler = (
  incoming: IncomingMessage,
  url: URL,
) => Promise<HttpResponse> | undefined;

export function createFunctionHandler(options: FunctionHandlerOptions): FunctionHandler {
  const { functions, routePrefix, keys, invoke, bodyLimit, log } = options;
  const router = new Router<RegisteredFunction>();
  for (const fn of functions) router.add(fn.name, routeOf(fn, routePrefix), methodsOf(fn), fn);

  return (incoming, url) => {
    const method = incoming.method ?? 'GET';
    const match = router.find(method, url.pathname);
    return match && invokeFunction(incoming, url, method, match.target, match.params);
  };

  async function invokeFunction(
    incoming: IncomingMessage,
    url: URL,
    method: string,
    fn: RegisteredFunction,
    params: Readonly<Record<string, string>>,
  ): Promise<HttpResponse> {
    const { headers } = incoming;
    const level = fn.trigger.authLevel ?? 'anonymous';
    if (!isAllowed(keys, level, presentedKey(headers, url.searchParams))) {
      log.request(method, url.pathname, 401, 0);
      return { status: 401 };
    }
    const hasNoBody = method === 'GET' || method === 'HEAD';
    const body = hasNoBody ? undefined : await readBody(incoming, bodyLimit);
    const http = toHttpInput({ method, url, headers, params, body });
    try {
      return toHttpResponse(await invoke(fn, { http }, { ...traceOf(headers), outcome: statusOf }));
    } catch {
      // The log shows the error; the caller receives no details.
      return { status: 500 };
    }
  }
}

const traceOf = ({ traceparent, tracestate }: IncomingMessage['headers']) => ({
  traceParent: typeof traceparent === 'string' ? traceparent : undefined,
  traceState: typeof tracestate === 'string' ? tracestate : undefined,
});

const statusOf = (output: Output | undefined) =>
  output && 'http' in output ? output.http.statusCode : '204';
