import { Webhook } from 'standardwebhooks';
import type { NewEvent } from '../../functions/events/event';
import { UpstreamError } from '../../functions/errors/app-error';
import type { DeliveryTarget } from '../../functions/webhooks/delivery';
import { callEndpoint } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant, now } from '../support/builders';
import { testContext } from '../support/context';

const anEvent = (overrides: Partial<NewEvent> = {}): NewEvent => ({
  tenantId: owner.tenantId,
  connectorId: 'c1',
  type: 'sync.failed',
  actor: 'system',
  data: { syncRunId: 'run-1' },
  ...overrides,
});

/** A tenant with a webhook for failed syncs, and functions that record, relay and attempt. */
async function aWebhookContext(events: string[] = ['sync.failed']) {
  const context = testContext();
  const { services, durableClient } = context;
  const body = { url: 'https://hooks.example/in', events };
  const { json } = await callEndpoint('createWebhook', { body, services });
  const params = { webhookId: json.id as string };
  const relay = () => services.outboxRelay.relayAll(durableClient, fail);
  await relay();
  const only = async () => {
    const { items } = (await callEndpoint('listDeliveries', { params, services })).json;
    expect(items).toHaveLength(1);
    return items[0];
  };
  /** Target of the delivery that was started last. */
  const target = () => durableClient.started.at(-1)!.input as DeliveryTarget;
  const attempt = (n: number) => services.deliveries.attempt({ ...target(), attempt: n });
  const recordAndRelay = async (event: NewEvent = anEvent()) => {
    await services.events.record(event);
    await relay();
  };
  const patch = (version: number, change: object) =>
    callEndpoint('updateWebhook', {
      params,
      headers: { 'if-match': `"v${version}"` },
      body: change,
      services,
    });
  return {
    ...context,
    params,
    secret: json.secret as string,
    relay,
    only,
    target,
    attempt,
    recordAndRelay,
    patch,
  };
}

describe('outbox relay', () => {
  it('starts a delivery per subscriber and empties the outbox', async () => {
    const { recordAndRelay, durableClient, only, outbox, params } = await aWebhookContext();

    await recordAndRelay();

    const delivery = await only();
    expect(delivery).toMatchObject({ status: 'pending', event: { type: 'sync.failed' } });
    expect(durableClient.started).toEqual([
      {
        name: 'deliverWebhook',
        instanceId: `webhook-${delivery.id}-0`,
        input: {
          tenantId: owner.tenantId,
          webhookId: params.webhookId,
          deliveryId: delivery.id,
          redelivery: 0,
        },
      },
    ]);
    expect(outbox.all()).toEqual([]);
  });

  it.each<[string, string[], Partial<NewEvent>]>([
    ['of another type', ['sync.failed'], { type: 'sync.started' }],
    ['of another tenant', ['*'], { tenantId: ownerOfOtherTenant.tenantId }],
    [
      'older than the webhook',
      ['*'],
      { idempotencyKey: { key: 'old', at: '2026-01-15T11:59:59.000Z' } },
    ],
    ['about webhooks', ['*'], { type: 'webhook.updated', connectorId: 'tenant' }],
    ['about reads of agents', ['*'], { type: 'agent.tool_called', connectorId: 'tenant' }],
  ])('starts no delivery for an event %s', async (_, events, other) => {
    const { recordAndRelay, durableClient, outbox } = await aWebhookContext(events);

    await recordAndRelay(anEvent(other));

    expect(durableClient.started).toEqual([]);
    expect(outbox.all()).toEqual([]);
  });

  it('starts no delivery for a disabled webhook', async () => {
    const { recordAndRelay, patch, durableClient } = await aWebhookContext();
    await patch(1, { enabled: false });

    await recordAndRelay();

    expect(durableClient.started).toEqual([]);
  });

  it('creates one delivery if the process dies after each write', async () => {
    const { services, relay, durableClient, outbox, only } = await aWebhookContext();
    await services.events.record(anEvent());
    const dying = { start: () => Promise.reject(new Error('killed')) };
    const deleting = jest.spyOn(outbox, 'delete').mockRejectedValueOnce(new Error('killed'));

    const failures: unknown[] = [];
    await services.outboxRelay.relayAll(dying, (error) => failures.push(error));
    await services.outboxRelay.relayAll(durableClient, (error) => failures.push(error));
    await relay();

    deleting.mockRestore();
    expect(failures).toHaveLength(2);
    expect(await only()).toMatchObject({ status: 'pending' });
    expect(durableClient.started).toHaveLength(1);
    expect(outbox.all()).toEqual([]);
  });

  it('relays the other messages if one fails', async () => {
    const { services, durableClient, outbox, deliveryStore } = await aWebhookContext();
    await services.events.record(anEvent());
    await services.events.record(anEvent());
    jest.spyOn(deliveryStore, 'create').mockRejectedValueOnce(new Error('storage'));

    const failures: unknown[] = [];
    await services.outboxRelay.relayAll(durableClient, (error) => failures.push(error));

    expect(failures).toHaveLength(1);
    expect(durableClient.started).toHaveLength(1);
    expect(outbox.all()).toHaveLength(1);
  });
});

