/**
 * Invokes HTTP-triggered functions: matches the route, checks the key, and passes the request on to
 * the worker, which responds to it.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { methodsOf, routeOf } from '../function-summary';
import { forward } from './forward';
import type { HttpResponse } from './http-response';
import type { InvokeFunction } from '../worker/invocation';
import { isAllowed, presentedKey, type Keys } from './keys';
import type { Log } from '../log';
import type { RegisteredFunction } from '../worker/registered-function';
import { AbortedError, BodyTooLargeError } from './request-body';
import { withinResponseLimit } from './response-limit';
import { Router } from './router';
import { triggerMetadata } from './trigger-metadata';

export interface FunctionHandlerOptions {
  readonly functions: readonly RegisteredFunction[];
  readonly routePrefix: string;
  readonly keys: Keys;
  readonly invoke: InvokeFunction;
  /** Address of the worker's HTTP server. */
  readonly workerUrl: string;
  readonly bodyLimit: number;
  readonly log: Log;
}

/** Returns undefined if no function has this route and method. */
export type FunctionHandler = (
  incoming: IncomingMessage,
  url: URL,
) => Promise<HttpResponse> | undefined;

export function createFunctionHandler(options: FunctionHandlerOptions): FunctionHandler {
  const { functions, routePrefix, keys, invoke, workerUrl, bodyLimit, log } = options;
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
    headers['x-forwarded-for'] = forwardedFor(incoming);
    const level = fn.trigger.authLevel ?? 'anonymous';
    if (!isAllowed(keys, level, presentedKey(headers, url.searchParams))) {
      log.request(method, url.pathname, 401, 0);
      return { status: 401 };
    }
    const invocationId = randomUUID();
    const forwarded = forward({ incoming, invocationId, workerUrl, bodyLimit });
    const { response } = forwarded;
    const statusOf = () =>
      response.then(
        ({ statusCode }) => String(statusCode),
        () => 'broken',
      );
    const invocation = invoke(
      fn,
      { string: '' },
      {
        ...traceOf(headers),
        invocationId,
        metadata: triggerMetadata(headers, url.searchParams, params),
        outcome: statusOf,
      },
    );
    try {
      const responded = Promise.race([response, invocation.then(() => response)]);
      return await withinResponseLimit(responded.then(toHttpResponse));
    } catch (error) {
      forwarded.abort();
      invocation.catch(() => undefined);
      if (error instanceof BodyTooLargeError || error instanceof AbortedError) throw error;
      // The log shows the error; the caller receives no details.
      return { status: 500 };
    }
  }
}

/**
 * The front ends of App Service append the address of the client, with its port. The worker gets the
 * headers with the metadata of the trigger.
 */
function forwardedFor({ headers, socket: { remoteAddress = '', remotePort } }: IncomingMessage) {
  const client = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
  return [headers['x-forwarded-for'] ?? [], `${client}:${remotePort}`].flat().join(', ');
}

function toHttpResponse(response: IncomingMessage): HttpResponse {
  const { statusCode = 500, headers } = response;
  const shown = Object.entries(headers).filter(([name]) => !connectionHeaders.includes(name));
  return { status: statusCode, headers: Object.fromEntries(shown) as {}, body: response };
}

/** Headers between host and worker. */
const connectionHeaders = [
  'connection',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-ms-invocation-id',
];

const traceOf = ({ traceparent, tracestate }: IncomingMessage['headers']) => ({
  traceParent: typeof traceparent === 'string' ? traceparent : undefined,
  traceState: typeof tracestate === 'string' ? tracestate : undefined,
});
