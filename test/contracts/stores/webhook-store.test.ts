/** WebhookStore and DeliveryStore: one contract for the fakes and the Table Storage adapters. */
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { WebhookTable } from '../../../functions/azure/tables/webhook-table';
import { PushTable } from '../../../functions/azure/tables/openlineage/push-table';
import { TargetTable } from '../../../functions/azure/tables/openlineage/target-table';
import type { RecordedEvent } from '../../../functions/events/event';
import type { PushStore, TargetStore } from '../../../functions/openlineage/ports';
import { newPush, withFailure } from '../../../functions/openlineage/push/push';
import type { Target } from '../../../functions/openlineage/push/target';
import { ulid } from '../../../functions/storage/ulid';
import type { Delivery } from '../../../functions/webhooks/delivery';
import type { DeliveryStore, WebhookStore } from '../../../functions/webhooks/ports';
import type { Webhook } from '../../../functions/webhooks/webhook';
import { fakePushStore, fakeTargetStore } from '../../fakes/openlineage-stores';
import { fakeDeliveryStore, fakeWebhookStore } from '../../fakes/webhook-store';
import { owner, ownerOfOtherTenant, now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const tenant = owner.tenantId;
const aWebhook = (overrides: Partial<Webhook> = {}): Webhook => ({
  tenantId: tenant,
  id: 'w1',
  address: {
    display: 'https://hooks.example/in?***',
    version: 'v1',
    confirmedAt: now.toISOString(),
  },
  events: ['connector.expired', 'sync.failed'],
  enabled: true,
  secretVersion: 'v1',
  previousSecrets: [],
  version: 1,
  createdAt: now.toISOString(),
  createdBy: { objectId: owner.objectId, displayName: owner.displayName },
  updatedAt: now.toISOString(),
  ...overrides,
});

const anEvent: RecordedEvent = {
  tenantId: tenant,
  connectorId: 'tenant',
  id: ulid(now, Uint8Array.of(1)),
  type: 'webhook.created',
  at: now.toISOString(),
  actor: 'system',
  outcome: 'succeeded',
  data: {},
};

describe.each<[string, () => WebhookStore | Promise<WebhookStore>]>([
  ['fake', () => fakeWebhookStore()],
  [
    'Table Storage',
    async () => new WebhookTable(await storage.newTable(), await storage.newTable()),
  ],
])('WebhookStore: %s', (_, open) => {
  it.each([
    ['minimal', aWebhook()],
    [
      'failing',
      aWebhook({
        description: 'for the pager',
        enabled: false,
        disabledReason: 'failing',
        failingSince: now.toISOString(),
        previousSecrets: [{ version: 'v0', expiresAt: now.toISOString() }],
      }),
    ],
  ])('reads a %s webhook as it was written', async (_, webhook) => {
    const store = await open();
    const stored = await store.create(webhook);

    expect(await store.get(tenant, 'w1')).toEqual(stored);
    expect(stored).toEqual({ ...webhook, etag: expect.any(String) });
    expect(await store.list(tenant)).toEqual([stored]);
  });

  it('returns no webhook of another tenant', async () => {
    const store = await open();
    await store.create(aWebhook({ tenantId: ownerOfOtherTenant.tenantId }));

    expect(await store.get(tenant, 'w1')).toBeUndefined();
    expect(await store.list(tenant)).toEqual([]);
  });

  it('lists the webhooks of all tenants', async () => {
    const store = await open();
    const created = [
      await store.create(aWebhook(), [{ event: anEvent }]),
      await store.create(aWebhook({ tenantId: ownerOfOtherTenant.tenantId, id: 'w2' })),
    ];

    const listed: Webhook[] = [];
    for await (const webhook of store.listAll()) listed.push(webhook);

    expect(listed.toSorted((one, other) => (one.id < other.id ? -1 : 1))).toEqual(created);
  });

  it('creates exactly 20 of 30 concurrent webhooks', async () => {
    const store = await open();

    const writes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => store.create(aWebhook({ id: `w${n}` }))),
    );

    const refused = writes.filter((write) => write.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(10).fill('too_many_webhooks'));
    expect(await store.list(tenant)).toHaveLength(20);
  });

  it('frees the place of a webhook with its deletion', async () => {
    const store = await open();
    for (let n = 0; n < 20; n++) await store.create(aWebhook({ id: `w${n}` }));

    await Promise.all([store.delete(tenant, 'w3'), store.delete(tenant, 'w3')]);

    await store.create(aWebhook({ id: 'w20' }));
    await expect(store.create(aWebhook({ id: 'w21' }))).rejects.toMatchObject({
      code: 'too_many_webhooks',
    });
  });

  it('refuses an id that is taken', async () => {
    const store = await open();
    const stored = await store.create(aWebhook());

    const again = store.create(aWebhook({ description: 'another' }));

    await expect(again).rejects.toMatchObject({ kind: 'conflict', code: 'webhook_id_taken' });
    expect(await store.get(tenant, 'w1')).toEqual(stored);
  });

  it('accepts exactly one of ten concurrent writes', async () => {
    const store = await open();
    const stored = await store.create(aWebhook({ failingSince: now.toISOString() }));
    const { failingSince: _since, ...healthy } = stored;

    const writes = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.replace(healthy)),
    );

    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.get(tenant, 'w1')).not.toHaveProperty('failingSince');
    await expect(store.replace(stored)).rejects.toMatchObject({ kind: 'stale' });
  });

  it('refuses to replace a webhook that is deleted twice', async () => {
    const store = await open();
    const stored = await store.create(aWebhook());

    await store.delete(tenant, 'w1');
    await store.delete(tenant, 'w1');

    expect(await store.get(tenant, 'w1')).toBeUndefined();
    await expect(store.replace(stored)).rejects.toMatchObject({ kind: 'stale' });
  });
});