describe('DeliveryService.attempt', () => {
  it('sends the signed event and stores the delivery as delivered', async () => {
    const { recordAndRelay, attempt, sender, secret, only } = await aWebhookContext();
    await recordAndRelay();

    expect(await attempt(1)).toEqual({});

    const [request] = sender.sent;
    const event = JSON.parse(request!.body);
    const timestamp = String(now.getTime() / 1_000);
    expect(request).toMatchObject({
      url: 'https://hooks.example/in',
      headers: {
        'Content-Type': 'application/json',
        Origin: 'localhost',
        'webhook-timestamp': timestamp,
        'webhook-signature': new Webhook(secret).sign(event.id, now, request!.body),
      },
    });
    expect(event).toMatchObject({
      type: 'sync.failed',
      connectorId: 'c1',
      data: { syncRunId: 'run-1' },
    });
    expect(request!.headers['webhook-id']).toBe(event.id);
    expect(await only()).toMatchObject({ status: 'delivered', attempts: [{ status: 204 }] });
  });

  it('makes twelve attempts within a little more than a day', async () => {
    const { recordAndRelay, attempt, sender, only, wait, services } = await aWebhookContext();
    await recordAndRelay();
    sender.result = { status: 503 };

    const waits: number[] = [];
    for (let n = 1; ; n++) {
      const { retryAt } = await attempt(n);
      if (retryAt === undefined) break;
      waits.push((Date.parse(retryAt) - services.now().getTime()) / 1_000);
      wait(waits.at(-1)!);
    }

    expect(waits).toEqual([10, 30, 90, 270, 810, 2430, 7290, 21600, 21600, 21600, 21600]);
    expect(sender.sent).toHaveLength(12);
    expect(new Set(sender.sent.map(({ body }) => body)).size).toBe(1);
    expect(await only()).toMatchObject({ status: 'failed', finishedAt: expect.any(String) });
  });

  it.each([
    ['a redirect', { status: 302 }],
    ['status 400', { status: 400 }],
    ['a timeout', { error: 'timed_out' }],
    ['a private address', { error: 'address_refused' }],
  ] as const)('retries after %s', async (_, result) => {
    const { recordAndRelay, attempt, sender, only } = await aWebhookContext();
    await recordAndRelay();
    sender.result = result;

    expect(await attempt(1)).toEqual({ retryAt: '2026-01-15T12:00:10.000Z' });

    expect(await only()).toMatchObject({ status: 'pending', attempts: [result] });
  });

  it.each([
    [45_000, '2026-01-15T12:00:45.000Z'],
    [1_000, '2026-01-15T12:00:10.000Z'],
    [86_400_000, '2026-01-15T18:00:00.000Z'],
  ])('waits %i ms if the receiver asks for it, until %s', async (retryAfterMs, retryAt) => {
    const { recordAndRelay, attempt, sender, only } = await aWebhookContext();
    await recordAndRelay();
    sender.result = { status: 429, retryAfterMs };

    expect(await attempt(1)).toEqual({ retryAt });

    expect(await only()).toMatchObject({ retryAt, attempts: [{ status: 429, retryAfterMs }] });
  });

  it('sends nothing if the result of the attempt is stored', async () => {
    const { recordAndRelay, attempt, sender } = await aWebhookContext();
    await recordAndRelay();
    sender.result = { status: 500 };

    const once = await attempt(1);
    const twice = await attempt(1);

    expect(twice).toEqual(once);
    expect(sender.sent).toHaveLength(1);
  });

  it('stores one result of two concurrent calls', async () => {
    const { recordAndRelay, attempt, sender, only } = await aWebhookContext();
    await recordAndRelay();
    sender.result = { status: 500 };

    const [one, other] = await Promise.all([attempt(1), attempt(1)]);

    expect(one).toEqual(other);
    expect((await only()).attempts).toHaveLength(1);
  });

  it('retries if the signing secret cannot be read', async () => {
    const { recordAndRelay, attempt, secretStore, only, sender } = await aWebhookContext();
    await recordAndRelay();
    const down = new UpstreamError('key_vault_unavailable', 'down', true);
    jest.spyOn(secretStore, 'get').mockRejectedValueOnce(down);

    const { retryAt } = await attempt(1);

    expect(retryAt).toBeDefined();
    expect(await only()).toMatchObject({ attempts: [{ error: 'key_vault_unavailable' }] });
    expect(sender.sent).toEqual([]);
  });

  it('fails without retries if the webhook was disabled', async () => {
    const { recordAndRelay, attempt, patch, only, sender } = await aWebhookContext();
    await recordAndRelay();
    await patch(1, { enabled: false });

    expect(await attempt(1)).toEqual({});

    expect(await only()).toMatchObject({
      status: 'failed',
      attempts: [{ error: 'disabled_meanwhile' }],
    });
    expect(sender.sent).toEqual([]);
  });

  it('does nothing if the webhook was deleted', async () => {
    const { recordAndRelay, attempt, params, services, sender } = await aWebhookContext();
    await recordAndRelay();
    await callEndpoint('deleteWebhook', { params, services });

    expect(await attempt(1)).toEqual({});

    expect(sender.sent).toEqual([]);
  });
});

