/** Removes secrets that no webhook needs, every hour. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { WebhookServices } from './services';

type ReconcileServices = Pick<WebhookServices, 'orphanedSecrets'>;

export function registerWebhookReconciliation(services: Lazy<ReconcileServices>): void {
  app.timer('reconcileWebhooks', {
    schedule: '0 52 * * * *',
    handler: (_timer, context) => reconcileWebhooks(services(), context),
  });
}

export async function reconcileWebhooks(
  { orphanedSecrets }: ReconcileServices,
  context: InvocationContext,
): Promise<void> {
  const removed = await orphanedSecrets.removeOrphanedSecrets();
  if (removed.deletedCount > 0 || removed.disabledCount > 0)
    context.warn(JSON.stringify({ event: 'webhook_secrets.orphans_removed', ...removed }));
}
