/** Requests that the local host passes on to the server of the worker. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forward } from '../../infra/local/function-app/http/forward';

const servers: Server[] = [];
const listen = async (server: Server): Promise<string> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** Closes a connection as soon as it is used a second time, without a response. */
function forgetfulWorker(): Server {
  const used = new WeakSet();
  return createServer((incoming, outgoing) => {
    if (used.has(incoming.socket)) return void incoming.socket.destroy();
    used.add(incoming.socket);
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => outgoing.end(`${incoming.method} ${Buffer.concat(parts).toString()}`));
  });
}

describe('forward', () => {
  it('is not disturbed by connections that the worker closes', async () => {
    const workerUrl = await listen(forgetfulWorker());
    const host = await listen(
      createServer((incoming, outgoing) => {
        const options = { incoming, invocationId: 'i1', workerUrl, bodyLimit: 1_000 };
        forward(options).response.then(
          (response) => response.pipe(outgoing),
          () => outgoing.writeHead(500).end(),
        );
      }),
    );
    const answers: string[] = [];

    for (const method of ['GET', 'GET', 'POST', 'GET', 'PUT', 'DELETE', 'GET']) {
      const body = ['POST', 'PUT'].includes(method) ? { body: 'x' } : {};
      answers.push(await (await fetch(host, { method, ...body })).text());
    }

    expect(answers).toEqual(['GET ', 'GET ', 'POST x', 'GET ', 'PUT x', 'DELETE ', 'GET ']);
  });

  it('sends the head of a request whose caller has gone', async () => {
    const received = new Promise<string>((resolve) => {
      const worker = createServer((incoming) => {
        incoming.on('error', ({ code }: NodeJS.ErrnoException) =>
          resolve(`${incoming.headers['x-ms-invocation-id'] as string} ${code}`),
        );
      });
      void listen(worker).then(async (workerUrl) => {
        const host = createServer((incoming) => {
          const forwarded = forward({ incoming, invocationId: 'i1', workerUrl, bodyLimit: 1_000 });
          incoming.destroy();
          forwarded.abort();
        });
        await fetch(await listen(host), { method: 'POST', body: 'x' }).catch(() => undefined);
      });
    });

    expect(await received).toBe('i1 ECONNRESET');
  });
});
