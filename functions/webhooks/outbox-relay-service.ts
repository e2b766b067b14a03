/** Empties the outbox: every event becomes a delivery per webhook that wants it, and every delivery an orchestration. */
import type { DurableClient } from '../durable/ports';
import type { EventService } from '../events/event-service';
import type { OutboxMessage } from '../events/ports';
import { deliveryInstanceId, type DeliveryTarget } from './delivery';
import type { DeliveryService } from './delivery-service';
import { isSubscribed, type Webhook } from './webhook';
import type { WebhookService } from './webhook-service';

const forEachConcurrently = 16;

export class OutboxRelayService {
  constructor(
    private readonly events: EventService,
    private readonly webhooks: WebhookService,
    private readonly deliveries: DeliveryService,
  ) {}

  /** One announcement that fails stays where it is for the next time, and keeps no other one waiting. */
  async relayAll(
    durableClient: Pick<DurableClient, 'start'>,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    const webhooksOf = oncePerTenant((tenantId) => this.webhooks.list(tenantId));
    let batch: Promise<void>[] = [];
    for await (const announcement of this.events.listPending()) {
      const announced = this.events.relay(announcement, async ({ event, webhookId }) => {
        const wanted = (await webhooksOf(event.tenantId)).filter((webhook) =>
          webhookId === undefined ? isSubscribed(webhook, event) : webhook.id === webhookId,
        );
        for (const webhook of wanted)
          await this.startDelivery(await this.deliveries.create(event, webhook), durableClient);
      });
      batch.push(announced.catch(onFailure));
      if (batch.length < forEachConcurrently) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
  }

  /** What somebody waits for is not left to the timer, which would find it started. */
  async startDelivery(
    target: DeliveryTarget,
    durableClient: Pick<DurableClient, 'start'>,
  ): Promise<void> {
    await durableClient.start('deliverWebhook', deliveryInstanceId(target), target);
  }
}

function oncePerTenant(ask: (tenantId: string) => Promise<readonly Webhook[]>) {
  const asked = new Map<OutboxMessage['event']['tenantId'], Promise<readonly Webhook[]>>();
  return (tenantId: string): Promise<readonly Webhook[]> => {
    const known = asked.get(tenantId) ?? ask(tenantId);
    asked.set(tenantId, known);
    return known;
  };
}
