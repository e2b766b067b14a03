import type { NewEvent } from '../../functions/events/event';
import { UpstreamError } from '../../functions/errors/app-error';
import { Secret } from '../../functions/secrets/secret';
import type { DeliveryTarget } from '../../functions/webhooks/delivery';
import { signatureOf } from '../../functions/webhooks/signature';
import { ask } from '../support/call-endpoint';
import { ada, mallory, now } from '../support/builders';
import { testContext } from '../support/context';

const aHappening = (overrides: Partial<NewEvent> = {}): NewEvent => ({
  tenantId: ada.tenantId,
  connectorId: 'c1',
  type: 'sync.failed',
  actor: 'system',
  data: { runId: 'run-1' },
  ...overrides,
});

/** A tenant with a webhook for failed syncs, and the ways to make time and events pass. */
async function aWorld(events: string[] = ['sync.failed']) {
  const world = testContext();
  const { services, durableClient } = world;
  const body = { url: 'https://hooks.example/in', events };
  const { json } = await ask('createWebhook', { body, services });
  const params = { webhookId: json.id as string };
  const announce = () => services.outboxRelay.relayAll(durableClient, fail);
  await announce();
  const only = async () => {
    const { items } = (await ask('listDeliveries', { params, services })).json;
    expect(items).toHaveLength(1);
    return items[0];
  };
  /** What was started last, attempt by attempt, as its orchestration would. */
  const target = () => durableClient.started.at(-1)!.input as DeliveryTarget;
  const attempt = (n: number) => services.deliveries.attempt({ ...target(), attempt: n });
  const happen = async (happening: NewEvent = aHappening()) => {
    await services.events.record(happening);
    await announce();
  };
  const patch = (version: number, change: object) =>
    ask('updateWebhook', {
      params,
      headers: { 'if-match': `"v${version}"` },
      body: change,
      services,
    });
  return {
    ...world,
    params,
    secret: json.secret as string,
    announce,
    only,
    target,
    attempt,
    happen,
    patch,
  };
}

describe('announcing an event', () => {
  it('given a subscriber, when the event happens, then a delivery is opened and started, and the outbox is empty', async () => {
    const { happen, durableClient, only, outbox, params } = await aWorld();

    await happen();

    const delivery = await only();
    expect(delivery).toMatchObject({ status: 'pending', event: { type: 'sync.failed' } });
    expect(durableClient.started).toEqual([
      {
        name: 'deliverWebhook',
        instanceId: `webhook-${delivery.id}-1`,
        input: { tenantId: ada.tenantId, webhookId: params.id, deliveryId: delivery.id, round: 1 },
      },
    ]);
    expect(outbox.all()).toEqual([]);
  });

  it.each<[string, string[], Partial<NewEvent>]>([
    ['of another type', ['sync.failed'], { type: 'sync.started' }],
    ['of another tenant', ['*'], { tenantId: mallory.tenantId }],
    [
      'from before it was registered',
      ['*'],
      { once: { key: 'old', at: '2026-01-15T11:59:59.000Z' } },
    ],
    ['about webhooks', ['*'], { type: 'webhook.updated', connectorId: 'tenant' }],
  ])('given an event %s, when it happens, then nothing is sent', async (_, events, other) => {
    const { happen, durableClient, outbox } = await aWorld(events);

    await happen(aHappening(other));

    expect(durableClient.started).toEqual([]);
    expect(outbox.all()).toEqual([]);
  });

  it('given a disabled webhook, when the event happens, then nothing is sent', async () => {
    const { happen, patch, durableClient } = await aWorld();
    await patch(1, { enabled: false });

    await happen();

    expect(durableClient.started).toEqual([]);
  });

  it('given a process that dies after each write, when the outbox is emptied again, then there is one delivery', async () => {
    const { services, announce, durableClient, outbox, only } = await aWorld();
    await services.events.record(aHappening());
    const dying = { start: () => Promise.reject(new Error('killed')) };
    const deleting = jest.spyOn(outbox, 'delete').mockRejectedValueOnce(new Error('killed'));

    const failures: unknown[] = [];
    await services.outboxRelay.relayAll(dying, (error) => failures.push(error));
    await services.outboxRelay.relayAll(durableClient, (error) => failures.push(error));
    await announce();

    deleting.mockRestore();
    expect(failures).toHaveLength(2);
    expect(await only()).toMatchObject({ status: 'pending' });
    expect(durableClient.started).toHaveLength(1);
    expect(outbox.all()).toEqual([]);
  });

  it('given one announcement that fails, when the outbox is emptied, then the others are announced', async () => {
    const { services, durableClient, outbox, deliveryStore } = await aWorld();
    await services.events.record(aHappening());
    await services.events.record(aHappening());
    jest.spyOn(deliveryStore, 'create').mockRejectedValueOnce(new Error('storage'));

    const failures: unknown[] = [];
    await services.outboxRelay.relayAll(durableClient, (error) => failures.push(error));

    expect(failures).toHaveLength(1);
    expect(durableClient.started).toHaveLength(1);
    expect(outbox.all()).toHaveLength(1);
  });
});

