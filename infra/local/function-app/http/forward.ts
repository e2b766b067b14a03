/**
 * Passes a request on to the HTTP server of the worker, as the host does for an app with HTTP
 * streams. Bodies pass in both directions as they arrive. While the worker does not read a body, the
 * connection of the caller stands still.
 */
import {
  Agent,
  request,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Transform } from 'node:stream';
import { AbortedError, BodyTooLargeError } from './request-body';

export interface ForwardOptions {
  readonly incoming: IncomingMessage;
  /** The worker learns from it which invocation the request belongs to. */
  readonly invocationId: string;
  /** Address of the worker's server. */
  readonly workerUrl: string;
  readonly bodyLimit: number;
}

export interface ForwardedRequest {
  /** Resolves when the head of the response has arrived. */
  readonly response: Promise<IncomingMessage>;
  /** Gives up, because no response will follow. */
  abort(): void;
}

/** Below the time after which the server of the worker closes an idle connection. */
const agent = new Agent({ keepAlive: true, timeout: 4_000 });

export function forward(options: ForwardOptions): ForwardedRequest {
  const { incoming, bodyLimit } = options;
  const withoutBody = hasNoBody(incoming.method);
  let outgoing: ClientRequest;
  const limited = limitedTo(bodyLimit);
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    const send = (over: Agent | false) =>
      requestOf(options, over)
        .once('response', resolve)
        .once('error', (error) => {
          if (withoutBody && isStale(outgoing, error)) outgoing = send(false).end();
          else reject(error);
        });
    // A body cannot be sent twice, so it gets a connection that the worker has not closed.
    outgoing = send(withoutBody && agent);
    limited.once('error', reject);
    incoming.once('close', () => {
      if (!incoming.complete) reject(new AbortedError());
    });
  });
  // A caller who is gone ends the request; a worker that closes the connection lets the rest pass.
  incoming.once('close', () => !incoming.complete && breakOff(outgoing));
  limited.once('error', () => breakOff(outgoing));
  if (isTooLong(incoming.headers, bodyLimit)) limited.destroy(new BodyTooLargeError());
  else if (withoutBody) incoming.resume().once('end', () => outgoing.end());
  else {
    outgoing!.once('close', () => incoming.unpipe().resume());
    if (hasBody(incoming.headers)) outgoing!.flushHeaders();
    incoming.pipe(limited).pipe(outgoing!);
  }
  response.catch(() => undefined);
  return { response, abort: () => breakOff(outgoing) };
}

const requestOf = (
  { incoming: { url, method = 'GET', headers }, invocationId, workerUrl }: ForwardOptions,
  over: Agent | false,
): ClientRequest =>
  request(new URL(url!, workerUrl), {
    method,
    agent: over,
    headers: {
      ...passedOn(headers, method),
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': headers.host ?? '',
      'x-forwarded-proto': 'http',
    },
  });

/**
 * The worker waits for the request of each invocation, so the head is sent even if the caller was gone
 * before the connection was made.
 */
function breakOff(outgoing: ClientRequest): void {
  const { socket } = outgoing;
  if (!socket) outgoing.once('socket', () => breakOff(outgoing));
  else if (socket.connecting) socket.once('connect', () => setImmediate(() => outgoing.destroy()));
  else outgoing.destroy();
}

/** The worker has closed a connection that was kept, just when it was used again. */
const isStale = ({ reusedSocket }: ClientRequest, error: NodeJS.ErrnoException): boolean =>
  reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');

const isTooLong = (headers: IncomingHttpHeaders, limit: number) =>
  Number(headers['content-length'] ?? 0) > limit;

function limitedTo(limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.byteLength;
      if (size > limit) done(new BodyTooLargeError());
      else done(null, chunk);
    },
  });
}

/** Its head is passed on at once: the body may be slow, or never arrive. */
export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** The worker cannot read a body of these methods. */
const hasNoBody = (method = 'GET') => method === 'GET' || method === 'HEAD';

const connectionHeaders = ['connection', 'keep-alive', 'upgrade', 'expect', 'host'];
const bodyHeaders = ['content-length', 'transfer-encoding'];

/** A body without a length stays one. */
function passedOn(headers: IncomingHttpHeaders, method: string): IncomingHttpHeaders {
  const dropped = new Set([...connectionHeaders, ...(hasNoBody(method) ? bodyHeaders : [])]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
