/**
 * Storage faults: an error response instead of Azurite's, or a response that is dropped, cut or
 * slowed.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../emulator/faults';

const codes: Readonly<Record<number, string>> = {
  403: 'AuthorizationFailure',
  404: 'ResourceNotFound',
  409: 'Conflict',
  412: 'UpdateConditionNotSatisfied',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServerBusy',
};

export function sendFaultStatus(
  { status, retryAfterSeconds, body }: Fault,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const code = codes[status] ?? 'InternalError';
  const message = 'An injected fault.';
  // Tables use JSON, blobs and queues XML.
  const json = body !== undefined || incoming.headers.dataserviceversion !== undefined;
  const text = json
    ? JSON.stringify(
        body ?? { 'odata.error': { code, message: { lang: 'en-US', value: message } } },
      )
    : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  if (retryAfterSeconds !== undefined) outgoing.setHeader('retry-after', retryAfterSeconds);
  // A fault with a body of its own is the response of a proxy.
  if (body === undefined) outgoing.setHeader('x-ms-request-id', randomUUID());
  outgoing.writeHead(status, {
    'content-type': json ? 'application/json' : 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-ms-error-code': code,
  });
  outgoing.end(text);
}

/** Azurite processes the request, but its response is dropped and `instead` is called. */
export function dropResponse(outgoing: ServerResponse, instead: () => void): void {
  bufferResponse(outgoing, instead);
}

/** Sends half of the body and then breaks the connection. Without a body, nothing is sent. */
export function truncateResponse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const write = outgoing.write.bind(outgoing);
  bufferResponse(outgoing, (body) => {
    const cut = () => void incoming.socket.destroy();
    if (body.length < 2) cut();
    else write(body.subarray(0, body.length / 2), cut);
  });
}

/** Sends half of the body at once and the other half after `delayMs`. */
export function slowBody(outgoing: ServerResponse, delayMs: number): void {
  const write = outgoing.write.bind(outgoing);
  const end = outgoing.end.bind(outgoing);
  bufferResponse(outgoing, (body) => {
    const half = Math.floor(body.length / 2);
    if (half > 0) write(body.subarray(0, half));
    setTimeout(() => end(body.subarray(half)), delayMs);
  });
}

/** Buffers the body until the response ends. Azurite ends some responses twice. */
function bufferResponse(outgoing: ServerResponse, finish: (body: Buffer) => void): void {
  let hasEnded = false;
  const chunks: Buffer[] = [];
  const collect = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    return true;
  };
  outgoing.write = collect;
  outgoing.end = (chunk?: unknown) => {
    collect(chunk);
    if (!hasEnded) finish(Buffer.concat(chunks));
    hasEnded = true;
    return outgoing;
  };
}
