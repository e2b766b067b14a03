/** Deletes orphaned signing secrets every hour. */
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
  const deletedCount = await orphanedSecrets.deleteOrphanedSecrets();
  if (deletedCount > 0)
    context.warn(JSON.stringify({ event: 'webhook_secrets.orphans_deleted', deletedCount }));
}
