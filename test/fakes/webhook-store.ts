/** In-memory WebhookStore, DeliveryStore and Sender. The contract tests hold the stores to the adapters. */
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { OutboxMessage } from '../../functions/events/ports';
import type { Stored } from '../../functions/storage/stored';
import { firstUlid } from '../../functions/storage/ulid';
import { dueAtOf, type Delivery } from '../../functions/webhooks/delivery';
import type {
  ChallengeResult,
  DeliveryStore,
  Sender,
  SendResult,
  WebhookKey,
  WebhookRequest,
  WebhookStore,
} from '../../functions/webhooks/ports';
import { assertRoomForWebhook, type Webhook } from '../../functions/webhooks/webhook';
import { fakeOutbox, type FakeOutbox } from './event-store';

let version = 0;
const withEtag = <T>(value: T): Stored<T> => ({ ...value, etag: `W/"${++version}"` });

/** Puts the events of a change into the outbox, as the adapter does. */
export function fakeWebhookStore(outbox: Pick<FakeOutbox, 'add'> = fakeOutbox()): WebhookStore {
  const rows = new Map<string, Stored<Webhook>>();
  const keyOf = (tenantId: string, id: string) => `${tenantId}|${id}`;
  const put = (webhook: Webhook, events: readonly OutboxMessage[] = []) => {
    const stored = withEtag(webhook);
    rows.set(keyOf(webhook.tenantId, webhook.id), stored);
    outbox.add(events);
    return stored;
  };
  const ofTenant = (tenantId: string) =>
    [...rows.values()].filter((row) => row.tenantId === tenantId);
  return {
    get: async (tenantId, id) => rows.get(keyOf(tenantId, id)),
    list: async (tenantId) => ofTenant(tenantId),
    async *listAll() {
      yield* rows.values();
    },
    async create(webhook, events) {
      assertRoomForWebhook(ofTenant(webhook.tenantId).length);
      if (rows.has(keyOf(webhook.tenantId, webhook.id)))
        throw new ConflictError('webhook_id_taken', 'taken');
      return put(webhook, events);
    },
    async replace({ etag, ...webhook }, events) {
      if (rows.get(keyOf(webhook.tenantId, webhook.id))?.etag !== etag)
        throw new StaleError('webhook_changed', 'stale');
      return put(webhook, events);
    },
    async delete(tenantId, id, events) {
      if (rows.delete(keyOf(tenantId, id))) outbox.add(events);
    },
  };
}

export function fakeDeliveryStore(outbox: Pick<FakeOutbox, 'add'> = fakeOutbox()): DeliveryStore {
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
    async *listPending({ tenantId, webhookId }, since) {
      for (const row of rows.values()) {
        const { id: deliveryId, redelivery } = row;
        const isOurs = row.tenantId === tenantId && row.webhookId === webhookId;
        if (isOurs && row.status === 'pending' && deliveryId > firstUlid(since))
          yield {
            target: { tenantId, webhookId, deliveryId, redelivery },
            dueAt: dueAtOf(row),
          };
      }
    },
    async create(delivery, events) {
      const key = keyOf(delivery, delivery.id);
      if (rows.has(key)) return;
      rows.set(key, withEtag(delivery));
      outbox.add(events);
    },
    async replace({ etag, ...delivery }, events) {
      const key = keyOf(delivery, delivery.id);
      if (rows.get(key)?.etag !== etag) throw new StaleError('delivery_changed', 'stale');
      rows.set(key, withEtag(delivery));
      outbox.add(events);
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
  /** Addresses that were challenged. */
  readonly challenged: string[];
  /** Result of every request from now on. */
  result: SendResult;
  /** Result of every challenge from now on. Default: the receiver allows the origin. */
  consent: ((origin: string) => ChallengeResult) | undefined;
}

export const fakeSender = (): FakeSender => ({
  sent: [],
  challenged: [],
  result: { status: 204 },
  consent: undefined,
  async send(request) {
    this.sent.push(request);
    return this.result;
  },
  async challenge(url, origin) {
    this.challenged.push(url);
    return this.consent?.(origin) ?? { status: 200, allowedOrigin: origin };
  },
});