describe('an attempt to deliver', () => {
  it('given an address that takes it, when it is sent, then it is signed, complete and delivered', async () => {
    const { happen, attempt, sender, secret, only } = await aWorld();
    await happen();

    expect(await attempt(1)).toEqual({});

    const [letter] = sender.sent;
    const timestamp = String(now.getTime() / 1_000);
    expect(letter).toMatchObject({
      url: 'https://hooks.example/in',
      headers: {
        'Content-Type': 'application/json',
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1=${signatureOf(new Secret(secret), timestamp, letter!.body)}`,
      },
    });
    const event = JSON.parse(letter!.body);
    expect(event).toMatchObject({
      type: 'sync.failed',
      connectorId: 'c1',
      data: { runId: 'run-1' },
    });
    expect(letter!.headers['webhook-id']).toBe(event.id);
    expect(await only()).toMatchObject({ status: 'delivered', attempts: [{ status: 204 }] });
  });

  it('given an address that never takes it, when it is attempted, then twelve attempts fill a good day', async () => {
    const { happen, attempt, sender, only, wait, services } = await aWorld();
    await happen();
    sender.answer = { status: 503 };

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
    ['a refusal', { status: 400 }],
    ['silence', { error: 'timed_out' }],
    ['an address that turned private', { error: 'address_refused' }],
  ] as const)('given %s, when it is attempted, then it is tried again later', async (_, answer) => {
    const { happen, attempt, sender, only } = await aWorld();
    await happen();
    sender.answer = answer;

    expect(await attempt(1)).toEqual({ retryAt: '2026-01-15T12:00:10.000Z' });

    expect(await only()).toMatchObject({ status: 'pending', attempts: [answer] });
  });

  it('given a step that runs twice, when its outcome is stored already, then nothing is sent again', async () => {
    const { happen, attempt, sender } = await aWorld();
    await happen();
    sender.answer = { status: 500 };

    const once = await attempt(1);
    const twice = await attempt(1);

    expect(twice).toEqual(once);
    expect(sender.sent).toHaveLength(1);
  });

  it('given a step that runs twice at once, when both store, then one outcome stands', async () => {
    const { happen, attempt, sender, only } = await aWorld();
    await happen();
    sender.answer = { status: 500 };

    const [one, other] = await Promise.all([attempt(1), attempt(1)]);

    expect(one).toEqual(other);
    expect((await only()).attempts).toHaveLength(1);
  });

  it('given a vault that is down, when it is attempted, then that is one more reason to try later', async () => {
    const { happen, attempt, vault, only, sender } = await aWorld();
    await happen();
    const down = new UpstreamError('key_vault_unavailable', 'down', true);
    jest.spyOn(vault, 'get').mockRejectedValueOnce(down);

    const { retryAt } = await attempt(1);

    expect(retryAt).toBeDefined();
    expect(await only()).toMatchObject({ attempts: [{ error: 'key_vault_unavailable' }] });
    expect(sender.sent).toEqual([]);
  });

  it('given a webhook that is disabled meanwhile, when it is attempted, then it has failed for good', async () => {
    const { happen, attempt, patch, only, sender } = await aWorld();
    await happen();
    await patch(1, { enabled: false });

    expect(await attempt(1)).toEqual({});

    expect(await only()).toMatchObject({
      status: 'failed',
      attempts: [{ error: 'disabled_meanwhile' }],
    });
    expect(sender.sent).toEqual([]);
  });

  it('given a webhook that is deleted meanwhile, when it is attempted, then there is nothing to do', async () => {
    const { happen, attempt, params, services, sender } = await aWorld();
    await happen();
    await ask('deleteWebhook', { params, services });

    expect(await attempt(1)).toEqual({});

    expect(sender.sent).toEqual([]);
  });
});

describe('an address that fails for days', () => {
  const day = 86_400;

  it('given five days of failures only, when it fails again, then it is disabled and the timeline says so once', async () => {
    const { happen, attempt, sender, wait, eventStore, services, params } = await aWorld();
    sender.answer = { status: 500 };
    for (let n = 0; n <= 5; n++) {
      await happen();
      await attempt(1);
      wait(day);
    }

    const { json } = await ask('getWebhook', { params, services });

    expect(json).toMatchObject({ enabled: false, disabledReason: 'failing' });
    const told = eventStore.all().filter(({ type }) => type === 'webhook.disabled');
    expect(told).toMatchObject([{ actor: 'system', data: { webhookId: params.id } }]);
  });

  it('given one success in between, when it fails on, then it stays enabled', async () => {
    const { happen, attempt, sender, wait, services, params } = await aWorld();
    for (let n = 0; n <= 7; n++) {
      sender.answer = { status: n === 3 ? 200 : 500 };
      await happen();
      await attempt(1);
      wait(day);
    }

    expect((await ask('getWebhook', { params, services })).json.enabled).toBe(true);
  });

  it('given a webhook disabled for failing, when it is enabled again, then its past is forgotten', async () => {
    const { happen, attempt, sender, wait, patch } = await aWorld();
    sender.answer = { status: 500 };
    for (let n = 0; n <= 5; n++) {
      await happen();
      await attempt(1);
      wait(day);
    }

    const { json } = await patch(2, { enabled: true });

    expect(json.enabled).toBe(true);
    expect(json).not.toHaveProperty('failingSince');
    expect(json).not.toHaveProperty('disabledReason');
  });
});

describe('sending anew', () => {
  it('given a delivery that is over, when it is sent anew, then a new round sends the same event', async () => {
    const { happen, attempt, sender, only, params, services, durableClient } = await aWorld();
    await happen();
    await attempt(1);
    const { id: deliveryId } = await only();
    const asked = { params: { ...params, deliveryId }, services };

    const answer = await ask('redeliver', asked);
    await ask('redeliver', asked);
    await attempt(1);

    expect(answer).toMatchObject({
      status: 202,
      headers: { Location: `/api/webhooks/${params.id}/deliveries/${deliveryId}` },
    });
    expect(durableClient.started.map(({ instanceId }) => instanceId)).toEqual([
      `webhook-${deliveryId}-1`,
      `webhook-${deliveryId}-2`,
    ]);
    const [first, second] = sender.sent;
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(await only()).toMatchObject({ status: 'delivered', attempts: [{}, {}] });
  });

  it('given an old round that still runs, when a new one has begun, then the old one sends nothing', async () => {
    const { happen, attempt, sender, only, params, services, target } = await aWorld();
    await happen();
    const old = target();
    await attempt(1);
    const { id: deliveryId } = await only();
    await ask('redeliver', { params: { ...params, deliveryId }, services });
    await attempt(1);

    const late = await services.deliveries.attempt({ ...old, attempt: 2 });

    expect(late).toEqual({});
    expect(sender.sent).toHaveLength(2);
  });

  it('given a delivery under way, when it is sent anew, then it conflicts', async () => {
    const { happen, only, params, services } = await aWorld();
    await happen();
    const { id: deliveryId } = await only();

    const answer = await ask('redeliver', { params: { ...params, deliveryId }, services });

    expect(answer).toMatchObject({ status: 409, json: { code: 'delivery_pending' } });
  });

  it('given no such delivery, when it is asked for, then there is none', async () => {
    const { params, services } = await aWorld();
    const asked = { params: { ...params, deliveryId: 'nothing' }, services };

    const codes = [await ask('getDelivery', asked), await ask('redeliver', asked)];

    expect(codes.map(({ json }) => json.code)).toEqual(Array(2).fill('delivery_not_found'));
  });
});

describe('testing a webhook', () => {
  it('given a webhook that wants little, when it is tested, then it gets a ping at once, and once', async () => {
    const { params, services, durableClient, announce, attempt, sender } = await aWorld();

    const { status, headers } = await ask('testWebhook', { params, services });
    await announce();
    await attempt(1);

    expect(status).toBe(202);
    expect(durableClient.started).toHaveLength(1);
    expect(JSON.parse(sender.sent[0]!.body)).toMatchObject({ type: 'webhook.ping' });
    const deliveryId = headers['Location']!.split('/').at(-1)!;
    const { json } = await ask('getDelivery', { params: { ...params, deliveryId }, services });
    expect(json).toMatchObject({ status: 'delivered', event: { type: 'webhook.ping' } });
  });
});

function fail(error: unknown): never {
  throw error;
}
