/**
 * The control server: how tests and trials steer the stand-ins. Plain JSON over http on loopback; no web page can
 * reach it, and it is no part of what is deployed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZodError, prettifyError } from 'zod';
import { listen, type Served } from './stand-in';

export interface Steered {
  /** Names in braces of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** `GET /journal` → what it answers; throwing a ControlError or a ZodError answers 400. */
export type Controls = Readonly<Record<string, (asked: Steered) => unknown>>;

/** The request cannot be done as asked. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

const mostBytes = 1_000_000;

export async function startControl(controls: Controls): Promise<Served> {
  const server = createServer((request, response) => {
    void answer(controls, request).then(
      ([status, body]) => send(response, status, body),
      (error: unknown) => send(response, 500, { error: String(error) }),
    );
  });
  const stop = await listen(server, 0);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

async function answer(controls: Controls, request: IncomingMessage): Promise<[number, unknown]> {
  // A page in a browser names its origin, and a rebound name is not ours: neither may steer.
  if (
    request.headers.origin !== undefined ||
    !/^(127\.0\.0\.1|localhost)(:|$)/.test(request.headers.host ?? '')
  )
    return [403, { error: 'Only programs on this machine may steer the stack.' }];
  const url = new URL(request.url ?? '/', 'http://control');
  if (url.pathname === '/') return [200, { offers: Object.keys(controls) }];
  for (const [route, control] of Object.entries(controls)) {
    const params = matched(route, request.method ?? 'GET', url.pathname);
    if (!params) continue;
    try {
      const body = await readJson(request);
      return [200, (await control({ params, query: url.searchParams, body })) ?? { done: true }];
    } catch (error) {
      if (error instanceof ZodError) return [400, { error: prettifyError(error) }];
      if (error instanceof ControlError) return [400, { error: error.message }];
      throw error;
    }
  }
  return [
    404,
    { error: `Unknown: ${request.method} ${url.pathname}`, offers: Object.keys(controls) },
  ];
}

function matched(route: string, method: string, path: string): Record<string, string> | undefined {
  const [wanted, template = ''] = route.split(' ');
  if (wanted !== method) return undefined;
  const pattern = template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (!found) return undefined;
  return Object.fromEntries(
    Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  );
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > mostBytes) throw new ControlError('The body is too large.');
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new ControlError('The body is not JSON.');
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