/** A delivery of an event of the n-th second after now. */
const aDelivery = (n: number, overrides: Partial<Delivery> = {}): Delivery => ({
  tenantId: tenant,
  webhookId: 'w1',
  id: ulid(new Date(now.getTime() + n * 1_000), Uint8Array.of(n)),
  event: { id: `event-${n}`, type: 'sync.failed' },
  body: '{"city":"Zürich"}',
  status: 'pending',
  redelivery: 0,
  attemptCount: 0,
  attempts: [],
  createdAt: now.toISOString(),
  ...overrides,
});
const key = { tenantId: tenant, webhookId: 'w1' };

describe.each<[string, () => DeliveryStore | Promise<DeliveryStore>]>([
  ['fake', () => fakeDeliveryStore()],
  [
    'Table Storage',
    async () => new DeliveryTable(await storage.newTable(), await storage.newTable()),
  ],
])('DeliveryStore: %s', (_, open) => {
  it('reads a delivery with its attempts', async () => {
    const store = await open();
    const delivery = aDelivery(1, {
      attemptCount: 2,
      attempts: [
        { at: now.toISOString(), durationMs: 12, status: 500 },
        { at: now.toISOString(), durationMs: 10_000, error: 'timed_out' },
      ],
      retryAt: now.toISOString(),
    });
    await store.create(delivery);

    expect(await store.get(key, delivery.id)).toEqual({ ...delivery, etag: expect.any(String) });
  });

  it('lists the pending deliveries of a webhook since a time', async () => {
    const store = await open();
    const dueAt = new Date(now.getTime() + 60_000).toISOString();
    await store.create(aDelivery(1));
    await store.create(aDelivery(5, { retryAt: dueAt, redelivery: 2 }));
    await store.create(aDelivery(6, { status: 'delivered' }));
    await store.create(aDelivery(7, { webhookId: 'w2' }));

    const pending = [];
    for await (const each of store.listPending(key, new Date(now.getTime() + 3_000)))
      pending.push(each);

    const { id: deliveryId } = aDelivery(5);
    expect(pending).toEqual([{ target: { ...key, deliveryId, redelivery: 2 }, dueAt }]);
  });

  it('keeps the state of a delivery that is created again', async () => {
    const store = await open();
    await store.create(aDelivery(1));
    const stored = (await store.get(key, aDelivery(1).id))!;
    await store.replace({ ...stored, status: 'delivered' });

    await store.create(aDelivery(1));

    expect(await store.get(key, stored.id)).toMatchObject({ status: 'delivered' });
    await expect(store.replace(stored)).rejects.toMatchObject({ kind: 'stale' });
  });

  it('lists seven deliveries once each, newest first, in pages of three', async () => {
    const store = await open();
    for (const n of [4, 1, 7, 2, 6, 3, 5]) await store.create(aDelivery(n));

    const pages = [];
    let continuation: string | undefined;
    do {
      const page = await store.list(key, { limit: 3, ...(continuation && { continuation }) });
      pages.push(page.items.map(({ event }) => event.id.slice('event-'.length)).join(''));
      continuation = page.continuation;
    } while (continuation);

    expect(pages).toEqual(['765', '432', '1']);
  });

  it.each([['nothing'], ['../w2'], [''], ['x'.repeat(100)]])(
    'returns nothing for the id %p',
    async (id) => {
      expect(await (await open()).get(key, id)).toBeUndefined();
    },
  );

  it('deletes 120 deliveries of one webhook only', async () => {
    const store = await open();
    for (let n = 0; n < 120; n++) await store.create(aDelivery(n));
    await store.create(aDelivery(1, { webhookId: 'w2' }));

    await store.deleteOfWebhook(key);
    await store.deleteOfWebhook(key);

    expect((await store.list(key, { limit: 10 })).items).toEqual([]);
    expect((await store.list({ ...key, webhookId: 'w2' }, { limit: 10 })).items).toHaveLength(1);
  });

  it('purges old deliveries and keeps later ones', async () => {
    const store = await open();
    const other = { webhookId: 'w2' };
    for (const overrides of [{}, other])
      for (const n of [1, 2, 3]) await store.create(aDelivery(n, overrides));
    const second = new Date(now.getTime() + 2_000);

    for (const _run of [1, 2]) for await (const _ of store.deleteBefore(second));

    for (const overrides of [{}, other])
      expect(
        (await store.list({ ...key, ...overrides }, { limit: 10 })).items.map(({ id }) => id),
      ).toEqual([aDelivery(3).id, aDelivery(2).id]);
  });
});

