/** One list of promises, two keepers: the fakes that unit tests stand on, and Table Storage. */
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { WebhookTable } from '../../../functions/azure/tables/webhook-table';
import { ulid } from '../../../functions/storage/ulid';
import type { Delivery } from '../../../functions/webhooks/delivery';
import type { DeliveryStore, WebhookStore } from '../../../functions/webhooks/ports';
import type { Webhook } from '../../../functions/webhooks/webhook';
import { fakeDeliveryStore, fakeWebhookStore } from '../../fakes/webhook-store';
import { owner, ownerOfOtherTenant, now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const tenant = owner.tenantId;
const aWebhook = (overrides: Partial<Webhook> = {}): Webhook => ({
  tenantId: tenant,
  id: 'w1',
  url: 'https://hooks.example/in?key=1',
  events: ['connector.expired', 'sync.failed'],
  enabled: true,
  secret: { name: 'wh-w1-secret', version: 'v1' },
  version: 1,
  createdAt: now.toISOString(),
  createdBy: { objectId: owner.objectId, displayName: owner.displayName },
  updatedAt: now.toISOString(),
  ...overrides,
});

describe.each<[string, () => WebhookStore | Promise<WebhookStore>]>([
  ['fake', fakeWebhookStore],
  ['Table Storage', async () => new WebhookTable(await storage.newTable())],
])('WebhookStore: %s', (_, open) => {
  it.each([
    ['bare', aWebhook()],
    [
      'failing',
      aWebhook({
        description: 'for the pager',
        enabled: false,
        disabledReason: 'failing',
        failingSince: now.toISOString(),
      }),
    ],
  ])('given a %s webhook, when it is read, then it comes back as it was', async (_, webhook) => {
    const store = await open();
    const stored = await store.create(webhook);

    expect(await store.get(tenant, 'w1')).toEqual(stored);
    expect(stored).toEqual({ ...webhook, etag: expect.any(String) });
    expect(await store.list(tenant)).toEqual([stored]);
  });

  it('given a webhook of another tenant, when this one looks, then there is none', async () => {
    const store = await open();
    await store.create(aWebhook({ tenantId: ownerOfOtherTenant.tenantId }));

    expect(await store.get(tenant, 'w1')).toBeUndefined();
    expect(await store.list(tenant)).toEqual([]);
  });

  it('given webhooks of two tenants, when their ids are asked for, then all come', async () => {
    const store = await open();
    await store.create(aWebhook());
    await store.create(aWebhook({ tenantId: ownerOfOtherTenant.tenantId, id: 'w2' }));

    const ids: string[] = [];
    for await (const id of store.listIds()) ids.push(id);

    expect(ids.toSorted()).toEqual(['w1', 'w2']);
  });

  it('given ten writers with one etag, when they replace at once, then exactly one wins', async () => {
    const store = await open();
    const stored = await store.create(aWebhook({ failingSince: now.toISOString() }));
    const { failingSince: _since, ...well } = stored;

    const writes = await Promise.allSettled(Array.from({ length: 10 }, () => store.replace(well)));

    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.get(tenant, 'w1')).not.toHaveProperty('failingSince');
    await expect(store.replace(stored)).rejects.toMatchObject({ kind: 'stale' });
  });

  it('given a webhook, when it is deleted twice, then it is gone and cannot be replaced', async () => {
    const store = await open();
    const stored = await store.create(aWebhook());

    await store.delete(tenant, 'w1');
    await store.delete(tenant, 'w1');

    expect(await store.get(tenant, 'w1')).toBeUndefined();
    await expect(store.replace(stored)).rejects.toMatchObject({ kind: 'stale' });
  });
});

/** Of an event in the n-th second after now. */
const aDelivery = (n: number, overrides: Partial<Delivery> = {}): Delivery => ({
  tenantId: tenant,
  webhookId: 'w1',
  id: ulid(new Date(now.getTime() + n * 1_000), Uint8Array.of(n)),
  event: { id: `event-${n}`, type: 'sync.failed' },
  body: '{"city":"Zürich"}',
  status: 'pending',
  redelivery: 1,
  attemptCount: 0,
  attempts: [],
  createdAt: now.toISOString(),
  ...overrides,
});
const key = { tenantId: tenant, webhookId: 'w1' };

describe.each<[string, () => DeliveryStore | Promise<DeliveryStore>]>([
  ['fake', fakeDeliveryStore],
  ['Table Storage', async () => new DeliveryTable(await storage.newTable())],
])('DeliveryStore: %s', (_, open) => {
  it('given a delivery with attempts, when it is read, then it comes back as it was', async () => {
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

  it('given a delivery that went on, when it is created again, then it stays where it is', async () => {
    const store = await open();
    await store.create(aDelivery(1));
    const stored = (await store.get(key, aDelivery(1).id))!;
    await store.replace({ ...stored, status: 'delivered' });

    await store.create(aDelivery(1));

    expect(await store.get(key, stored.id)).toMatchObject({ status: 'delivered' });
    await expect(store.replace(stored)).rejects.toMatchObject({ kind: 'stale' });
  });

  it('given seven deliveries, when they are listed by threes, then each is seen once, the newest first', async () => {
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
    'given the id %p, when it is read, then there is nothing',
    async (id) => {
      expect(await (await open()).get(key, id)).toBeUndefined();
    },
  );

  it('given 120 deliveries, when their webhook is deleted twice, then its own are gone and no others', async () => {
    const store = await open();
    for (let n = 0; n < 120; n++) await store.create(aDelivery(n));
    await store.create(aDelivery(1, { webhookId: 'w2' }));

    await store.deleteOfWebhook(key);
    await store.deleteOfWebhook(key);

    expect((await store.list(key, { limit: 10 })).items).toEqual([]);
    expect((await store.list({ ...key, webhookId: 'w2' }, { limit: 10 })).items).toHaveLength(1);
  });

  it('given deliveries of two webhooks, when the old ones are deleted twice, then the later ones stay', async () => {
    const store = await open();
    const other = { webhookId: 'w2' };
    for (const whose of [{}, other])
      for (const n of [1, 2, 3]) await store.create(aDelivery(n, whose));
    const second = new Date(now.getTime() + 2_000);

    for (const _ of [1, 2]) for await (const _word of store.deleteBefore(second));

    for (const whose of [{}, other])
      expect(
        (await store.list({ ...key, ...whose }, { limit: 10 })).items.map(({ id }) => id),
      ).toEqual([aDelivery(3).id, aDelivery(2).id]);
  });
});
