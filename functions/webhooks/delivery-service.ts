/** Creates deliveries, runs their attempts and prepares redeliveries. */
import { ConflictError, NotFoundError, StaleError } from '../errors/app-error';
import type { Actor } from '../events/actor';
import type { RecordedEvent } from '../events/event';
import type { EventLog } from '../events/ports';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { DeliveryAttemptService } from './delivery-attempt-service';
import {
  deliveryOf,
  deliveryTargetOf,
  isAwaitingRedelivery,
  resetForRedelivery,
  withAttempt,
  type Delivery,
  type DeliveryStepInput,
  type DeliveryTarget,
  type NextAttempt,
} from './delivery';
import type { DeliveryStore, WebhookKey } from './ports';
import type { Webhook } from './webhook';
import { webhookRedelivered } from './webhook-events';
import type { WebhookService } from './webhook-service';

export class DeliveryService {
  constructor(
    private readonly store: DeliveryStore,
    private readonly webhooks: WebhookService,
    private readonly attempts: DeliveryAttemptService,
    private readonly events: Pick<EventLog, 'commit'>,
    private readonly now: () => Date,
  ) {}

  /** Safe to repeat: an event has one delivery per webhook. */
  async create(event: RecordedEvent, webhook: Webhook): Promise<DeliveryTarget> {
    const delivery = deliveryOf(event, webhook, this.now());
    await this.store.create(delivery);
    return deliveryTargetOf(delivery);
  }

  /** Throws NotFoundError if the tenant has no such webhook or the webhook no such delivery. */
  async get(key: WebhookKey, deliveryId: string): Promise<Stored<Delivery>> {
    await this.webhooks.get(key.tenantId, key.webhookId);
    return this.getOfWebhook(key, deliveryId);
  }

  /** Newest first. Throws NotFoundError if the tenant has no such webhook. */
  async list(key: WebhookKey, page: PageRequest): Promise<Page<Delivery>> {
    await this.webhooks.get(key.tenantId, key.webhookId);
    return this.store.list(key, page);
  }

  /**
   * Makes the delivery pending again and returns the target of its redelivery. A call that is
   * repeated before the first attempt names the same redelivery. Throws ConflictError if the
   * delivery is pending or the webhook disabled.
   */
  async startRedelivery(
    actor: Actor,
    webhookId: string,
    deliveryId: string,
  ): Promise<DeliveryTarget> {
    const { tenantId } = actor;
    await this.webhooks.getEnabled(tenantId, webhookId);
    const delivery = await this.getOfWebhook({ tenantId, webhookId }, deliveryId);
    if (isAwaitingRedelivery(delivery)) return deliveryTargetOf(delivery);
    if (delivery.status === 'pending')
      throw new ConflictError(
        'delivery_pending',
        'The delivery is still being attempted. Wait until it is delivered or failed.',
      );
    const { etag, ...found } = delivery;
    const next = resetForRedelivery(found, this.now());
    try {
      await this.events.commit([webhookRedelivered(next, actor)], (messages) =>
        this.store.replace({ ...next, etag }, messages),
      );
      return deliveryTargetOf(next);
    } catch (error) {
      if (error instanceof StaleError) return this.startRedelivery(actor, webhookId, deliveryId);
      throw error;
    }
  }

  /**
   * Makes one attempt and returns the time of the next. If the result of this attempt is stored
   * already, nothing is sent. If the process dies before storing the result, the attempt is
   * repeated with the same `webhook-id`.
   */
  async attempt(target: DeliveryStepInput): Promise<NextAttempt> {
    const { tenantId, webhookId, deliveryId, redelivery, attempt } = target;
    const stored = await this.store.get({ tenantId, webhookId }, deliveryId);
    if (!stored || stored.redelivery !== redelivery) return {};
    const { etag, ...delivery } = stored;
    if (delivery.attemptCount >= attempt || delivery.status !== 'pending')
      return nextAttemptOf(delivery);

    const webhook = await this.webhooks.find(tenantId, webhookId);
    if (!webhook) return {};
    const { attempt: made, verdict } = await this.attempts.send(webhook, delivery);
    const next = withAttempt(delivery, made, { final: !webhook.enabled });
    if (verdict) await this.webhooks.recordDelivery(webhook, verdict);
    try {
      await this.store.replace({ ...next, etag });
      return nextAttemptOf(next);
    } catch (error) {
      if (error instanceof StaleError) return this.attempt(target);
      throw error;
    }
  }

  private async getOfWebhook(key: WebhookKey, deliveryId: string): Promise<Stored<Delivery>> {
    const delivery = await this.store.get(key, deliveryId);
    if (!delivery)
      throw new NotFoundError(
        'delivery_not_found',
        'The webhook has no delivery with this id. Check the id.',
      );
    return delivery;
  }
}

const nextAttemptOf = ({ retryAt }: Delivery): NextAttempt =>
  retryAt === undefined ? {} : { retryAt };
