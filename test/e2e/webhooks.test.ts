/** A customer's service receives events through timer, orchestration and TLS, and verifies them. */
import { Webhook } from 'standardwebhooks';
import {
  respondNoContent,
  startReceiver,
  type ReceivedRequest,
  type Receiver,
} from '../support/receiver';
import { testEmulatorContext, type TestEmulatorContext } from '../support/emulator-context';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';

let emulators: TestEmulatorContext;
let receiver: Receiver;
let stack: RunningStack;
beforeAll(async () => {
  emulators = await testEmulatorContext();
  receiver = await startReceiver(emulators.certificates);
  stack = await startRunningStack();
});
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
  const requests = () =>
    receiver.requests.filter(({ method, url }) => method === 'POST' && url === path);
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

    const { status, body: delivery } = await stack.call('POST', `/api/webhooks/${id}/test`);
    const [request] = await receivedAt('/ping');

    expect(status).toBe(200);
    expect(delivery).toMatchObject({ status: 'delivered', attempts: [{ status: 204 }] });
    const { headers: signed, body } = request!;
    const event = new Webhook(secret).verify(body, signed as Record<string, string>);
    expect(event).toMatchObject({ id: delivery.event.id, type: 'webhook.ping' });
    const log = await stack.call('GET', `/api/webhooks/${id}/deliveries`);
    expect(log.body.items).toEqual([delivery]);
  });

  it('receive nothing at an address that they did not confirm', async () => {
    const { id } = await createWebhook('/confirmed', 'connector.created');
    receiver.respond = (response) => void response.writeHead(404).end();
    const url = `https://localhost:${receiver.port}/other?key=QuerySecret`;

    const created = await stack.call('POST', '/api/webhooks', { body: { url, events: ['*'] } });
    const changed = await stack.call('PATCH', `/api/webhooks/${id}`, {
      body: { url },
      headers: { 'If-Match': '*' },
    });
    receiver.respond = respondNoContent;
    await stack.call('POST', '/api/connectors', { body: { name: 'Unconfirmed' } });
    await receivedAt('/confirmed');

    const code = 'webhook_address_not_confirmed';
    expect([created, changed]).toMatchObject(Array(2).fill({ status: 422, body: { code } }));
    const received = receiver.requests.filter(({ url }) => url.startsWith('/other'));
    expect(received.map(({ method }) => method)).toEqual(['OPTIONS', 'OPTIONS']);
    expect(JSON.stringify([created.body, changed.body])).not.toContain('QuerySecret');
  });

  it('receive two signatures while the secret is rotated', async () => {
    const { id, secret } = await createWebhook('/rotated', 'connector.deleted');

    const { body } = await stack.call('POST', `/api/webhooks/${id}/rotate-secret`);
    await stack.call('POST', `/api/webhooks/${id}/test`);
    const [request] = await receivedAt('/rotated');

    expect(body.previousSecrets).toHaveLength(1);
    for (const each of [secret, body.secret])
      new Webhook(each).verify(request!.body, request!.headers as Record<string, string>);
  });

  it('receive the same event that the event stream lists', async () => {
    await createWebhook('/created', 'connector.created');

    const { body } = await stack.call('POST', '/api/connectors', { body: { name: 'Sales' } });
    const [request] = await receivedAt('/created');

    const event = JSON.parse(request!.body);
    expect(event).toMatchObject({ type: 'connector.created', connectorId: body.id });
    const stream = await stack.call('GET', `/api/connectors/${body.id}/events`);
    expect(stream.body.items).toContainEqual(event);
  });

  it('receive an event again after a failed attempt', async () => {
    await createWebhook('/later', 'connector.deleted');
    let failures = 1;
    receiver.respond = (response, { url }) => {
      const fails = url === '/later' && failures-- > 0;
      response.writeHead(fails ? 503 : 200).end();
    };

    const { body } = await stack.call('POST', '/api/connectors', { body: { name: 'Later' } });
    await stack.call('DELETE', `/api/connectors/${body.id}`, { headers: { 'If-Match': '*' } });
    const [first, second] = await receivedAt('/later', 2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.body).toBe(first!.body);
  });
});
