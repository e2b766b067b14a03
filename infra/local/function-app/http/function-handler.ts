/** HTTP-triggered functions: the route decides which, the key whether, the library's conversion what it sees. */
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

/** Undefined when no function has this route and method. */
export type FunctionHandler = (
  incoming: IncomingMessage,
  url: URL,
) => Promise<HttpResponse> | undefined;

export function createFunctionHandler(options: FunctionHandlerOptions): FunctionHandler {
  const { functions, routePrefix, keys, invoke, bodyLimit, log } = options;
  const router = new Router<RegisteredFunction>();
  for (const called of functions)
    router.add(called.name, routeOf(called, routePrefix), methodsOf(called), called);

  return (incoming, url) => {
    const method = incoming.method ?? 'GET';
    const found = router.find(method, url.pathname);
    return found && answer(incoming, url, method, found.target, found.params);
  };

  async function answer(
    incoming: IncomingMessage,
    url: URL,
    method: string,
    called: RegisteredFunction,
    params: Readonly<Record<string, string>>,
  ): Promise<HttpResponse> {
    const { headers } = incoming;
    const level = called.trigger.authLevel ?? 'anonymous';
    if (!isAllowed(keys, level, presentedKey(headers, url.searchParams))) {
      log.request(method, url.pathname, 401, 0);
      return { status: 401 };
    }
    const bodiless = method === 'GET' || method === 'HEAD';
    const body = bodiless ? undefined : await readBody(incoming, bodyLimit);
    const http = toHttpInput({ method, url, headers, params, body });
    try {
      return toHttpResponse(
        await invoke(called, { http }, { ...traceOf(headers), outcome: statusOf }),
      );
    } catch {
      // The log has it already; a caller learns nothing about a failure.
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
