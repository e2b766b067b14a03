/** A customer's service receives events through timer, orchestration and TLS, and verifies them. */
import { Webhook } from 'standardwebhooks';
import { startReceiver, type ReceivedRequest, type Receiver } from '../support/receiver';
import { testEmulatorContext, type TestEmulatorContext } from '../support/emulator-context';
import { startRunningStack, until, type RunningStack } from './support/stack';

let emulators: TestEmulatorContext;
let receiver: Receiver;
let stack: RunningStack;
beforeAll(async () => {
  emulators = await testEmulatorContext();
  receiver = await startReceiver(emulators.certificates);
  stack = await startRunningStack();
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await receiver.stop();
  await emulators.remove();
});

async function createWebhook(path: string, event: string) {
  const { status, body } = await stack.call('POST', '/api/webhooks', {
    body: { url: `https://localhost:${receiver.port}${path}`, events: [event] },
  });
  expect(status).toBe(201);
  return body;
}
async function receivedAt(path: string, times = 1): Promise<ReceivedRequest[]> {
  const requests = () => receiver.requests.filter(({ url }) => url === path);
  await until(async () => {
    if (requests().length === times) return true;
    // The outbox relay is a timer, and a second attempt waits for its backoff.
    await stack.control('POST', '/clock', { advanceSeconds: 5 });
    return false;
  }, `${path} received ${times} requests`);
  return requests();
}

describe('webhooks', () => {
  it('receive a signed ping and record its delivery', async () => {
    const { id, secret } = await createWebhook('/ping', 'connector.deleted');

    const { status, headers } = await stack.call('POST', `/api/webhooks/${id}/test`);
    const [request] = await receivedAt('/ping');

    expect(status).toBe(202);
    const { headers: signed, body } = request!;
    const event = new Webhook(secret).verify(body, signed as Record<string, string>);
    expect(event).toMatchObject({ type: 'webhook.ping' });
    const delivery = await until(async () => {
      const { body } = await stack.call('GET', headers.get('location')!);
      return body.status === 'delivered' && body;
    }, 'the delivery is finished');
    expect(delivery.attempts).toMatchObject([{ status: 204 }]);
  }, 60_000);

  it('receive the same event that the event stream lists', async () => {
    await createWebhook('/created', 'connector.created');

    const { body } = await stack.call('POST', '/api/connectors', { body: { name: 'Sales' } });
    const [request] = await receivedAt('/created');

    const event = JSON.parse(request!.body);
    expect(event).toMatchObject({ type: 'connector.created', connectorId: body.id });
    const stream = await stack.call('GET', `/api/connectors/${body.id}/events`);
    expect(stream.body.items).toContainEqual(event);
  }, 60_000);

  it('receive an event again after a failed attempt', async () => {
    const { id } = await createWebhook('/later', 'connector.deleted');
    let failures = 1;
    receiver.respond = (response) => void response.writeHead(failures-- > 0 ? 503 : 200).end();

    await stack.call('POST', `/api/webhooks/${id}/test`);
    const [first, second] = await receivedAt('/later', 2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.body).toBe(first!.body);
  }, 60_000);
});