describe('webhook without successful deliveries', () => {
  const day = 86_400;

  it('is disabled after five days, with one event', async () => {
    const { recordAndRelay, attempt, sender, wait, eventStore, services, params } =
      await aWebhookContext();
    sender.result = { status: 500 };
    for (let n = 0; n <= 5; n++) {
      await recordAndRelay();
      await attempt(1);
      wait(day);
    }

    const { json } = await callEndpoint('getWebhook', { params, services });

    expect(json).toMatchObject({ enabled: false, disabledReason: 'failing' });
    const disabled = eventStore.all().filter(({ type }) => type === 'webhook.disabled');
    expect(disabled).toMatchObject([{ actor: 'system', data: { webhookId: params.webhookId } }]);
  });

  it('stays enabled if one delivery succeeds in between', async () => {
    const { recordAndRelay, attempt, sender, wait, services, params } = await aWebhookContext();
    for (let n = 0; n <= 7; n++) {
      sender.result = { status: n === 3 ? 200 : 500 };
      await recordAndRelay();
      await attempt(1);
      wait(day);
    }

    expect((await callEndpoint('getWebhook', { params, services })).json.enabled).toBe(true);
  });

  it('stays enabled while Key Vault cannot be read', async () => {
    const { recordAndRelay, attempt, secretStore, wait, services, params } =
      await aWebhookContext();
    const down = new UpstreamError('key_vault_unavailable', 'down', true);
    jest.spyOn(secretStore, 'get').mockRejectedValue(down);
    for (let n = 0; n <= 5; n++) {
      await recordAndRelay();
      await attempt(1);
      wait(day);
    }

    const { json } = await callEndpoint('getWebhook', { params, services });

    expect(json.enabled).toBe(true);
    expect(json).not.toHaveProperty('firstFailedAt');
  });

  it('is disabled at once by a receiver that is gone', async () => {
    const { recordAndRelay, attempt, sender, only, eventStore, services, params } =
      await aWebhookContext();
    sender.result = { status: 410 };
    await recordAndRelay();

    expect(await attempt(1)).toEqual({});

    const { json } = await callEndpoint('getWebhook', { params, services });
    expect(json).toMatchObject({ enabled: false, disabledReason: 'gone' });
    expect(await only()).toMatchObject({ status: 'failed', attempts: [{ status: 410 }] });
    expect(eventStore.all().map(({ type }) => type)).toContain('webhook.disabled');
  });

  it('stays enabled if an earlier address is gone', async () => {
    const { recordAndRelay, attempt, sender, patch, services, params } = await aWebhookContext();
    jest.spyOn(sender, 'send').mockImplementationOnce(async () => {
      await patch(1, { url: 'https://hooks.example/moved' });
      return { status: 410 };
    });
    await recordAndRelay();

    await attempt(1);

    const { json } = await callEndpoint('getWebhook', { params, services });
    expect(json).toMatchObject({ enabled: true, url: 'https://hooks.example/moved' });
    expect(json).not.toHaveProperty('firstFailedAt');
  });

  it('starts without past failures when enabled again', async () => {
    const { recordAndRelay, attempt, sender, wait, patch } = await aWebhookContext();
    sender.result = { status: 500 };
    for (let n = 0; n <= 5; n++) {
      await recordAndRelay();
      await attempt(1);
      wait(day);
    }

    const { json } = await patch(2, { enabled: true });

    expect(json.enabled).toBe(true);
    expect(json).not.toHaveProperty('firstFailedAt');
    expect(json).not.toHaveProperty('disabledReason');
  });
});

