/** Faults of storage: an answer in its own words instead of Azurite's, or Azurite's answer lost on its way. */
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
  // Tables speak JSON, blobs and queues XML.
  const json = body !== undefined || incoming.headers.dataserviceversion !== undefined;
  const text = json
    ? JSON.stringify(
        body ?? { 'odata.error': { code, message: { lang: 'en-US', value: message } } },
      )
    : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  if (retryAfterSeconds !== undefined) outgoing.setHeader('retry-after', retryAfterSeconds);
  outgoing.writeHead(status, {
    'content-type': json ? 'application/json' : 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-ms-error-code': code,
  });
  outgoing.end(text);
}

/** What was asked is done, but the caller never hears of it: something else happens before the first byte. */
export function dropResponse(outgoing: ServerResponse, instead: () => void): void {
  bufferResponse(outgoing, instead);
}

/** Half of the body, then nothing. An answer without a body is lost as a whole. */
export function truncateResponse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const write = outgoing.write.bind(outgoing);
  bufferResponse(outgoing, (body) => {
    const cut = () => void incoming.socket.destroy();
    if (body.length < 2) cut();
    else write(body.subarray(0, body.length / 2), cut);
  });
}

/** Half of the body at once, the rest when nobody expects it any more. */
export function slowBody(outgoing: ServerResponse, delayMs: number): void {
  const write = outgoing.write.bind(outgoing);
  const end = outgoing.end.bind(outgoing);
  bufferResponse(outgoing, (body) => {
    const half = Math.floor(body.length / 2);
    if (half > 0) write(body.subarray(0, half));
    setTimeout(() => end(body.subarray(half)), delayMs);
  });
}

/** Keeps the body to itself until the answer is whole. Azurite ends some of its answers twice. */
function bufferResponse(outgoing: ServerResponse, finish: (body: Buffer) => void): void {
  let isWhole = false;
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    return true;
  };
  outgoing.write = keep;
  outgoing.end = (chunk?: unknown) => {
    keep(chunk);
    if (!isWhole) finish(Buffer.concat(chunks));
    isWhole = true;
    return outgoing;
  };
}
