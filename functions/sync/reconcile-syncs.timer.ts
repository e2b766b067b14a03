/** Every ten minutes, runs that came apart from their orchestrations are put right. */
import { app, type InvocationContext } from '@azure/functions';
import { durableClientInput } from '../durable/durable-client';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';

export function registerRunReconciliation(services: Lazy<Services>): void {
  app.timer('reconcileSyncs', {
    schedule: '30 3/10 * * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => reconcileSyncs(services(), context),
  });
}

/** A tenant that cannot be looked at does not keep the others waiting. */
export async function reconcileSyncs(
  { connectors, syncReconciliation, durableClient }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = durableClient(context);
  for await (const tenantId of connectors.tenants())
    try {
      for (const repaired of await syncReconciliation.reconcile(tenantId, instances))
        context.warn(JSON.stringify(repaired));
    } catch (error) {
      context.error(error);
    }
}
