/**
 * Finds deliveries whose orchestration is gone: it failed, or its history was lost. Their rows say
 * `pending`, but no attempt would follow.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { isActive } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import { deliveryInstanceId, isOverdue, type DeliveryTarget } from './delivery';
import type { DeliveryStore, WebhookStore } from './ports';

/** Far longer than the attempts of a delivery take. Older rows are not read. */
const maxAgeMs = 7 * 86_400_000;
const maxConcurrentWebhooks = 8;

type Client = Pick<DurableClient, 'getStatus' | 'restart'>;

export class LostDeliveryService {
  constructor(
    private readonly webhooks: Pick<WebhookStore, 'listAll'>,
    private readonly deliveries: Pick<DeliveryStore, 'listPending'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Restarts lost deliveries, which continue with the next attempt. Returns those that it restarted.
   */
  async restartLostDeliveries(durableClient: Client): Promise<readonly DeliveryTarget[]> {
    const restarted: DeliveryTarget[] = [];
    const since = new Date(this.now().getTime() - maxAgeMs);
    await forEachConcurrently(
      this.webhooks.listAll(),
      maxConcurrentWebhooks,
      async ({ tenantId, id: webhookId }) => {
        for await (const pending of this.deliveries.listPending({ tenantId, webhookId }, since))
          if (
            isOverdue(pending.dueAt, this.now()) &&
            (await restart(pending.target, durableClient))
          )
            restarted.push(pending.target);
      },
    );
    return restarted;
  }
}

/** False if the orchestration is active, so that its attempts are only late. */
async function restart(target: DeliveryTarget, durableClient: Client): Promise<boolean> {
  const instanceId = deliveryInstanceId(target);
  if (isActive(await durableClient.getStatus(instanceId))) return false;
  await durableClient.restart('deliverWebhook', instanceId, target);
  return true;
}
