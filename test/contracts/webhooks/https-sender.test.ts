/** The sender of webhooks against a real TLS server: what it connects to, and what it makes of each answer. */
import { HttpsSender } from '../../../functions/webhooks/https-sender';
import { startReceiver, type Receiver } from '../../support/receiver';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let surroundings: TestEmulatorContext;
let receiver: Receiver;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
});
beforeEach(async () => {
  receiver = await startReceiver(surroundings.certificates);
});
afterEach(() => receiver.stop());
afterAll(() => surroundings.remove());

const local = async () => ['127.0.0.1'];
const aSender = (disableAfterMs = 5_000) =>
  new HttpsSender(['localhost', '127.0.0.1', 'hooks.example'], local, disableAfterMs);
const send = (host = 'localhost', sender = aSender()) =>
  sender.send({
    url: `https://${host}:${receiver.port}/in?key=1`,
    headers: { 'Content-Type': 'application/json', 'webhook-id': 'event-1' },
    body: '{"city":"Zürich"}',
  });

describe('the sender of webhooks', () => {
  it('given an address that takes it, when it is sent, then path, headers and body arrive as they are', async () => {
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

  it('given an address without a name, when it is sent, then its certificate is held to the address', async () => {
    expect(await send('127.0.0.1')).toEqual({ status: 204 });

    expect(receiver.requests).toMatchObject([{ servername: false }]);
  });

  it('given a name that would stand for another address the second time, when it is sent, then it is looked up once', async () => {
    const resolve = jest.fn().mockResolvedValueOnce(['127.0.0.1']).mockResolvedValue(['10.0.0.1']);

    const sent = await send('localhost', new HttpsSender(['localhost'], resolve));

    expect(sent).toEqual({ status: 204 });
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  it('given a certificate of another name, when it is sent, then nothing is said to it', async () => {
    expect(await send('hooks.example')).toEqual({ error: 'certificate_refused' });

    expect(receiver.requests).toEqual([]);
  });

  it('given a redirect, when it is sent, then nobody follows it', async () => {
    const location = `https://localhost:${receiver.port}/elsewhere`;
    receiver.respond = (response) => void response.writeHead(307, { location }).end();

    expect(await send()).toEqual({ status: 307 });

    expect(receiver.requests).toHaveLength(1);
  });

  it('given an answer without end, when it is read, then the status is what counts', async () => {
    receiver.respond = (response) => {
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
    receiver.respond = (response) => void response.writeHead(200).write('{');

    expect(await send('localhost', aSender(300))).toEqual({ status: 200 });
  });

  it('given silence, when the time is up, then that is the answer', async () => {
    receiver.respond = () => undefined;

    expect(await send('localhost', aSender(300))).toEqual({ error: 'timed_out' });
  });

  it('given a connection that breaks, when it is sent, then it has failed', async () => {
    receiver.respond = (_response, request) => void request.socket.destroy();

    expect(await send()).toEqual({ error: 'connection_failed' });
  });

  it('given nobody who listens, when it is sent, then it has failed', async () => {
    await receiver.stop();

    expect(await send()).toEqual({ error: 'connection_failed' });
  });
});
