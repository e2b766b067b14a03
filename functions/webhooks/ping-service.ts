/** Tests a webhook: sends one ping at once and returns its result. A failed ping is not repeated. */
import { logFailure } from '../errors/log-failure';
import type { Actor } from '../events/actor';
import { tenantStream, type NewEvent } from '../events/event';
import type { EventService } from '../events/event-service';
import type { DeliveryAttemptService } from './delivery-attempt-service';
import {
  deliveryOf,
  isAccepted,
  withAttempt,
  type Delivery,
  type DeliveryAttempt,
} from './delivery';
import type { DeliveryStore, RequestLimit } from './ports';
import type { WebhookService } from './webhook-service';

export class PingService {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly attempts: DeliveryAttemptService,
    private readonly deliveries: Pick<DeliveryStore, 'create'>,
    private readonly events: Pick<EventService, 'prepare' | 'commit'>,
    private readonly requestLimit: RequestLimit,
    private readonly now: () => Date,
    private readonly newId: () => string,
  ) {}

  /**
   * Only this webhook gets the ping, also if it subscribes to other events. The recorded event has the id of the
   * ping and adds the result. Throws ConflictError if the webhook is disabled.
   */
  async ping(actor: Actor, webhookId: string): Promise<Delivery> {
    const { tenantId } = actor;
    const webhook = await this.webhooks.getEnabled(tenantId, webhookId);
    await this.requestLimit.consume(tenantId);
    const requested = {
      tenantId,
      connectorId: tenantStream,
      type: 'webhook.ping',
      actor,
      data: { webhookId },
      // Prepared and recorded, the event has the same id.
      idempotencyKey: { key: this.newId(), at: this.now().toISOString() },
    } as const;
    const pending = deliveryOf(this.events.prepare(requested), webhook, this.now());
    const { attempt, verdict } = await this.attempts.send(webhook, pending, { isTest: true });
    const delivery = withAttempt(pending, attempt, { final: true });
    const tested: NewEvent = {
      ...requested,
      outcome: isAccepted(attempt) ? 'succeeded' : 'failed',
      data: { webhookId, deliveryId: pending.id, ...resultOf(attempt) },
    };
    await this.events.commit([tested], (messages) => this.deliveries.create(delivery, messages));
    // The result is stored, so a failure to count it fails no request.
    if (verdict)
      await this.webhooks.recordDelivery(webhook, verdict).catch((error: unknown) => {
        logFailure('webhook.delivery_not_counted', error, { webhookId, deliveryId: delivery.id });
      });
    return delivery;
  }
}

const resultOf = ({ status, error }: DeliveryAttempt) => ({
  ...(status !== undefined && { status }),
  ...(error !== undefined && { error }),
});
