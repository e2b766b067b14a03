/**
 * The address of the API in front of several workers. Requests go to the workers in turn, so that
 * what one worker keeps in memory is seen by no second request.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { hasBody } from '../function-app/http/forward';
import { listenNear } from '../function-app/http/free-port';

export interface Front {
  readonly url: string;
  readonly port: number;
  /** Addresses of the workers that are ready. */
  setWorkers(urls: readonly string[]): void;
  stop(): Promise<void>;
}

export async function startFront(port: number): Promise<Front> {
  let workers: readonly string[] = [];
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const worker = workers[turn++ % workers.length];
    if (worker === undefined) outgoing.destroy();
    else pass(incoming, outgoing, worker);
  });
  server.keepAliveTimeout = 65_000;
  const taken = await listenNear(server, port);
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    setWorkers(urls) {
      workers = urls;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The host name stays that of the front, of which the workers make absolute addresses. */
function pass(incoming: IncomingMessage, outgoing: ServerResponse, worker: string): void {
  const passed = request(new URL(worker), {
    method: incoming.method,
    path: incoming.url,
    headers: incoming.headers,
    agent: false,
  });
  passed.once('response', (response) => {
    outgoing.writeHead(response.statusCode!, withoutConnection(response.headers));
    pipeline(response, outgoing, () => undefined);
  });
  // A worker that dies takes its connections with it.
  passed.once('error', () => outgoing.destroy());
  passed.once('close', () => incoming.unpipe().resume());
  incoming.once('close', () => !incoming.complete && passed.destroy());
  if (hasBody(incoming.headers)) passed.flushHeaders();
  incoming.pipe(passed);
}

const withoutConnection = ({
  connection: _one,
  'keep-alive': _two,
  ...headers
}: object & {
  connection?: unknown;
  'keep-alive'?: unknown;
}) => headers as Record<string, string | string[]>;
