/**
 * What every stand-in is made of: a server that speaks a service's wire protocol over TLS, notes each request in
 * the journal, lets faults happen, and refuses loudly what it does not know.
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

/** What the stack needs of every part. `env` holds the settings that make the product find it. */
export interface Emulator {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** What every part is given. */
export interface EmulatorContext {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly certificates: Certificates;
  /** Where a part keeps what must survive a restart. */
  readonly dataFolder: string;
}

export interface EmulatorRequest {
  readonly method: string;
  /** Decoded by nobody yet: as it came, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The body as JSON; undefined when it is empty or none. */
  json(): unknown;
  /** The body as application/x-www-form-urlencoded. */
  form(): URLSearchParams;
}

export interface EmulatorResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Serialised as JSON, unless it is text or bytes. */
  readonly body?: unknown;
}

/** Answers what it knows; undefined becomes 501 with the path. */
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
  /** Pages a browser visits and the managed-identity endpoint are plain http; everything else is TLS. */
  readonly plain?: boolean;
  readonly port?: number;
  /** Added to every answer; the time of a round trip to Azure. */
  readonly latencyMs?: () => number;
  /** How this service words an injected status. */
  readonly faultBody?: (status: number) => unknown;
}

export async function serve(
  { clock, journal, faults, certificates }: EmulatorContext,
  options: ServeOptions,
): Promise<RunningServer> {
  const { service, handler, plain, port = 0, latencyMs, faultBody } = options;
  const answer = (request: EmulatorRequest, fault: Fault | undefined) =>
    fault?.kind === 'status' ? faultResponse(fault, faultBody) : handleKnown(handler, request);

  const listener: Parameters<typeof createHttpServer>[1] = (incoming, outgoing) => {
    void (async () => {
      const started = performance.now();
      const request = await readRequest(incoming);
      const line = incoming.url ?? '/';
      const fault = faults.draw(service, request.method, line);
      const wait = (latencyMs?.() ?? 0) + (fault?.kind === 'delay' ? fault.delayMs : 0);
      if (wait > 0) await sleep(wait);
      const isUndone = fault?.kind === 'silence' || fault?.kind === 'kill';
      const { status, headers = {}, body } = isUndone ? noResponse : await answer(request, fault);
      const bytes = encode(body);
      const note = (seen: number) =>
        journal.record({
          at: clock.now().toISOString(),
          service,
          method: request.method,
          path: line,
          status: seen,
          durationMs: Math.round(performance.now() - started),
          ...(fault && { fault: fault.kind }),
        });
      const isLost = isUndone || fault?.kind === 'kill-after' || fault?.kind === 'reset';
      note(isLost ? 0 : status);
      if (fault?.kind === 'kill' || fault?.kind === 'kill-after') return faults.kill();
      if (fault?.kind === 'silence') return;
      if (fault?.kind === 'reset') {
        // A TLS socket cannot be reset; to the other side a broken one looks the same.
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

/** Listens on loopback only; the returned function closes the server and every connection it holds. */
export async function listen(server: Server, port: number): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  server.on('connection', keep);
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

/** The body as a fault lets it through: whole, in two parts, or half of it and no more. */
async function sendBody(outgoing: ServerResponse, bytes: Buffer, fault?: Fault): Promise<void> {
  const half = bytes.subarray(0, bytes.length / 2);
  if (fault?.kind === 'truncate') outgoing.write(half, () => outgoing.destroy());
  else if (fault?.kind === 'drip') {
    outgoing.write(half);
    await sleep(fault.delayMs);
    outgoing.end(bytes.subarray(half.length));
  } else outgoing.end(bytes);
}

async function handleKnown(handler: Handler, request: EmulatorRequest): Promise<EmulatorResponse> {
  const answered = await handler(request);
  return (
    answered ?? {
      status: 501,
      body: {
        error: {
          code: 'NotImplemented',
          message: `Not known here: ${request.method} ${request.path}`,
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
