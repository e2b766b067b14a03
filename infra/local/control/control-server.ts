/**
 * The control server: how tests and trials steer the stand-ins. Plain JSON over http on loopback; no web page can
 * reach it, and it is no part of what is deployed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZodError, prettifyError } from 'zod';
import { listen, type RunningServer } from '../emulator/server';

export interface ControlRequest {
  /** Names in braces of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** `GET /journal` → what it answers; throwing a ControlError or a ZodError answers 400. */
export type ControlRoutes = Readonly<Record<string, (asked: ControlRequest) => unknown>>;

/** The request cannot be done as asked. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** Answered at once and done when the answer is out, for what ends the control server itself. */
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
 * `settle` resolves when parts in other processes have told and heard everything. Waited for before and after each
 * request, so that the journal is complete, and a fault or a shift holds once it is acknowledged.
 */
export async function startControlServer(
  controls: ControlRoutes,
  settle: () => Promise<void> = async () => {},
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void handleRequest(controls, settle, request)
      .catch((error: unknown): ControlResponse => ({ status: 500, body: { error: String(error) } }))
      .then((reply) => send(response, reply));
  });
  const stop = await listen(server, 0);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

async function handleRequest(
  controls: ControlRoutes,
  settle: () => Promise<void>,
  request: IncomingMessage,
): Promise<ControlResponse> {
  // A page in a browser names its origin, and a rebound name is not ours: neither may steer.
  const { origin, host = '' } = request.headers;
  if (origin !== undefined || !/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host))
    return { status: 403, body: { error: 'Only programs on this machine may steer the stack.' } };
  const offers = Object.keys(controls);
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    if (url.pathname === '/') return { status: 200, body: { offers } };
    const route = `${request.method} ${url.pathname}`;
    for (const [offered, control] of Object.entries(controls)) {
      const params = matchRoute(offered, route);
      if (!params) continue;
      const body = await readJson(request);
      await settle();
      const answered = (await control({ params, query: url.searchParams, body })) ?? { done: true };
      await settle();
      return answered instanceof AfterResponse
        ? { status: 202, body: { done: true }, after: answered.work }
        : { status: 200, body: answered };
    }
    return { status: 404, body: { error: `Unknown: ${route}`, offers } };
  } catch (error) {
    if (error instanceof ZodError)
      return { status: 400, body: { error: prettifyError(error), issues: error.issues } };
    if (error instanceof ControlError) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

/** The values of the names in braces; undefined when it is another route. */
function matchRoute(offered: string, route: string): Record<string, string> | undefined {
  const pattern = offered.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const found = new RegExp(`^${pattern}$`).exec(route);
  if (!found) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeSegment(value)]),
  );
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ControlError(`Badly escaped: ${text}`);
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
