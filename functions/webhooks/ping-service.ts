/** Tests a webhook: sends one ping at once and returns its result. A failed ping is not repeated. */
import { logFailure } from '../errors/log-failure';
import type { Actor } from '../events/actor';
import { tenantStream } from '../events/event';
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
    private readonly events: Pick<EventService, 'prepare' | 'recordPrepared'>,
    private readonly requestLimit: RequestLimit,
    private readonly now: () => Date,
  ) {}

  /**
   * Only this webhook gets the ping, also if it subscribes to other events. The recorded event has the id of the
   * ping and adds the result. Throws ConflictError if the webhook is disabled.
   */
  async ping(actor: Actor, webhookId: string): Promise<Delivery> {
    const { tenantId } = actor;
    const webhook = await this.webhooks.getEnabled(tenantId, webhookId);
    await this.requestLimit.consume(tenantId);
    const ping = this.events.prepare({
      tenantId,
      connectorId: tenantStream,
      type: 'webhook.ping',
      actor,
      data: { webhookId },
    });
    const pending = deliveryOf(ping, webhook, this.now());
    const attempt = await this.attempts.send(webhook, pending);
    const accepted = isAccepted(attempt);
    await this.events.recordPrepared({
      ...ping,
      outcome: accepted ? 'succeeded' : 'failed',
      data: { webhookId, deliveryId: pending.id, ...resultOf(attempt) },
    });
    const delivery = withAttempt(pending, attempt, { final: true });
    await this.keep(delivery, () => this.deliveries.create(delivery));
    await this.keep(delivery, () => this.webhooks.recordDelivery(webhook, accepted));
    return delivery;
  }

  /** The result is known and recorded, so a failure to keep it elsewhere fails no request. */
  private async keep({ id, webhookId }: Delivery, write: () => Promise<void>): Promise<void> {
    await write().catch((error: unknown) => {
      logFailure('webhook_ping.bookkeeping_failed', error, { webhookId, deliveryId: id });
    });
  }
}

const resultOf = ({ status, error }: DeliveryAttempt) => ({
  ...(status !== undefined && { status }),
  ...(error !== undefined && { error }),
});