describe('redeliver', () => {
  it('sends the same event with the same id once more', async () => {
    const { recordAndRelay, attempt, sender, only, params, services, durableClient } =
      await aWebhookContext();
    await recordAndRelay();
    await attempt(1);
    const { id: deliveryId } = await only();
    const call = { params: { ...params, deliveryId }, services };

    const response = await callEndpoint('redeliver', call);
    await callEndpoint('redeliver', call);
    await attempt(1);

    expect(response).toMatchObject({
      status: 202,
      headers: { Location: `/api/webhooks/${params.webhookId}/deliveries/${deliveryId}` },
    });
    expect(durableClient.started.map(({ instanceId }) => instanceId)).toEqual([
      `webhook-${deliveryId}-0`,
      `webhook-${deliveryId}-1`,
    ]);
    const [first, second] = sender.sent;
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(await only()).toMatchObject({ status: 'delivered', attempts: [{}, {}] });
  });

  it('stops the attempts of an earlier redelivery', async () => {
    const { recordAndRelay, attempt, sender, only, params, services, target } =
      await aWebhookContext();
    await recordAndRelay();
    const old = target();
    await attempt(1);
    const { id: deliveryId } = await only();
    await callEndpoint('redeliver', { params: { ...params, deliveryId }, services });
    await attempt(1);

    const late = await services.deliveries.attempt({ ...old, attempt: 2 });

    expect(late).toEqual({});
    expect(sender.sent).toHaveLength(2);
  });

  it('conflicts while the delivery is pending', async () => {
    const { recordAndRelay, only, params, services } = await aWebhookContext();
    await recordAndRelay();
    const { id: deliveryId } = await only();

    const response = await callEndpoint('redeliver', {
      params: { ...params, deliveryId },
      services,
    });

    expect(response).toMatchObject({ status: 409, json: { code: 'delivery_pending' } });
  });

  it('is not found for an unknown delivery', async () => {
    const { params, services } = await aWebhookContext();
    const call = { params: { ...params, deliveryId: 'nothing' }, services };

    const codes = [await callEndpoint('getDelivery', call), await callEndpoint('redeliver', call)];

    expect(codes.map(({ json }) => json.code)).toEqual(Array(2).fill('delivery_not_found'));
  });
});

