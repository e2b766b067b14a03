/**
 * Base of every emulator: a loopback server that records each request in the journal, applies
 * injected faults and responds with 501 to every request that the emulator does not implement.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './certificates';
import type { Clock } from './clock';
import type { Fault, Faults } from './faults';
import type { Journal, Service } from './journal';

/**
 * What every emulator returns to the stack. `env` holds the settings through which the product
 * finds it.
 */
export interface Emulator {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** What every emulator receives. */
export interface EmulatorContext {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly certificates: Certificates;
  /** Folder for state that survives a restart. */
  readonly dataFolder: string;
}

export interface EmulatorRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The body parsed as JSON. Undefined if it is empty or not JSON. */
  json(): unknown;
  /** The body parsed as application/x-www-form-urlencoded. */
  form(): URLSearchParams;
}

export interface EmulatorResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text and bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
}

/** Returns undefined for a request that is not implemented; the server then responds with 501. */
export type Handler = (
  request: EmulatorRequest,
) => Promise<EmulatorResponse | undefined> | EmulatorResponse | undefined;

export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly service: Service;
  readonly handler: Handler;
  /** HTTP without TLS, for sign-in pages and the managed-identity endpoint. */
  readonly plain?: boolean;
  readonly port?: number;
  /** Delay of every response, to simulate the round trip to Azure. */
  readonly latencyMs?: () => number;
  /** Error body of this service for an injected status. */
  readonly faultBody?: (status: number) => unknown;
}

export async function serve(
  { clock, journal, faults, certificates }: EmulatorContext,
  options: ServeOptions,
): Promise<RunningServer> {
  const { service, handler, plain, port = 0, latencyMs, faultBody } = options;
  const respond = (request: EmulatorRequest, fault: Fault | undefined) =>
    fault?.kind === 'status' ? faultResponse(fault, faultBody) : handleKnown(handler, request);

  const listener: Parameters<typeof createHttpServer>[1] = (incoming, outgoing) => {
    void (async () => {
      const started = performance.now();
      const request = await readRequest(incoming);
      const line = incoming.url ?? '/';
      const fault = faults.draw(service, request.method, line);
      const wait = (latencyMs?.() ?? 0) + (fault?.kind === 'delay' ? fault.delayMs : 0);
      if (wait > 0) await sleep(wait);
      const isUnprocessed = fault?.kind === 'no-response' || fault?.kind === 'kill';
      const {
        status,
        headers = {},
        body,
      } = isUnprocessed ? noResponse : await respond(request, fault);
      const bytes = encode(body);
      const record = (sentStatus: number) =>
        journal.record({
          at: clock.now().toISOString(),
          service,
          method: request.method,
          path: line,
          status: sentStatus,
          durationMs: Math.round(performance.now() - started),
          ...(fault && { fault: fault.kind }),
        });
      const isLost = isUnprocessed || fault?.kind === 'kill-after' || fault?.kind === 'reset';
      record(isLost ? 0 : status);
      if (fault?.kind === 'kill' || fault?.kind === 'kill-after') return faults.kill(fault.worker);
      if (fault?.kind === 'no-response') return;
      if (fault?.kind === 'reset') {
        // A TLS socket cannot be reset. To the client a destroyed socket looks the same.
        if (plain) incoming.socket.resetAndDestroy();
        else incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(status, {
        ...(body !== undefined &&
          !isTextOrBytes(body) && { 'content-type': 'application/json; charset=utf-8' }),
        'content-length': bytes.length,
        ...(headers as Record<string, string | string[]>),
      });
      await sendBody(outgoing, bytes, fault);
    })().catch((error: unknown) => outgoing.destroy(error as Error));
  };
  const server = plain
    ? createHttpServer(listener)
    : createHttpsServer({ key: certificates.key, cert: certificates.cert }, listener);
  const stop = await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return { url: `${plain ? 'http' : 'https'}://127.0.0.1:${bound}`, stop };
}

/** Listens on loopback. The returned function closes the server and its open connections. */
export async function listen(server: Server, port: number): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const track = (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  server.on('connection', track);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
}

const noResponse: EmulatorResponse = { status: 0 };

/** Sends the body completely, in two halves (`slow-body`) or only its first half (`truncate`). */
async function sendBody(outgoing: ServerResponse, bytes: Buffer, fault?: Fault): Promise<void> {
  const half = bytes.subarray(0, bytes.length / 2);
  if (fault?.kind === 'truncate') outgoing.write(half, () => outgoing.destroy());
  else if (fault?.kind === 'slow-body') {
    outgoing.write(half);
    await sleep(fault.delayMs);
    outgoing.end(bytes.subarray(half.length));
  } else outgoing.end(bytes);
}

async function handleKnown(handler: Handler, request: EmulatorRequest): Promise<EmulatorResponse> {
  const response = await handler(request);
  return (
    response ?? {
      status: 501,
      body: {
        error: {
          code: 'NotImplemented',
          message: `The emulator does not implement ${request.method} ${request.path}.`,
        },
      },
    }
  );
}

function faultResponse(fault: Fault, faultBody?: (status: number) => unknown): EmulatorResponse {
  return {
    status: fault.status,
    headers:
      fault.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(fault.retryAfterSeconds) },
    body: fault.body ??
      faultBody?.(fault.status) ?? {
        error: { code: 'InjectedFault', message: 'An injected fault.' },
      },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<EmulatorRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: incoming.headers,
    body,
    json() {
      try {
        return JSON.parse(body.toString('utf8')) as unknown;
      } catch {
        return undefined;
      }
    },
    form: () => new URLSearchParams(body.toString('utf8')),
  };
}

const isTextOrBytes = (body: unknown) => typeof body === 'string' || Buffer.isBuffer(body);

function encode(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
