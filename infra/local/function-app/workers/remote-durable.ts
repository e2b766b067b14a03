/** The Durable runtime of another worker, reached through its management API. */
import { setTimeout as sleep } from 'node:timers/promises';
import { durablePath } from '../durable/durable-client';
import type { DurableRuntime } from '../durable/durable-runtime';

const passedHeaders = ['content-type', 'traceparent', 'x-ms-continuation-token'];

export const remoteDurable = (workerUrl: string, key: string): DurableRuntime => ({
  async handle({ method, path, query, headers, body }) {
    const url = new URL(`${durablePath}${path}?${query.toString()}`, workerUrl);
    url.searchParams.set('code', key);
    const response = await fetchPatiently(url, {
      method,
      headers: Object.fromEntries(
        passedHeaders.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])),
      ),
      ...(method === 'GET' || body === '' ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(
        ['location', 'retry-after', 'x-ms-continuation-token'].flatMap((name) => {
          const value = response.headers.get(name);
          return value === null ? [] : [[name, value]];
        }),
      ),
      ...(text !== '' && { json: JSON.parse(text) as unknown }),
    };
  },
  clockMoved: () => undefined,
  stop: async () => undefined,
});

/** In Azure, a client puts a message into a queue and needs no other worker. Here, it waits for it. */
async function fetchPatiently(url: URL, init: RequestInit): Promise<Response> {
  const deadline = performance.now() + maxRestartMs;
  for (;;)
    try {
      return await fetch(url, init);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(retryMs);
    }
}

const maxRestartMs = 120_000;
const retryMs = 200;
