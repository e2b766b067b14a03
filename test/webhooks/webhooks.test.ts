import { callEndpoint, logged } from '../support/call-endpoint';
import { owner, viewer, ownerOfOtherTenant } from '../support/builders';
import { testContext } from '../support/context';

const aDraft = { url: 'https://hooks.example/in', events: ['connector.expired', 'sync.failed'] };

async function createWebhook(draft: object = aDraft) {
  const context = testContext();
  const { services } = context;
  const { json, headers } = await callEndpoint('createWebhook', { body: draft, services });
  const params = { webhookId: json.id as string };
  return { ...context, json, headers, params };
}

describe('createWebhook', () => {
  it('reveals the signing secret once and stores it in Key Vault', async () => {
    const { services, secretStore, json, headers, params } = await createWebhook();

    expect(json).toMatchObject({
      ...aDraft,
      enabled: true,
      createdBy: { displayName: 'Ada Lovelace' },
    });
    expect(headers).toMatchObject({ Location: `/api/webhooks/${json.id}`, ETag: '"v1"' });
    expect(json.secret).toMatch(/^whsec_/);
    expect((await secretStore.get(`wh-${json.id}-secret`)).reveal()).toBe(json.secret);
    const again = await callEndpoint('getWebhook', { params, services });
    expect(again.json).not.toHaveProperty('secret');
  });

  it('reveals the secret nowhere else', async () => {
    const { services, json, params, eventStore, outbox, sender, deliveryStore, durableClient } =
      await createWebhook({
        ...aDraft,
        events: ['*'],
      });
    await callEndpoint('testWebhook', { params, services });
    await services.outboxRelay.relayAll(durableClient, fail);

    const visible = JSON.stringify([
      await services.webhooks.list(owner.tenantId),
      await deliveryStore.list({ tenantId: owner.tenantId, webhookId: json.id }, { limit: 10 }),
      eventStore.all(),
      outbox.all(),
      sender.sent,
      logged,
      (await callEndpoint('listWebhooks', { services })).json,
    ]);

    expect(sender.sent).toHaveLength(1);
    expect(visible).not.toContain(json.secret.slice('whsec_'.length));
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
  ])('rejects a violation at %s', async (pointer, body) => {
    const { status, json } = await callEndpoint('createWebhook', { body });

    expect(status).toBe(400);
    expect(json.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('rejects the twenty-first webhook of a tenant', async () => {
    const { services } = testContext();
    for (let n = 0; n < 20; n++) await callEndpoint('createWebhook', { body: aDraft, services });

    const response = await callEndpoint('createWebhook', { body: aDraft, services });

    expect(response).toMatchObject({ status: 409, json: { code: 'too_many_webhooks' } });
  });

  it('is forbidden for a Viewer', async () => {
    expect(await callEndpoint('createWebhook', { body: aDraft, as: viewer })).toMatchObject({
      status: 403,
    });
  });
});

describe('the whole address of a webhook', () => {
  it('is in requests to the receiver only', async () => {
    const url = 'https://hooks.example/in/T0S3CRET?code=QuerySecret';
    const { services, json, params, eventStore, outbox, sender, deliveryStore, durableClient } =
      await createWebhook({ url, events: ['*'] });
    await callEndpoint('testWebhook', { params, services });
    sender.result = { error: 'connection_failed' };
    await callEndpoint('testWebhook', { params, services });
    await services.events.record({
      tenantId: owner.tenantId,
      connectorId: 'c1',
      type: 'sync.failed',
      actor: 'system',
    });
    await services.outboxRelay.relayAll(durableClient, fail);
    const conflict = await callEndpoint('updateWebhook', {
      params,
      services,
      headers: { 'if-match': '"v9"' },
      body: { url: `${url}&x=1` },
    });
    sender.consent = () => ({ status: 404 });
    const refused = await callEndpoint('createWebhook', {
      body: { url: `${url}&x=2`, events: ['*'] },
      services,
    });

    const visible = JSON.stringify([
      json,
      conflict.json,
      refused.json,
      await services.webhooks.list(owner.tenantId),
      await deliveryStore.list({ tenantId: owner.tenantId, webhookId: json.id }, { limit: 10 }),
      eventStore.all(),
      outbox.all(),
      durableClient.started,
      logged,
      (await callEndpoint('listWebhooks', { services })).json,
      (await callEndpoint('listTenantEvents', { services })).json,
    ]);

    expect(sender.sent.map((request) => request.url)).toEqual([url, url]);
    expect(durableClient.started).toHaveLength(1);
    expect(visible).toContain('https://hooks.example/in/***?***');
    expect(visible).not.toMatch(/T0S3CRET|QuerySecret/);
  });
});

describe('webhook events', () => {
  it('are stored with the change, which never fails because of them', async () => {
    const { services, params, eventStore, durableClient, wait } = await createWebhook();
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const append = jest.spyOn(eventStore, 'append').mockRejectedValue(new Error('storage'));
    const ifMatch = (version: number) => ({ 'if-match': `"v${version}"` });

    const body = { events: ['sync.failed'] };
    wait(1);
    const updated = await callEndpoint('updateWebhook', {
      params,
      headers: ifMatch(1),
      body,
      services,
    });
    wait(1);
    const rotated = await callEndpoint('rotateWebhookSecret', { params, services });
    wait(1);
    const deleted = await callEndpoint('deleteWebhook', { params, services });
    append.mockRestore();
    await services.outboxRelay.relayAll(durableClient, fail);

    expect([updated.status, rotated.status, deleted.status]).toEqual([200, 200, 204]);
    expect(eventStore.all().map(({ type }) => type)).toEqual([
      'webhook.created',
      'webhook.updated',
      'webhook.secret_rotated',
      'webhook.deleted',
    ]);
    expect(eventStore.all()[1]!.data).toMatchObject({
      changes: { events: { before: aDraft.events, after: ['sync.failed'] } },
    });
  });
});

describe('webhook endpoints', () => {
  it('hide a webhook from another tenant', async () => {
    const { services, params } = await createWebhook();
    const asOther = { params, as: ownerOfOtherTenant, services };

    const responses = [
      await callEndpoint('getWebhook', asOther),
      await callEndpoint('deleteWebhook', asOther),
      await callEndpoint('testWebhook', asOther),
      await callEndpoint('listDeliveries', asOther),
      await callEndpoint('updateWebhook', {
        ...asOther,
        body: {},
        headers: { 'if-match': '"v1"' },
      }),
    ];

    expect(responses.map(({ json }) => json.code)).toEqual(Array(5).fill('webhook_not_found'));
    expect(
      (await callEndpoint('listWebhooks', { as: ownerOfOtherTenant, services })).json.items,
    ).toEqual([]);
  });

  it('update a webhook and return its next version', async () => {
    const { services, params } = await createWebhook({ ...aDraft, description: 'For the pager' });

    const { status, headers, json } = await callEndpoint('updateWebhook', {
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
  ])('reject a wrong If-Match with %d %s', async (status, code, headers) => {
    const { services, params } = await createWebhook();

    const response = await callEndpoint('updateWebhook', { params, headers, body: {}, services });

    expect(response).toMatchObject({ status, json: { code } });
  });

  it('delete a webhook with its secret and deliveries, keep its events', async () => {
    const { services, params, secretStore, deliveryStore, eventStore } = await createWebhook();
    await callEndpoint('testWebhook', { params, services });

    const { status } = await callEndpoint('deleteWebhook', { params, services });

    expect(status).toBe(204);
    expect(await callEndpoint('getWebhook', { params, services })).toMatchObject({ status: 404 });
    expect(secretStore.usable().filter((name) => name.startsWith('wh-'))).toEqual([]);
    const key = { tenantId: owner.tenantId, webhookId: params.webhookId };
    expect((await deliveryStore.list(key, { limit: 10 })).items).toEqual([]);
    expect(eventStore.all().map(({ type }) => type)).toContain('webhook.deleted');
  });

  it('refuse test and redelivery of a disabled webhook', async () => {
    const { services, params } = await createWebhook();
    const tested = await callEndpoint('testWebhook', { params, services });
    const deliveryId = tested.json.id as string;
    const body = { enabled: false };
    await callEndpoint('updateWebhook', {
      params,
      headers: { 'if-match': '"v1"' },
      body,
      services,
    });

    const responses = [
      await callEndpoint('testWebhook', { params, services }),
      await callEndpoint('redeliver', { params: { ...params, deliveryId }, services }),
    ];

    expect(responses.map(({ json }) => json.code)).toEqual([
      'webhook_disabled',
      'webhook_disabled',
    ]);
  });
});

function fail(error: unknown): never {
  throw error;
}
