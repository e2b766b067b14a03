/** Every hour, what was left behind is put right: see reconciliation-service.ts. */
import { app, type InvocationContext } from '@azure/functions';
import { orchestrationClient } from '../durable/durable-client';
import type { Lazy, Services } from '../services';
import { deletionOf } from './deletion-instance';

export function registerReconciliation(services: Lazy<Services>): void {
  app.timer('reconcileConnectors', {
    schedule: '0 47 * * * *',
    extraInputs: [orchestrationClient],
    handler: (_timer, context) => reconcileConnectors(services(), context),
  });
}

/** Deletions first: they remove secrets, too. */
export async function reconcileConnectors(
  { reconciliation, orchestrations }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = orchestrations(context);
  for await (const { tenantId, id: connectorId } of reconciliation.halfDeleted())
    await instances.restart('purgeConnector', deletionOf(connectorId), { tenantId, connectorId });
  const removed = await reconciliation.removeOrphans();
  if (removed > 0) context.warn(JSON.stringify({ orphanedSecrets: removed }));
}
