/** A receiver of webhooks: a local TLS server that stores its requests and responds as a test wants. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificates } from '../../infra/local/emulator/certificates';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** TLS server name of the connection; false if the client sent none. */
  readonly servername: unknown;
}

export interface Receiver {
  readonly port: number;
  readonly requests: ReceivedRequest[];
  /** Responds to the next requests. Default: 204, and a challenge is answered with its origin. */
  respond: (response: ServerResponse, request: IncomingMessage) => void;
  stop(): Promise<void>;
}

/** Allows every origin, as the abuse protection of CloudEvents asks for. */
export function respondNoContent(response: ServerResponse, { method, headers }: IncomingMessage) {
  const origin = headers['webhook-request-origin'];
  if (method === 'OPTIONS' && origin !== undefined)
    response.setHeader('WebHook-Allowed-Origin', origin);
  response.writeHead(204).end();
}

export async function startReceiver({ key, cert }: Certificates): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const { servername } = request.socket as { servername?: unknown };
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString(), servername });
      receiver.respond(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    requests,
    respond: respondNoContent,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
