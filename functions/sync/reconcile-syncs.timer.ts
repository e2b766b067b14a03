/** Reconciles sync runs with their orchestrations every ten minutes. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { ConnectorServices } from '../connectors/services';
import { durableClientInput } from '../durable/durable-client';
import type { HttpServices } from '../http/services';
import type { SyncServices } from './services';

type ReconciliationServices = Pick<ConnectorServices, 'connectors'> &
  Pick<HttpServices, 'durableClient'> &
  Pick<SyncServices, 'syncReconciliation'>;

export function registerSyncReconciliation(services: Lazy<ReconciliationServices>): void {
  app.timer('reconcileSyncs', {
    schedule: '30 3/10 * * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => reconcileSyncs(services(), context),
  });
}

/** A tenant that cannot be reconciled does not stop the others. */
export async function reconcileSyncs(
  { connectors, syncReconciliation, durableClient }: ReconciliationServices,
  context: InvocationContext,
): Promise<void> {
  const client = durableClient(context);
  for await (const tenantId of connectors.listTenants())
    try {
      for (const repair of await syncReconciliation.reconcile(tenantId, client))
        context.warn(JSON.stringify(repair));
    } catch (error) {
      context.error(error);
    }
}
