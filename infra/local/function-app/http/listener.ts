/**
 * HTTP server on loopback that accepts connections before its handler is set (the port must be
 * known before the bundle loads) and finishes running requests before it closes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenNear, loopback } from './free-port';
import { text, writeResponse, type HttpResponse } from './http-response';
import { AbortedError, BodyTooLargeError } from './request-body';

export type HttpHandler = (incoming: IncomingMessage, url: URL) => Promise<HttpResponse>;

export interface Listener {
  readonly port: number;
  /** Without a trailing slash. */
  readonly url: string;
  /** Requests wait until the handler is set. */
  setHandler(handler: HttpHandler): void;
  /** Rejects new requests and waits until running ones are responded to, at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens on the wanted port or, if it is taken, on the next free one. */
export async function listen(
  wanted: number,
  onError: (error: unknown) => void,
  maxAttempts = 50,
): Promise<Listener> {
  const { promise: handler, resolve: setHandler } = deferred<HttpHandler>();
  const running = new Set<ServerResponse>();
  let draining = false;
  const server = createServer((incoming, outgoing) => {
    running.add(outgoing);
    outgoing.once('close', () => {
      running.delete(outgoing);
      if (draining) server.closeIdleConnections();
    });
    void respond(incoming, outgoing);
  });
  server.keepAliveTimeout = 65_000;

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const url = urlOf(incoming);
      if (incoming.url!.length > maxUrlLength)
        return writeResponse(incoming, outgoing, { status: 414 });
      if (!url) return writeResponse(incoming, outgoing, text(400, 'The request is not valid.'));
      if (draining) return writeResponse(incoming, outgoing, stopping);
      writeResponse(incoming, outgoing, await (await handler)(incoming, url));
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

  const port = await listenNear(server, wanted, maxAttempts);
  return {
    port,
    url: `http://${loopback}:${port}`,
    setHandler,
    async drain(timeoutMs) {
      draining = true;
      const deadline = performance.now() + timeoutMs;
      while (running.size > 0 && performance.now() < deadline) await sleep(10);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Of path and query, as Azure limits them. */
const maxUrlLength = 8_192;

const stopping: HttpResponse = {
  ...text(503, 'The host is stopping.'),
  headers: { connection: 'close', 'retry-after': '1' },
};
/** A body above the limit of the host is an error of the host, as in Azure. */
const tooLarge: HttpResponse = { status: 500, headers: { connection: 'close' } };

/** Returns undefined for an invalid path or host, and for a path with a null character. */
function urlOf({ url = '', headers }: IncomingMessage): URL | undefined {
  const authority = headers.host ?? loopback;
  if (!url.startsWith('/') || !/^[\w.:[\]-]+$/.test(authority)) return undefined;
  const absolute = `http://${authority}${url}`;
  return URL.canParse(absolute) && !/%00/.test(url) ? new URL(absolute) : undefined;
}

function deferred<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((done) => (resolve = done));
  return { promise, resolve };
}
