/** Somebody who is told by webhooks: a TLS server on this machine that keeps what it gets and answers as it is told. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificates } from '../../infra/local/emulator/certificates';

export interface WebhookRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The name that was asked for when the connection was made; false when none was. */
  readonly servername: unknown;
}

export interface Receiver {
  readonly port: number;
  readonly letters: WebhookRequest[];
  /** How the next letters are answered. */
  answer: (response: ServerResponse, request: IncomingMessage) => void;
  stop(): Promise<void>;
}

const thanks = (response: ServerResponse) => void response.writeHead(204).end();

export async function startReceiver({ key, cert }: Certificates): Promise<Receiver> {
  const letters: WebhookRequest[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const { servername } = request.socket as { servername?: unknown };
      letters.push({ method, url, headers, body: Buffer.concat(parts).toString(), servername });
      receiver.answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    letters,
    answer: thanks,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
