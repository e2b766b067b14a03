/** Requests of many clients at once, with connections that are kept open. */
import { Agent, request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';

export interface Target {
  readonly baseUrl: string;
  readonly token: string;
}

export interface LoadClient {
  /** Throws an Error for each response that is not 2xx. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a response may have any shape
  call(method: string, path: string, body?: unknown): Promise<any>;
  close(): void;
}

export interface Load {
  readonly calls: number;
  readonly perSecond: number;
  readonly p99: number;
}

export function loadClient({ baseUrl, token }: Target, clients: number): LoadClient {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  return {
    async call(method, path, body) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request(`${baseUrl}${path}`, {
          agent,
          method,
          timeout: 60_000,
          headers: {
            authorization: `Bearer ${token}`,
            ...(text !== undefined && {
              'content-type': 'application/scim+json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        });
        sent.on('response', resolve);
        sent.on('error', reject);
        sent.on('timeout', () => sent.destroy(new Error(`${path} did not respond.`)));
        sent.end(text);
      });
      const read = response.statusCode === 204 ? void response.resume() : await json(response);
      if (response.statusCode! >= 300)
        throw new Error(
          `${method} ${path} responded with ${response.statusCode}: ${JSON.stringify(read)}`,
        );
      return read;
    },
    close: () => agent.destroy(),
  };
}

/** Repeats a call by all clients for some time. `call` gets the number of the call. */
export async function loadFor(
  durationMs: number,
  clients: number,
  call: (n: number) => Promise<unknown>,
): Promise<Load> {
  const durations: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  let next = 0;
  const client = async () => {
    while (performance.now() < endsAt) {
      const begun = performance.now();
      await call(next++);
      durations.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - startedAt) / 1_000;
  durations.sort((a, b) => a - b);
  return {
    calls: durations.length,
    perSecond: durations.length / seconds,
    p99: durations[Math.floor(durations.length * 0.99)] ?? 0,
  };
}
