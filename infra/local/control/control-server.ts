/**
 * Server of the control API, with which tests control the emulators: JSON over HTTP on loopback. It
 * rejects requests of web pages and is never deployed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZodError, prettifyError } from 'zod';
import { listen, type RunningServer } from '../emulator/server';

export interface ControlRequest {
  /** Values of the route parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/**
 * Handlers by route, such as `GET /journal`. A ControlError or ZodError is responded to with 400.
 */
export type ControlRoutes = Readonly<Record<string, (request: ControlRequest) => unknown>>;

/** The request is not valid. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** Work to do after the response is sent, for requests that stop the control server itself. */
export class AfterResponse {
  constructor(readonly work: () => void) {}
}

interface ControlResponse {
  readonly status: number;
  readonly body: unknown;
  readonly after?: () => void;
}

const maxBodyBytes = 1_000_000;

/**
 * `settle` resolves when the other processes have exchanged all messages. It runs before and after
 * each request, so that the journal is complete and a fault or clock change is in effect when
 * acknowledged.
 */
export async function startControlServer(
  routes: ControlRoutes,
  settle: () => Promise<void> = async () => {},
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void handleRequest(routes, settle, request)
      .catch((error: unknown): ControlResponse => ({ status: 500, body: { error: String(error) } }))
      .then((controlResponse) => send(response, controlResponse));
  });
  const stop = await listen(server, 0);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

async function handleRequest(
  routes: ControlRoutes,
  settle: () => Promise<void>,
  request: IncomingMessage,
): Promise<ControlResponse> {
  // Browsers send an origin, and DNS rebinding uses a foreign host name: reject both.
  const { origin, host = '' } = request.headers;
  if (origin !== undefined || !/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host))
    return { status: 403, body: { error: 'Only programs on this machine may control the stack.' } };
  const availableRoutes = Object.keys(routes);
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    if (url.pathname === '/') return { status: 200, body: { routes: availableRoutes } };
    const route = `${request.method} ${url.pathname}`;
    for (const [pattern, handler] of Object.entries(routes)) {
      const params = matchRoute(pattern, route);
      if (!params) continue;
      const body = await readJson(request);
      await settle();
      const result = (await handler({ params, query: url.searchParams, body })) ?? { done: true };
      await settle();
      return result instanceof AfterResponse
        ? { status: 202, body: { done: true }, after: result.work }
        : { status: 200, body: result };
    }
    return { status: 404, body: { error: `Unknown route: ${route}`, routes: availableRoutes } };
  } catch (error) {
    if (error instanceof ZodError)
      return { status: 400, body: { error: prettifyError(error), issues: error.issues } };
    if (error instanceof ControlError) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

/** Returns the route parameters, or undefined if the route does not match. */
function matchRoute(pattern: string, route: string): Record<string, string> | undefined {
  const expression = pattern.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const found = new RegExp(`^${expression}$`).exec(route);
  if (!found) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeSegment(value)]),
  );
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ControlError(`Invalid percent-encoding: ${text}`);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBodyBytes) throw new ControlError('The body is too large.');
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new ControlError('The body is not JSON.');
  }
}

function send(response: ServerResponse, { status, body, after }: ControlResponse): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`, after);
}
