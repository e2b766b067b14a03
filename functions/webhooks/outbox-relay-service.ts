/** Empties the outbox: creates and starts one delivery per event and subscribed webhook. */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { DurableClient } from '../durable/ports';
import { logFailure } from '../errors/log-failure';
import type { Actor } from '../events/actor';
import type { EventService } from '../events/event-service';
import type { OutboxMessage, PendingMessage } from '../events/ports';
import { deliveryInstanceId, type DeliveryTarget } from './delivery';
import type { DeliveryService } from './delivery-service';
import type { EventListener } from './ports';
import { isSubscribed, type Webhook } from './webhook';
import type { WebhookService } from './webhook-service';

type Starter = Pick<DurableClient, 'start'>;
type Restarter = Pick<DurableClient, 'restart'>;
type ListWebhooks = (tenantId: string) => Promise<readonly Webhook[]>;

const maxConcurrentMessages = 16;

export class OutboxRelayService {
  constructor(
    private readonly events: Pick<EventService, 'listPending' | 'relay'>,
    private readonly webhooks: WebhookService,
    private readonly deliveries: DeliveryService,
    private readonly listeners: () => readonly EventListener[] = () => [],
  ) {}

  /**
   * Relays the messages of all tenants, or those of the latest changes of one. A message that fails
   * stays in the outbox for the next call and does not delay the others.
   */
  async relayAll(
    durableClient: Starter,
    onFailure: (error: unknown) => void,
    tenantId?: string,
  ): Promise<void> {
    const listWebhooks = oncePerTenant((tenantId) => this.webhooks.list(tenantId));
    const relay = (message: PendingMessage) =>
      this.events
        .relay(message, (each) => this.publish(each, listWebhooks, durableClient))
        .catch(onFailure);
    await forEachConcurrently(this.events.listPending(tenantId), maxConcurrentMessages, relay);
  }

  /** Throws ConflictError if the delivery is pending or the webhook disabled. */
  async redeliver(
    actor: Actor,
    webhookId: string,
    deliveryId: string,
    durableClient: Restarter,
  ): Promise<DeliveryTarget> {
    const target = await this.deliveries.startRedelivery(actor, webhookId, deliveryId);
    // The row says that an attempt is due, so LostDeliveryService starts what cannot be started now.
    await durableClient
      .restart('deliverWebhook', deliveryInstanceId(target), target)
      .catch((error: unknown) => logFailure('delivery.start_failed', error, { deliveryId }));
    return target;
  }

  private async publish(
    { event }: OutboxMessage,
    listWebhooks: ListWebhooks,
    durableClient: Starter,
  ): Promise<void> {
    const receivers = (await listWebhooks(event.tenantId)).filter((webhook) =>
      isSubscribed(webhook, event),
    );
    for (const webhook of receivers)
      await start(await this.deliveries.create(event, webhook), durableClient);
    for (const listener of this.listeners()) await listener.onEvent(event);
  }
}

/** Does nothing if the delivery was started before: its instance id is the same. */
const start = (target: DeliveryTarget, durableClient: Starter): Promise<void> =>
  durableClient.start('deliverWebhook', deliveryInstanceId(target), target);

function oncePerTenant(list: ListWebhooks): ListWebhooks {
  const byTenant = new Map<string, ReturnType<ListWebhooks>>();
  return (tenantId) => {
    const webhooks = byTenant.get(tenantId) ?? list(tenantId);
    byTenant.set(tenantId, webhooks);
    return webhooks;
  };
}
