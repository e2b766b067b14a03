/** The Durable runtime of another worker, reached through its management API. */
import { durablePath } from '../durable/durable-client';
import type { DurableRuntime } from '../durable/durable-runtime';

const passedHeaders = ['content-type', 'traceparent', 'x-ms-continuation-token'];

export const remoteDurable = (workerUrl: string, key: string): DurableRuntime => ({
  async handle({ method, path, query, headers, body }) {
    const url = new URL(`${durablePath}${path}?${query.toString()}`, workerUrl);
    url.searchParams.set('code', key);
    const response = await fetch(url, {
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
