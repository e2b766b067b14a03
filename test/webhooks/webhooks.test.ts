import { ask, logged } from '../support/call-endpoint';
import { ada, edgar, mallory } from '../support/builders';
import { testContext } from '../support/context';

const aDraft = { url: 'https://hooks.example/in', events: ['connector.expired', 'sync.failed'] };

async function registered(draft: object = aDraft) {
  const world = testContext();
  const { services } = world;
  const { json, headers } = await ask('createWebhook', { body: draft, services });
  const params = { webhookId: json.id as string };
  return { ...world, json, headers, params };
}

describe('registering a webhook', () => {
  it('given an https address, when it is registered, then its secret is told once and lies in the vault', async () => {
    const { services, vault, json, headers, params } = await registered();

    expect(json).toMatchObject({
      ...aDraft,
      enabled: true,
      createdBy: { displayName: 'Ada Lovelace' },
    });
    expect(headers).toMatchObject({ Location: `/api/webhooks/${json.id}`, ETag: '"v1"' });
    expect(json.secret).toMatch(/^whsec_/);
    expect((await vault.get(`wh-${json.id}-secret`)).reveal()).toBe(json.secret);
    const again = await ask('getWebhook', { params, services });
    expect(again.json).not.toHaveProperty('secret');
  });

  it('given a secret, when everything else is read, then it is nowhere but in the one answer', async () => {
    const { services, json, params, eventStore, outbox, sender, deliveryStore } = await registered({
      ...aDraft,
      events: ['*'],
    });
    await ask('testWebhook', { params, services });
    await services.outboxRelay.relayAll(services.durableClient(), fail);
    const [{ id: deliveryId }] = (await ask('listDeliveries', { params, services })).json.items;
    const target = { tenantId: ada.tenantId, webhookId: json.id, deliveryId, round: 1 };
    await services.deliveries.attempt({ ...target, attempt: 1 });

    const seen = JSON.stringify([
      await services.webhooks.list(ada.tenantId),
      await deliveryStore.list({ tenantId: ada.tenantId, webhookId: json.id }, { limit: 10 }),
      eventStore.all(),
      outbox.all(),
      sender.sent,
      logged,
      (await ask('listWebhooks', { services })).json,
    ]);

    expect(sender.sent).toHaveLength(1);
    expect(seen).not.toContain(json.secret.slice('whsec_'.length));
  });

  it.each([
    ['/url', { ...aDraft, url: 'http://hooks.example/in' }],
    ['/url', { ...aDraft, url: 'https://127.0.0.1/in' }],
    ['/url', { ...aDraft, url: 'https://ada:secret@hooks.example/in' }],
    ['/url', { events: ['*'] }],
    ['/events', { ...aDraft, events: [] }],
    ['/events/0', { ...aDraft, events: ['webhook.deleted'] }],
    ['/events/0', { ...aDraft, events: ['sync.exploded'] }],
    ['/secret', { ...aDraft, secret: 'of-mine' }],
  ])('given a fault at %s, when it is registered, then it is named', async (pointer, body) => {
    const { status, json } = await ask('createWebhook', { body });

    expect(status).toBe(400);
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('given twenty webhooks, when another is registered, then that is one too many', async () => {
    const { services } = testContext();
    for (let n = 0; n < 20; n++) await ask('createWebhook', { body: aDraft, services });

    const answer = await ask('createWebhook', { body: aDraft, services });

    expect(answer).toMatchObject({ status: 409, json: { code: 'too_many_webhooks' } });
  });

  it('given a Viewer, when it registers a webhook, then that is not allowed', async () => {
    expect(await ask('createWebhook', { body: aDraft, as: edgar })).toMatchObject({ status: 403 });
  });
});

describe('a webhook', () => {
  it('given another tenant, when it asks for the webhook, then there is none', async () => {
    const { services, params } = await registered();
    const asMallory = { params, as: mallory, services };

    const answers = [
      await ask('getWebhook', asMallory),
      await ask('deleteWebhook', asMallory),
      await ask('testWebhook', asMallory),
      await ask('listDeliveries', asMallory),
      await ask('updateWebhook', { ...asMallory, body: {}, headers: { 'if-match': '"v1"' } }),
    ];

    expect(answers.map(({ json }) => json.code)).toEqual(Array(5).fill('webhook_not_found'));
    expect((await ask('listWebhooks', { as: mallory, services })).json.items).toEqual([]);
  });

  it('given the version that was read, when it is disabled, then the next version is', async () => {
    const { services, params } = await registered({ ...aDraft, description: 'for the pager' });

    const { status, headers, json } = await ask('updateWebhook', {
      params,
      headers: { 'if-match': '"v1"' },
      body: { enabled: false, description: null },
      services,
    });

    expect({ status, etag: headers['ETag'] }).toEqual({ status: 200, etag: '"v2"' });
    expect(json).toMatchObject({ enabled: false, events: aDraft.events });
    expect(json).not.toHaveProperty('description');
  });

  it.each([
    [412, 'webhook_version_stale', { 'if-match': '"v7"' }],
    [428, 'if_match_missing', {}],
  ])(
    'given a wrong If-Match, when it is changed, then %d says %s',
    async (status, code, headers) => {
      const { services, params } = await registered();

      const answer = await ask('updateWebhook', { params, headers, body: {}, services });

      expect(answer).toMatchObject({ status, json: { code } });
    },
  );

  it('given a webhook with deliveries, when it is deleted, then nothing is left but the timeline', async () => {
    const { services, params, vault, deliveryStore, eventStore } = await registered();
    await ask('testWebhook', { params, services });

    const { status } = await ask('deleteWebhook', { params, services });

    expect(status).toBe(204);
    expect(await ask('getWebhook', { params, services })).toMatchObject({ status: 404 });
    expect(vault.usable().filter((name) => name.startsWith('wh-'))).toEqual([]);
    const key = { tenantId: ada.tenantId, webhookId: params.id };
    expect((await deliveryStore.list(key, { limit: 10 })).items).toEqual([]);
    expect(eventStore.all().map(({ type }) => type)).toContain('webhook.deleted');
  });

  it('given a disabled webhook, when a test or a redelivery is asked for, then it conflicts', async () => {
    const { services, params } = await registered();
    const tested = await ask('testWebhook', { params, services });
    const deliveryId = tested.headers['Location']!.split('/').at(-1)!;
    const body = { enabled: false };
    await ask('updateWebhook', { params, headers: { 'if-match': '"v1"' }, body, services });

    const answers = [
      await ask('testWebhook', { params, services }),
      await ask('redeliver', { params: { ...params, deliveryId }, services }),
    ];

    expect(answers.map(({ json }) => json.code)).toEqual(['webhook_disabled', 'webhook_disabled']);
  });
});

function fail(error: unknown): never {
  throw error;
}
