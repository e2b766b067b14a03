/** Restarts lost deliveries and removes secrets that no webhook needs, every hour. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import { throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import { logLine } from '../telemetry/log-line';
import type { WebhookServices } from './services';

type ReconcileServices = Pick<WebhookServices, 'lostDeliveries' | 'orphanedSecrets'> &
  Pick<HttpServices, 'durableClient'>;

export function registerWebhookReconciliation(services: Lazy<ReconcileServices>): void {
  registerTimer(services, 'reconcileWebhooks', '0 52 * * * *', reconcileWebhooks);
}

/** If one part fails, the other is done nevertheless. Then the timer fails. */
export async function reconcileWebhooks(
  { lostDeliveries, orphanedSecrets, durableClient }: ReconcileServices,
  context: InvocationContext,
): Promise<void> {
  const parts = await Promise.allSettled([
    restartLostDeliveries(lostDeliveries, durableClient(context), context),
    removeOrphanedSecrets(orphanedSecrets, context),
  ]);
  throwFirst(parts.flatMap((part) => (part.status === 'rejected' ? [part.reason] : [])));
}

async function restartLostDeliveries(
  lostDeliveries: ReconcileServices['lostDeliveries'],
  client: ReturnType<ReconcileServices['durableClient']>,
  context: InvocationContext,
): Promise<void> {
  for (const { webhookId, deliveryId } of await lostDeliveries.restartLostDeliveries(client))
    context.warn(logLine('webhook_delivery.restarted', { webhookId, deliveryId }));
}

async function removeOrphanedSecrets(
  orphanedSecrets: ReconcileServices['orphanedSecrets'],
  context: InvocationContext,
): Promise<void> {
  const removed = await orphanedSecrets.removeOrphanedSecrets();
  if (removed.deletedCount > 0 || removed.disabledCount > 0)
    context.warn(logLine('webhook_secrets.orphans_removed', { ...removed }));
}
