/** Deliveries: opened for an announcement, attempted by a step, looked at and sent anew by an Owner. */
import { createHash } from 'node:crypto';
import { AppError, ConflictError, NotFoundError, StaleError } from '../errors/app-error';
import { toEventAnswer } from '../events/event-response';
import type { RecordedEvent } from '../events/event';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import { ulid } from '../storage/ulid';
import {
  attempted,
  isAccepted,
  reopened,
  targetOf,
  type Attempt,
  type DeliveryStepInput,
  type Delivery,
  type DeliveryTarget,
  type NextAttempt,
} from './delivery';
import type { DeliveryKey, DeliveryStore, Sender } from './ports';
import { signedHeaders } from './signature';
import type { Webhook } from './webhook';
import type { Person, WebhookService } from './webhook-service';

export class DeliveryService {
  constructor(
    private readonly store: DeliveryStore,
    private readonly webhooks: WebhookService,
    private readonly sender: Sender,
    private readonly now: () => Date,
  ) {}

  /** Opened twice, it is one delivery. */
  async open(event: RecordedEvent, { tenantId, id: webhookId }: Webhook): Promise<DeliveryTarget> {
    const delivery: Delivery = {
      tenantId,
      webhookId,
      id: deliveryIdOf(event, webhookId),
      event: { id: event.id, type: event.type },
      body: JSON.stringify(toEventAnswer(event)),
      status: 'pending',
      round: 1,
      tried: 0,
      attempts: [],
      createdAt: this.now().toISOString(),
    };
    await this.store.create(delivery);
    return targetOf(delivery);
  }

  async get(key: DeliveryKey, id: string): Promise<Stored<Delivery>> {
    await this.webhooks.get(key.tenantId, key.webhookId);
    const delivery = await this.store.get(key, id);
    if (!delivery)
      throw new NotFoundError('delivery_not_found', 'There is no delivery of this id.');
    return delivery;
  }

  async list(key: DeliveryKey, page: PageRequest): Promise<Page<Delivery>> {
    await this.webhooks.get(key.tenantId, key.webhookId);
    return this.store.list(key, page);
  }

  /** The next round of a delivery that is over. Its first attempt is what reopens it, so asking twice is one round. */
  async startRedelivery(actor: Person, webhookId: string, id: string): Promise<DeliveryTarget> {
    const { tenantId } = actor;
    await this.webhooks.expectEnabled(tenantId, webhookId);
    const delivery = await this.get({ tenantId, webhookId }, id);
    if (delivery.status === 'pending')
      throw new ConflictError('delivery_pending', 'The delivery is still being attempted.');
    await this.webhooks.noteRedelivery(actor, webhookId, id);
    return { ...targetOf(delivery), round: delivery.round + 1 };
  }

  /**
   * One attempt of one round, and when the next is due. Asked for again after its outcome was stored, it sends nothing;
   * a process that dies between the two sends twice, which receivers tell by `webhook-id`.
   */
  async attempt(target: DeliveryStepInput): Promise<NextAttempt> {
    const { tenantId, webhookId, deliveryId, round, attempt } = target;
    const stored = await this.store.get({ tenantId, webhookId }, deliveryId);
    if (!stored || stored.round > round) return {};
    const { etag, ...delivery } = stored.round < round ? reopen(stored, round) : stored;
    if (delivery.tried >= attempt || delivery.status !== 'pending') return nextOf(delivery);

    const webhook = await this.webhooks.find(tenantId, webhookId);
    if (!webhook) return {};
    const made = await this.send(webhook, delivery);
    const next = attempted(delivery, made, { final: !webhook.enabled });
    if (webhook.enabled) await this.webhooks.noteDelivery(webhook, isAccepted(made));
    try {
      await this.store.replace({ ...next, etag });
      return nextOf(next);
    } catch (error) {
      if (error instanceof StaleError) return this.attempt(target);
      throw error;
    }
  }

  private async send(webhook: Webhook, { event, body }: Delivery): Promise<Attempt> {
    const at = this.now();
    const outcome = webhook.enabled
      ? await this.post(webhook, event.id, at, body)
      : { error: 'disabled_meanwhile' };
    return { at: at.toISOString(), ms: this.now().getTime() - at.getTime(), ...outcome };
  }

  /** A secret that cannot be had just now is one more reason to try again later. */
  private async post(webhook: Webhook, id: string, at: Date, body: string) {
    try {
      const secret = await this.webhooks.signingSecret(webhook);
      const headers = {
        'Content-Type': 'application/json',
        'User-Agent': 'adf-connect-webhooks/1',
        ...signedHeaders(secret, { id, at, body }),
      };
      return await this.sender.send({ url: webhook.url, headers, body });
    } catch (error) {
      if (error instanceof AppError) return { error: error.code };
      throw error;
    }
  }
}

/** Follows from what is sent where, so that opening it twice opens it once. */
function deliveryIdOf({ id, at }: RecordedEvent, webhookId: string): string {
  const distinct = createHash('sha256').update(`${id}|${webhookId}`).digest();
  return ulid(new Date(at), distinct);
}

const reopen = ({ etag, ...delivery }: Stored<Delivery>, round: number): Stored<Delivery> => ({
  ...reopened(delivery, round),
  etag,
});

const nextOf = ({ retryAt }: Delivery): NextAttempt => (retryAt === undefined ? {} : { retryAt });
