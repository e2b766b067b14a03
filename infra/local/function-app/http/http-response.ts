/** An HTTP response of the host, and how it is written to the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
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

/** Writing to a closed connection is not an error. */
export function writeResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers = {}, body }: HttpResponse,
): void {
  const empty = body === undefined || status === 204 || status === 205 || status === 304;
  outgoing.writeHead(status, {
    ...(headers as Record<string, string | string[]>),
    ...(status !== 204 && status !== 304 && { 'content-length': empty ? 0 : body.byteLength }),
  });
  outgoing.end(empty || incoming.method === 'HEAD' ? undefined : body);
}
