/** An HTTP response of the host, and how it is written to the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A stream is passed on as it arrives. */
  readonly body?: Uint8Array | Readable;
}

export const json = (status: number, value: unknown): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: Buffer.from(JSON.stringify(value)),
});

export const text = (status: number, content: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: Buffer.from(content),
});

/**
 * Responses state no length, as in Azure. Writing to a closed connection is not an error: a response
 * that breaks off closes it.
 */
export function writeResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers = {}, body }: HttpResponse,
): void {
  outgoing.writeHead(status, headers as Record<string, string | string[]>);
  if (body instanceof Uint8Array)
    outgoing.end(incoming.method === 'HEAD' || hasNoContent(status) ? undefined : body);
  else if (body) pipeline(body, outgoing, () => undefined);
  else outgoing.end();
}

const hasNoContent = (status: number) => status === 204 || status === 205 || status === 304;
