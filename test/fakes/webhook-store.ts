/** In-memory WebhookStore, DeliveryStore and Sender. The contract tests hold the stores to the adapters. */
import { StaleError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';
import { firstUlid } from '../../functions/storage/ulid';
import type { Delivery } from '../../functions/webhooks/delivery';
import type {
  DeliveryStore,
  Sender,
  SendResult,
  WebhookKey,
  WebhookRequest,
  WebhookStore,
} from '../../functions/webhooks/ports';
import type { Webhook } from '../../functions/webhooks/webhook';

let version = 0;
const withEtag = <T>(value: T): Stored<T> => ({ ...value, etag: `W/"${++version}"` });

export function fakeWebhookStore(): WebhookStore {
  const rows = new Map<string, Stored<Webhook>>();
  const keyOf = (tenantId: string, id: string) => `${tenantId}|${id}`;
  const put = (webhook: Webhook) => {
    const stored = withEtag(webhook);
    rows.set(keyOf(webhook.tenantId, webhook.id), stored);
    return stored;
  };
  return {
    get: async (tenantId, id) => rows.get(keyOf(tenantId, id)),
    list: async (tenantId) => [...rows.values()].filter((row) => row.tenantId === tenantId),
    async *listIds() {
      yield* [...rows.values()].map(({ id }) => id);
    },
    create: async (webhook) => put(webhook),
    async replace({ etag, ...webhook }) {
      if (rows.get(keyOf(webhook.tenantId, webhook.id))?.etag !== etag)
        throw new StaleError('webhook_changed', 'stale');
      return put(webhook);
    },
    async delete(tenantId, id) {
      rows.delete(keyOf(tenantId, id));
    },
  };
}

export function fakeDeliveryStore(): DeliveryStore {
  const rows = new Map<string, Stored<Delivery>>();
  const keyOf = ({ tenantId, webhookId }: WebhookKey, id: string) =>
    `${tenantId}|${webhookId}|${id}`;
  return {
    get: async (key, id) => rows.get(keyOf(key, id)),
    async list({ tenantId, webhookId }, { limit, continuation }) {
      const remaining = [...rows.values()]
        .filter((row) => row.tenantId === tenantId && row.webhookId === webhookId)
        .filter(({ id }) => continuation === undefined || id < continuation)
        .toSorted((one, other) => (one.id > other.id ? -1 : 1))
        .map(({ etag: _etag, ...delivery }) => delivery);
      const items = remaining.slice(0, limit);
      return remaining.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    async create(delivery) {
      const key = keyOf(delivery, delivery.id);
      if (!rows.has(key)) rows.set(key, withEtag(delivery));
    },
    async replace({ etag, ...delivery }) {
      const key = keyOf(delivery, delivery.id);
      if (rows.get(key)?.etag !== etag) throw new StaleError('delivery_changed', 'stale');
      rows.set(key, withEtag(delivery));
    },
    async deleteOfWebhook(key) {
      for (const row of rows.values())
        if (row.tenantId === key.tenantId && row.webhookId === key.webhookId)
          rows.delete(keyOf(row, row.id));
    },
    async *deleteBefore(time, checkpoint = '') {
      const webhooks = [...rows.values()].map(
        ({ tenantId, webhookId }) => `${tenantId}|${webhookId}`,
      );
      for (const webhook of [...new Set(webhooks)].toSorted().filter((each) => each > checkpoint)) {
        for (const [key, { id }] of rows)
          if (key.startsWith(`${webhook}|`) && id < firstUlid(time)) rows.delete(key);
        yield webhook;
      }
    },
  };
}

export interface FakeSender extends Sender {
  readonly sent: WebhookRequest[];
  /** Result of every request from now on. */
  result: SendResult;
}

export const fakeSender = (): FakeSender => ({
  sent: [],
  result: { status: 204 },
  async send(request) {
    this.sent.push(request);
    return this.result;
  },
});
