/** HttpsSender against a real TLS server: its connections, and the result of each response. */
import { ReceiverClient } from '../../../functions/openlineage/push/receiver-client';
import { HttpsSender } from '../../../functions/webhooks/receivers/https-sender';
import { respondNoContent, startReceiver, type Receiver } from '../../support/receiver';
import { sampleEvents } from '../../support/openlineage/sample';
import { violationsOf } from '../../support/openlineage/validation';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulators: TestEmulatorContext;
let receiver: Receiver;
beforeAll(async () => {
  emulators = await testEmulatorContext();
});
beforeEach(async () => {
  receiver = await startReceiver(emulators.certificates);
});
afterEach(() => receiver.stop());
afterAll(() => emulators.remove());

const resolveToLoopback = async () => ['127.0.0.1'];
const aSender = (timeoutMs = 5_000) =>
  new HttpsSender(['localhost', '127.0.0.1', 'hooks.example'], resolveToLoopback, timeoutMs);
const send = (host = 'localhost', sender = aSender()) =>
  sender.send({
    url: `https://${host}:${receiver.port}/in?key=1`,
    headers: { 'Content-Type': 'application/json', 'webhook-id': 'event-1' },
    body: '{"city":"Zürich"}',
  });

describe('HttpsSender', () => {
  it('sends path, headers and body unchanged', async () => {
    expect(await send()).toEqual({ status: 204 });

    expect(receiver.requests).toMatchObject([
      {
        method: 'POST',
        url: '/in?key=1',
        headers: {
          host: `localhost:${receiver.port}`,
          'webhook-id': 'event-1',
          'content-length': '18',
        },
        body: '{"city":"Zürich"}',
        servername: 'localhost',
      },
    ]);
  });

  it('verifies the certificate of an IP address without a server name', async () => {
    expect(await send('127.0.0.1')).toEqual({ status: 204 });

    expect(receiver.requests).toMatchObject([{ servername: false }]);
  });

  it('resolves a name once, so it cannot be rebound', async () => {
    const resolve = jest.fn().mockResolvedValueOnce(['127.0.0.1']).mockResolvedValue(['10.0.0.1']);

    const result = await send('localhost', new HttpsSender(['localhost'], resolve));

    expect(result).toEqual({ status: 204 });
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it('sends nothing to a server with the certificate of another name', async () => {
    expect(await send('hooks.example')).toEqual({ error: 'certificate_refused' });

    expect(receiver.requests).toEqual([]);
  });

  it('does not follow a redirect', async () => {
    const location = `https://localhost:${receiver.port}/elsewhere`;
    receiver.respond = (response) => void response.writeHead(307, { location }).end();

    expect(await send()).toEqual({ status: 307 });

    expect(receiver.requests).toHaveLength(1);
  });

  it.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['Fri, 01 Jan 2010 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
  ])('returns the wait that Retry-After %j asks for', async (header, retryAfterMs) => {
    receiver.respond = (response) => void response.writeHead(503, { 'Retry-After': header }).end();

    expect(await send()).toEqual({
      status: 503,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  });

  it('returns the status of a response without end', async () => {
    receiver.respond = (response) => {
      response.writeHead(200);
      const writeUntilFull = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', writeUntilFull);
      writeUntilFull();
    };

    expect(await send()).toEqual({ status: 200 });
  });

  it('returns the status if the body times out', async () => {
    receiver.respond = (response) => void response.writeHead(200).write('{');

    expect(await send('localhost', aSender(300))).toEqual({ status: 200 });
  });

  it('times out if there is no response', async () => {
    receiver.respond = () => undefined;

    expect(await send('localhost', aSender(300))).toEqual({ error: 'timed_out' });
  });

  it('reports a connection that breaks', async () => {
    receiver.respond = (_response, request) => void request.socket.destroy();

    expect(await send()).toEqual({ error: 'connection_failed' });
  });

  it.each(['', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'])(
    'ends with a response that switches protocols: %j',
    async (headers) => {
      receiver.respond = (_response, { socket }) =>
        void socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);

      const result = await send();

      expect(result).toEqual(headers === '' ? { status: 101 } : { error: 'connection_failed' });
    },
  );

  it('reports a port on which nothing listens', async () => {
    await receiver.stop();

    expect(await send()).toEqual({ error: 'connection_failed' });
  });
});

describe('HttpsSender.challenge', () => {
  const challenge = (host = 'localhost', sender = aSender()) =>
    sender.challenge(`https://${host}:${receiver.port}/in?key=1`, 'connect.example');

  it('asks the exact address with OPTIONS', async () => {
    expect(await challenge()).toEqual({ status: 204, allowedOrigin: 'connect.example' });

    expect(receiver.requests).toMatchObject([
      {
        method: 'OPTIONS',
        url: '/in?key=1',
        headers: { 'webhook-request-origin': 'connect.example', 'content-length': '0' },
        body: '',
      },
    ]);
  });

  it('returns a response without consent', async () => {
    receiver.respond = (response) => void response.writeHead(405).end();

    expect(await challenge()).toEqual({ status: 405 });
  });

  it('does not follow a redirect to an address that consents', async () => {
    const location = `https://localhost:${receiver.port}/elsewhere`;
    receiver.respond = (response, request) =>
      request.url === '/elsewhere'
        ? respondNoContent(response, request)
        : void response.writeHead(307, { location }).end();

    expect(await challenge()).toEqual({ status: 307 });

    expect(receiver.requests).toHaveLength(1);
  });

  it('resolves a name once, so it cannot be rebound', async () => {
    const resolve = jest.fn().mockResolvedValueOnce(['127.0.0.1']).mockResolvedValue(['10.0.0.1']);

    await challenge('localhost', new HttpsSender(['localhost'], resolve));

    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['168.63.129.16'], ['fd00::1']])(
    'sends nothing to a name that resolves to %s',
    async (address) => {
      const sender = new HttpsSender(['other.example'], async () => [address]);

      expect(await challenge('localhost', sender)).toEqual({ error: 'address_refused' });

      expect(receiver.requests).toEqual([]);
    },
  );

  it('times out if there is no response', async () => {
    receiver.respond = () => undefined;

    expect(await challenge('localhost', aSender(300))).toEqual({ error: 'timed_out' });
  });
});

/** As OpenLineage's HTTP transport expects a server: POST /api/v1/lineage takes a valid event. */
describe('ReceiverClient, over TLS', () => {
  const clientOf = () =>
    new ReceiverClient(
      aSender(),
      { url: `https://localhost:${receiver.port}/api/v1/lineage`, apiKey: 'a-key' },
      async () => true,
      () => new Date(0),
    );
  const respondAsServer: Receiver['respond'] = (response) => {
    const { method, url, headers, body } = receiver.requests.at(-1)!;
    const isKnown = method === 'POST' && url === '/api/v1/lineage';
    const isAllowed = headers.authorization === 'Bearer a-key';
    const isValid = violationsOf(JSON.parse(body)).length === 0;
    response.writeHead(!isKnown ? 404 : !isAllowed ? 401 : isValid ? 201 : 400).end();
  };

  it('sends events that a validating server accepts', async () => {
    receiver.respond = respondAsServer;
    const events = await sampleEvents();
    const client = clientOf();

    await client.send(events);

    expect(client.sent).toEqual({ accepted: events.length, rejected: 0 });
    expect(receiver.requests.map(({ body }) => JSON.parse(body))).toEqual(events);
  });

  it('has an invalid event rejected, and goes on', async () => {
    receiver.respond = respondAsServer;
    const [event] = await sampleEvents();
    const client = clientOf();

    await client.send([{ ...event!, eventTime: 'today' }, event!]);

    expect(client.sent).toMatchObject({ accepted: 1, rejected: 1, lastRejection: { status: 400 } });
  });

  it('fails with the wait that the server asks for', async () => {
    receiver.respond = (response) => void response.writeHead(503, { 'Retry-After': '90' }).end();

    await expect(clientOf().send(await sampleEvents())).rejects.toMatchObject({
      failure: { status: 503, retryAfterMs: 90_000 },
    });
  });
});
