/** A customer's own service is told what happens, through timer, orchestration and TLS, and can tell that it is us. */
import { createHmac } from 'node:crypto';
import { startReceiver, type ReceivedRequest, type Receiver } from '../support/receiver';
import { testEmulatorContext, type TestEmulatorContext } from '../support/emulator-context';
import { startRunningStack, until, type RunningStack } from './support/stack';

let surroundings: TestEmulatorContext;
let receiver: Receiver;
let stack: RunningStack;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  receiver = await startReceiver(surroundings.certificates);
  stack = await startRunningStack();
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await receiver.stop();
  await surroundings.remove();
});

async function registered(path: string, event: string) {
  const { status, body } = await stack.call('POST', '/api/webhooks', {
    body: { url: `https://localhost:${receiver.port}${path}`, events: [event] },
  });
  expect(status).toBe(201);
  return body;
}
async function received(path: string, times = 1): Promise<ReceivedRequest[]> {
  const letters = () => receiver.requests.filter(({ url }) => url === path);
  await until(async () => {
    if (letters().length === times) return true;
    // The outbox relay is a timer, and a second attempt waits for its backoff.
    await stack.control('POST', '/clock', { advanceSeconds: 5 });
    return false;
  }, `${path} was told`);
  return letters();
}

describe('webhooks of the running stack', () => {
  it('given a webhook, when it is tested, then a signed ping arrives and the log says so', async () => {
    const { id, secret } = await registered('/ping', 'connector.deleted');

    const { status, headers } = await stack.call('POST', `/api/webhooks/${id}/test`);
    const [letter] = await received('/ping');

    expect(status).toBe(202);
    const { 'webhook-timestamp': timestamp, 'webhook-signature': signature } = letter!.headers;
    const expected = createHmac('sha256', secret).update(`${String(timestamp)}.${letter!.body}`);
    expect(signature).toBe(`v1=${expected.digest('hex')}`);
    const delivery = await until(async () => {
      const { body } = await stack.call('GET', headers.get('location')!);
      return body.status === 'delivered' && body;
    }, 'the delivery is over');
    expect(delivery.attempts).toMatchObject([{ status: 204 }]);
  }, 60_000);

  it('given a webhook, when a connector is made, then it is told, and the timeline has the same event', async () => {
    await registered('/told', 'connector.created');

    const { body } = await stack.call('POST', '/api/connectors', { body: { name: 'Told' } });
    const [letter] = await received('/told');

    const told = JSON.parse(letter!.body);
    expect(told).toMatchObject({ type: 'connector.created', connectorId: body.id });
    const timeline = await stack.call('GET', `/api/connectors/${body.id}/events`);
    expect(timeline.body.items).toContainEqual(told);
  }, 60_000);

  it('given a receiver that fails at first, when it is told, then it is told again', async () => {
    const { id } = await registered('/later', 'connector.deleted');
    let failures = 1;
    receiver.respond = (response) => void response.writeHead(failures-- > 0 ? 503 : 200).end();

    await stack.call('POST', `/api/webhooks/${id}/test`);
    const [first, second] = await received('/later', 2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.body).toBe(first!.body);
  }, 60_000);
});
