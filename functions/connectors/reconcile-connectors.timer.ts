/** Every hour, what was left behind is put right: see reconciliation-service.ts. */
import { app, type InvocationContext } from '@azure/functions';
import { durableClientInput } from '../durable/durable-client';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { deletionInstanceId } from './deletion-instance';

export function registerReconciliation(services: Lazy<Services>): void {
  app.timer('reconcileConnectors', {
    schedule: '0 47 * * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => reconcileConnectors(services(), context),
  });
}

/** Deletions first: they remove secrets, too. */
export async function reconcileConnectors(
  { reconciliation, durableClient }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = durableClient(context);
  for await (const { tenantId, id: connectorId } of reconciliation.stuckDeletions())
    await instances.restart('purgeConnector', deletionInstanceId(connectorId), {
      tenantId,
      connectorId,
    });
  const removed = await reconciliation.deleteOrphanedSecrets();
  if (removed > 0) context.warn(JSON.stringify({ orphanedSecrets: removed }));
}