const connector = { tenantId: tenant, connectorId: 'c1' };
const target: Target = {
  ...connector,
  version: 1,
  receiver: {
    url: 'https://lineage.example/api/v1/lineage',
    hasApiKey: true,
    secretVersion: 'v1',
    kinds: ['job', 'run'],
    runsFrom: now.toISOString(),
    generation: now.getTime(),
  },
  updatedAt: now.toISOString(),
  updatedBy: { objectId: owner.objectId, displayName: owner.displayName },
};

describe.each<[string, () => TargetStore | Promise<TargetStore>]>([
  ['fake', () => fakeTargetStore()],
  [
    'Table Storage',
    async () => new TargetTable(await storage.newTable(), await storage.newTable()),
  ],
])('TargetStore: %s', (_, open) => {
  it('returns what was stored, until it is deleted', async () => {
    const store = await open();
    const { etag } = await store.create(target);

    expect(await store.get(connector)).toEqual({ ...target, etag });
    await store.delete(connector);
    await store.delete(connector);
    expect(await store.get(connector)).toBeUndefined();
  });

  it('stores one change of a version', async () => {
    const store = await open();
    const { etag } = await store.create(target);
    const next: Target = { ...connector, version: 2 };
    await store.replace({ ...next, etag });

    await expect(store.replace({ ...next, etag })).rejects.toMatchObject({ kind: 'stale' });
    await expect(store.create(target)).rejects.toMatchObject({ kind: 'stale' });
    expect(await store.get(connector)).toMatchObject({ version: 2 });
  });
});

describe.each<[string, () => PushStore | Promise<PushStore>]>([
  ['fake', () => fakePushStore()],
  ['Table Storage', async () => new PushTable(await storage.newTable())],
])('PushStore: %s', (_, open) => {
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

  it('lists pending pushes whose time has come, of all tenants or one', async () => {
    const store = await open();
    const sent = { accepted: 1, rejected: 0 };
    const failing = withFailure(newPush({ ...connector, connectorId: 'c2' }, 1, now), sent, {
      at: now.toISOString(),
      status: 503,
      retryAfterMs: 60_000,
    });
    await store.create(newPush(connector, 1, now));
    await store.create(failing);
    await store.create({ ...newPush({ ...connector, connectorId: 'c3' }, 1, now), pending: false });
    await store.create(
      newPush({ tenantId: ownerOfOtherTenant.tenantId, connectorId: 'c4' }, 1, now),
    );
    const fail = (error: unknown) => {
      throw error;
    };
    const due = async (at: Date, tenantId?: string) => {
      const found: string[] = [];
      for await (const each of store.listDue(at, tenantId, fail)) found.push(each.connectorId);
      return found.toSorted();
    };

    expect(await due(now)).toEqual(['c1', 'c4']);
    expect(await due(later(60), tenant)).toEqual(['c1', 'c2']);
    expect(await store.get({ ...connector, connectorId: 'c2' })).toMatchObject(failing);
  });

  it('stores one change of a version', async () => {
    const store = await open();
    const { etag, ...push } = await store.create(newPush(connector, 1, now));
    await store.replace({ ...push, pending: false, etag });

    await expect(store.replace({ ...push, etag })).rejects.toMatchObject({ kind: 'stale' });
    await store.delete(connector);
    expect(await store.get(connector)).toBeUndefined();
  });
});

it('reports a push whose row cannot be read, and lists the others', async () => {
  const table = await storage.newTable();
  const store = new PushTable(table);
  for (const connectorId of ['c1', 'c2', 'c3'])
    await store.create(newPush({ ...connector, connectorId }, 1, now));
  const state = JSON.stringify({ generation: 'of a later version' });
  const rowKey = `${connector.tenantId}|c2`;
  await table.updateEntity({ partitionKey: 'openlineage', rowKey, state }, 'Merge');
  const errors: unknown[] = [];
  const found: string[] = [];

  for await (const { connectorId } of store.listDue(now, undefined, (each) => errors.push(each)))
    found.push(connectorId);

  expect(found).toEqual(['c1', 'c3']);
  expect(errors.map(String)).toEqual(['Error: The stored push of connector c2 cannot be read.']);
});
