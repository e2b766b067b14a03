/** Reconciles sync runs with their orchestrations every ten minutes. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { ConnectorServices } from '../connectors/services';
import { registerTimer } from '../durable/registration';
import { failureLine } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import { logLine } from '../telemetry/log-line';
import type { SyncServices } from './services';

type ReconciliationServices = Pick<ConnectorServices, 'connectors'> &
  Pick<HttpServices, 'durableClient'> &
  Pick<SyncServices, 'syncReconciliation'>;

export function registerSyncReconciliation(services: Lazy<ReconciliationServices>): void {
  registerTimer(services, 'reconcileSyncs', '30 3/10 * * * *', reconcileSyncs);
}

/** What cannot be reconciled does not stop the rest. Then the timer fails. */
export async function reconcileSyncs(
  { connectors, syncReconciliation, durableClient }: ReconciliationServices,
  context: InvocationContext,
): Promise<void> {
  const client = durableClient(context);
  const failures: unknown[] = [];
  const fail = (tenantId: string, error: unknown) => {
    context.warn(failureLine('reconciliation.failed', error, { tenantId }));
    failures.push(error);
  };
  for await (const tenantId of connectors.listTenants())
    try {
      const found = await syncReconciliation.reconcile(tenantId, client);
      for (const repair of found.repairs)
        if (repair.repair === 'stalled') context.error(logLine('sync_run.stalled', { ...repair }));
        else context.warn(logLine('sync_run.repaired', { ...repair }));
      for (const error of found.failures) fail(tenantId, error);
    } catch (error) {
      fail(tenantId, error);
    }
  throwFirst(failures);
}
