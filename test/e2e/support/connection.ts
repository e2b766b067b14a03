/** Requests over one connection that stays open, with bodies that are written by hand. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without a length, unless the headers state one. */
  readonly chunks?: readonly (string | Uint8Array)[];
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly json: any;
}

export interface Connection {
  send(sent: SentRequest): Promise<Answer>;
  /** Sends a beginning of a body and breaks off. */
  breakOff(sent: SentRequest): Promise<void>;
  close(): void;
}

export function connectTo(baseUrl: string, token: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const open = ({ method, path, headers }: SentRequest): ClientRequest =>
    request(new URL(path, baseUrl), {
      method,
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...headers,
      },
    });
  return {
    async send(sent) {
      const outgoing = open(sent);
      const responding = once(outgoing, 'response') as Promise<[IncomingMessage]>;
      if (sent.chunks) outgoing.setHeader('transfer-encoding', 'chunked');
      for (const chunk of sent.chunks ?? []) outgoing.write(chunk);
      outgoing.end();
      const [response] = await responding;
      const content = await text(response);
      return {
        status: response.statusCode!,
        contentType: response.headers['content-type'] ?? '',
        json: /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(content) : content,
      };
    },
    async breakOff(sent) {
      const outgoing = open(sent);
      const closed = new Promise((resolve) => outgoing.once('close', resolve));
      outgoing.on('error', () => undefined);
      for (const chunk of sent.chunks ?? [])
        await new Promise((written) => outgoing.write(chunk, written));
      outgoing.destroy();
      await closed;
    },
    close: () => agent.destroy(),
  };
}
