/** Every hour, secrets that were left behind are removed: see orphan-service.ts. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';

export function registerWebhookReconciliation(services: Lazy<Services>): void {
  app.timer('reconcileWebhooks', {
    schedule: '0 52 * * * *',
    handler: (_timer, context) => reconcileWebhooks(services(), context),
  });
}

export async function reconcileWebhooks(
  { orphanedSecrets }: Services,
  context: InvocationContext,
): Promise<void> {
  const removed = await orphanedSecrets.deleteOrphanedSecrets();
  if (removed > 0) context.warn(JSON.stringify({ orphanedWebhookSecrets: removed }));
}
