/** The sender of webhooks against a real TLS server: what it connects to, and what it makes of each answer. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpsSender } from '../../functions/webhooks/https-sender';
import { testSurroundings, type TestSurroundings } from '../support/surroundings';

let surroundings: TestSurroundings;
let server: Server;
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const received: { request: IncomingMessage; body: string; servername: unknown }[] = [];

beforeAll(async () => {
  surroundings = await testSurroundings();
  const { key, cert } = surroundings.certificates;
  server = createServer({ key, cert }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { servername } = request.socket as { servername?: unknown };
      received.push({ request, body: Buffer.concat(parts).toString(), servername });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
beforeEach(() => {
  received.length = 0;
  answer = (_request, response) => void response.writeHead(204).end();
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await surroundings.forget();
});

const local = async () => ['127.0.0.1'];
const aSender = (patienceInMs = 5_000) =>
  new HttpsSender(['localhost', '127.0.0.1', 'hooks.example'], local, patienceInMs);
const send = (host = 'localhost', sender = aSender()) =>
  sender.send({
    url: `https://${host}:${port}/in?key=1`,
    headers: { 'Content-Type': 'application/json', 'webhook-id': 'event-1' },
    body: '{"city":"Zürich"}',
  });

describe('the sender of webhooks', () => {
  it('given an address that takes it, when it is sent, then path, headers and body arrive as they are', async () => {
    expect(await send()).toEqual({ status: 204 });

    const [{ request, body, servername }] = received as [(typeof received)[0]];
    expect(request).toMatchObject({ method: 'POST', url: '/in?key=1' });
    expect(request.headers).toMatchObject({
      host: `localhost:${port}`,
      'webhook-id': 'event-1',
      'content-length': '18',
    });
    expect(body).toBe('{"city":"Zürich"}');
    expect(servername).toBe('localhost');
  });

  it('given an address without a name, when it is sent, then its certificate is held to the address', async () => {
    expect(await send('127.0.0.1')).toEqual({ status: 204 });
  });

  it('given a name that is looked up twice with different answers, when it is sent, then the first one is connected to', async () => {
    const resolve = jest.fn().mockResolvedValueOnce(['127.0.0.1']).mockResolvedValue(['10.0.0.1']);

    expect(await send('localhost', new HttpsSender(['localhost'], resolve))).toEqual({
      status: 204,
    });

    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it('given a certificate of another name, when it is sent, then nothing is said to it', async () => {
    expect(await send('hooks.example')).toEqual({ error: 'certificate_refused' });

    expect(received).toEqual([]);
  });

  it('given a redirect, when it is sent, then nobody follows it', async () => {
    answer = (_request, response) =>
      void response.writeHead(307, { location: `https://localhost:${port}/elsewhere` }).end();

    expect(await send()).toEqual({ status: 307 });

    expect(received).toHaveLength(1);
  });

  it('given an answer without end, when it is read, then the status is what counts', async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', pour);
      pour();
    };

    expect(await send()).toEqual({ status: 200 });
  });

  it('given a status and then silence, when the time is up, then the status is what counts', async () => {
    answer = (_request, response) => void response.writeHead(200).write('{');

    expect(await send('localhost', aSender(300))).toEqual({ status: 200 });
  });

  it('given silence, when the time is up, then that is the answer', async () => {
    answer = () => undefined;

    expect(await send('localhost', aSender(300))).toEqual({ error: 'timed_out' });
  });

  it('given a connection that breaks, when it is sent, then it has failed', async () => {
    answer = (request) => void request.socket.destroy();

    expect(await send()).toEqual({ error: 'connection_failed' });
  });
});