describe('testWebhook', () => {
  it('sends one ping to a webhook that subscribes to other events', async () => {
    const { params, services, durableClient, relay, sender, eventStore } = await aWebhookContext();

    const { status, headers, json } = await callEndpoint('testWebhook', { params, services });
    await relay();

    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'delivered',
      event: { type: 'webhook.ping' },
      attempts: [{ status: 204 }],
    });
    expect(JSON.parse(sender.sent[0]!.body)).toMatchObject({
      id: json.event.id,
      type: 'webhook.ping',
    });
    expect([sender.sent.length, durableClient.started.length]).toEqual([1, 0]);
    const deliveryId = headers['Content-Location']!.split('/').at(-1)!;
    const read = await callEndpoint('getDelivery', {
      params: { ...params, deliveryId },
      services,
    });
    expect(read.json).toEqual(json);
    expect(eventStore.all().filter(({ type }) => type === 'webhook.ping')).toMatchObject([
      {
        id: json.event.id,
        actor: { displayName: 'Ada Lovelace' },
        outcome: 'succeeded',
        data: { webhookId: params.webhookId, deliveryId, status: 204 },
      },
    ]);
  });

  it.each([
    ['status 500', { status: 500 }],
    ['a timeout', { error: 'timed_out' }],
  ] as const)('returns and records %s, without another attempt', async (_, result) => {
    const { params, services, sender, eventStore } = await aWebhookContext();
    sender.result = result;

    const { status, json } = await callEndpoint('testWebhook', { params, services });

    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'failed', attempts: [result] });
    expect(json).not.toHaveProperty('retryAt');
    const recorded = eventStore.all().filter(({ type }) => type === 'webhook.ping');
    expect(recorded).toMatchObject([{ outcome: 'failed', data: result }]);
  });

  it('returns the result although the webhook cannot count it', async () => {
    const { params, services, sender } = await aWebhookContext();
    sender.result = { status: 500 };
    const counting = jest.spyOn(services.webhooks, 'recordDelivery');
    counting.mockRejectedValueOnce(new Error('storage'));
    jest.spyOn(console, 'error').mockImplementation(() => undefined);

    const { status } = await callEndpoint('testWebhook', { params, services });

    expect(status).toBe(200);
    expect(console.error).toHaveBeenCalledWith(
      expect.stringContaining('webhook.delivery_not_counted'),
    );
  });

  it('records no event if the result is not stored', async () => {
    const { params, services, deliveryStore, eventStore, outbox } = await aWebhookContext();
    const down = new UpstreamError('storage_unavailable', 'down', true);
    jest.spyOn(deliveryStore, 'create').mockRejectedValueOnce(down);

    const { status } = await callEndpoint('testWebhook', { params, services });

    expect(status).toBeGreaterThanOrEqual(500);
    const events = [...eventStore.all(), ...outbox.all().map(({ event }) => event)];
    expect(events.filter(({ type }) => type === 'webhook.ping')).toEqual([]);
  });

  it('answers ten requests at once with ten results', async () => {
    const { params, services, sender } = await aWebhookContext();
    sender.result = { status: 500 };

    const responses = await Promise.all(
      Array.from({ length: 10 }, () => callEndpoint('testWebhook', { params, services })),
    );

    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(responses.map(({ json }) => json.id)).size).toBe(10);
  });
});

function fail(error: unknown): never {
  throw error;
}
