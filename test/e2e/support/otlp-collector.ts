/**
 * A collector of spans: OTLP 1.x over HTTP with JSON (opentelemetry.io/docs/specs/otlp), in which ids
 * are hexadecimal and a status such as 503 asks for a repetition after Retry-After.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const value = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.union([z.string(), z.int()]) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z
  .array(z.strictObject({ key: z.string(), value }))
  .transform((list) =>
    Object.fromEntries(list.map((one) => [one.key, Object.values(one.value)[0]])),
  );
const nanoseconds = z.string().regex(/^\d{19}$/);

const span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes,
  status: z.object({ code: z.int().min(0).max(2) }),
});
const exportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export interface CollectedSpan extends z.infer<typeof span> {
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Requests, also those that were refused. */
  readonly bodies: readonly string[];
  /** What is wrong with requests that were refused. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

/** Refuses the first request with 503, as a collector does that restarts. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const complaints: string[] = [];
  const collect = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    bodies.push(body);
    response.setHeader('content-type', 'application/json');
    if (bodies.length === 1) return response.writeHead(503, { 'retry-after': '1' }).end('{}');
    const { success, data, error } = exportRequest.safeParse(JSON.parse(body));
    const called = `${request.method} ${request.url} ${request.headers['content-type']}`;
    if (!success || called !== 'POST /v1/traces application/json') {
      complaints.push(`${called}: ${error?.message ?? ''}`);
      return response.writeHead(400).end('{}');
    }
    for (const { resource, scopeSpans } of data.resourceSpans)
      for (const one of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...one, resource: resource.attributes });
    return response.writeHead(200).end('{}');
  };
  const server = createServer((request, response) => void collect(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    complaints,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
