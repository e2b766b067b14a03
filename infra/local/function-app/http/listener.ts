/**
 * An HTTP server on loopback that takes connections before it can answer (the port must be known before the bundle
 * loads), and that finishes what it has begun before it closes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { text, writeResponse, type HttpResponse } from './http-response';
import { AbortedError, BodyTooLargeError } from './request-body';

export type HttpHandler = (incoming: IncomingMessage, url: URL) => Promise<HttpResponse>;

export interface Listener {
  readonly port: number;
  /** Without a trailing slash. */
  readonly url: string;
  /** From now on requests are answered; those that have come already are waiting. */
  setHandler(answerer: HttpHandler): void;
  /** Refuses new requests and waits until those under way are answered, or the time is over. */
  drain(mostMs: number): Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** On the wanted port or, when it is taken, on the next free one. */
export async function listen(
  wanted: number,
  onError: (error: unknown) => void,
  further = 50,
): Promise<Listener> {
  const { promise: answerer, resolve: answerWith } = deferred<HttpHandler>();
  const underWay = new Set<ServerResponse>();
  let draining = false;
  const server = createServer((incoming, outgoing) => {
    underWay.add(outgoing);
    outgoing.once('close', () => {
      underWay.delete(outgoing);
      if (draining) server.closeIdleConnections();
    });
    void respond(incoming, outgoing);
  });
  server.keepAliveTimeout = 65_000;

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const url = urlOf(incoming);
      if (!url) return writeResponse(incoming, outgoing, text(400, 'The request cannot be read.'));
      if (draining) return writeResponse(incoming, outgoing, stopping);
      writeResponse(incoming, outgoing, await (await answerer)(incoming, url));
    } catch (error) {
      if (error instanceof AbortedError) return void outgoing.destroy();
      if (error instanceof BodyTooLargeError) {
        incoming.resume();
        return writeResponse(incoming, outgoing, tooLarge);
      }
      onError(error);
      if (outgoing.headersSent) outgoing.destroy();
      else writeResponse(incoming, outgoing, { status: 500 });
    }
  }

  for (let port = wanted; ; port++) {
    const taken = await isPortTaken(server, port);
    if (!taken) break;
    if (port === wanted + further || port === 65_535)
      throw new Error(`The ports ${wanted} to ${port} are taken.`);
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host}:${port}`,
    setHandler: answerWith,
    async drain(mostMs) {
      draining = true;
      const deadline = performance.now() + mostMs;
      while (underWay.size > 0 && performance.now() < deadline) await sleep(10);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const stopping: HttpResponse = {
  ...text(503, 'The host is stopping.'),
  headers: { connection: 'close', 'retry-after': '1' },
};
const tooLarge: HttpResponse = {
  ...text(413, 'The request body is too large.'),
  headers: { connection: 'close' },
};

/** True when somebody else has the port. */
const isPortTaken = (server: Server, port: number) =>
  new Promise<boolean>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(true) : reject(error);
    server.once('error', failed).listen(port, host, () => {
      server.off('error', failed);
      resolve(false);
    });
  });

/** Undefined for what is no path, a Host that is none, or a path that no file system and no table could bear. */
function urlOf({ url = '', headers }: IncomingMessage): URL | undefined {
  const authority = headers.host ?? host;
  if (!url.startsWith('/') || !/^[\w.:[\]-]+$/.test(authority)) return undefined;
  const whole = `http://${authority}${url}`;
  return URL.canParse(whole) && !/%00/.test(url) ? new URL(whole) : undefined;
}

function deferred<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((done) => (resolve = done));
  return { promise, resolve };
}
