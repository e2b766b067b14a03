/** Creates deliveries, runs their attempts and prepares redeliveries. */
import { createHash } from 'node:crypto';
import { AppError, ConflictError, NotFoundError, StaleError } from '../errors/app-error';
import type { Actor } from '../events/actor';
import type { RecordedEvent } from '../events/event';
import { toEventResponse } from '../events/event-response';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import { ulid } from '../storage/ulid';
import {
  deliveryTargetOf,
  isAccepted,
  resetForRedelivery,
  withAttempt,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryStepInput,
  type DeliveryTarget,
  type NextAttempt,
} from './delivery';
import type { DeliveryStore, Sender, WebhookKey } from './ports';
import { signedHeaders } from './signature';
import type { Webhook } from './webhook';
import type { WebhookService } from './webhook-service';

export class DeliveryService {
  constructor(
    private readonly store: DeliveryStore,
    private readonly webhooks: WebhookService,
    private readonly sender: Sender,
    private readonly now: () => Date,
  ) {}

  /** Safe to repeat: an event has one delivery per webhook. */
  async create(event: RecordedEvent, webhook: Webhook): Promise<DeliveryTarget> {
    const { tenantId, id: webhookId } = webhook;
    const delivery: Delivery = {
      tenantId,
      webhookId,
      id: deliveryIdOf(event, webhookId),
      event: { id: event.id, type: event.type },
      body: JSON.stringify(toEventResponse(event)),
      status: 'pending',
      redelivery: 0,
      attemptCount: 0,
      attempts: [],
      createdAt: this.now().toISOString(),
    };
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
   * Target of the next redelivery. Its first attempt resets the delivery, so a repeated call names
   * the same redelivery. Throws ConflictError if the delivery is pending or the webhook disabled.
   */
  async startRedelivery(
    actor: Actor,
    webhookId: string,
    deliveryId: string,
  ): Promise<DeliveryTarget> {
    const { tenantId } = actor;
    await this.webhooks.getEnabled(tenantId, webhookId);
    const delivery = await this.getOfWebhook({ tenantId, webhookId }, deliveryId);
    if (delivery.status === 'pending')
      throw new ConflictError(
        'delivery_pending',
        'The delivery is still being attempted. Wait until it is delivered or failed.',
      );
    await this.webhooks.recordRedelivery(actor, webhookId, deliveryId);
    return { ...deliveryTargetOf(delivery), redelivery: delivery.redelivery + 1 };
  }

  /**
   * Makes one attempt and returns the time of the next. If the result of this attempt is stored
   * already, nothing is sent. If the process dies before storing the result, the attempt is
   * repeated with the same `webhook-id`.
   */
  async attempt(target: DeliveryStepInput): Promise<NextAttempt> {
    const { tenantId, webhookId, deliveryId, redelivery, attempt } = target;
    const stored = await this.store.get({ tenantId, webhookId }, deliveryId);
    if (!stored || stored.redelivery > redelivery) return {};
    const { etag, ...found } = stored;
    const delivery = found.redelivery < redelivery ? resetForRedelivery(found, redelivery) : found;
    if (delivery.attemptCount >= attempt || delivery.status !== 'pending')
      return nextAttemptOf(delivery);

    const webhook = await this.webhooks.find(tenantId, webhookId);
    if (!webhook) return {};
    const result = await this.send(webhook, delivery);
    const next = withAttempt(delivery, result, { final: !webhook.enabled });
    if (webhook.enabled) await this.webhooks.recordDelivery(webhook, isAccepted(result));
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

  private async send(webhook: Webhook, { event, body }: Delivery): Promise<DeliveryAttempt> {
    const at = this.now();
    const result = webhook.enabled
      ? await this.post(webhook, event.id, at, body)
      : { error: 'disabled_meanwhile' };
    return { at: at.toISOString(), durationMs: this.now().getTime() - at.getTime(), ...result };
  }

  /** If the secret cannot be read, the attempt fails. The next attempt reads it again. */
  private async post(webhook: Webhook, id: string, at: Date, body: string) {
    try {
      const secret = await this.webhooks.getSigningSecret(webhook);
      const headers = {
        'Content-Type': 'application/json',
        'User-Agent': 'adf-connect-webhooks/1',
        ...signedHeaders([secret], { id, at, body }),
      };
      return await this.sender.send({ url: webhook.url, headers, body });
    } catch (error) {
      if (error instanceof AppError) return { error: error.code };
      throw error;
    }
  }
}

/** Derived from event and webhook, so creating a delivery is idempotent. */
function deliveryIdOf({ id, at }: RecordedEvent, webhookId: string): string {
  const entropy = createHash('sha256').update(`${id}|${webhookId}`).digest();
  return ulid(new Date(at), entropy);
}

const nextAttemptOf = ({ retryAt }: Delivery): NextAttempt =>
  retryAt === undefined ? {} : { retryAt };
