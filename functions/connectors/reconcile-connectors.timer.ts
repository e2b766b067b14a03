/** Runs connector reconciliation once an hour. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import type { DurableClient } from '../durable/ports';
import { throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import { logLine } from '../telemetry/log-line';
import { deletionInstanceId } from './deletion-instance';
import type { ConnectorServices } from './services';

type ReconciliationServices = Pick<ConnectorServices, 'connectorReconciliation'> &
  Pick<HttpServices, 'durableClient'>;

export function registerConnectorReconciliation(services: Lazy<ReconciliationServices>): void {
  registerTimer(services, 'reconcileConnectors', '0 47 * * * *', reconcileConnectors);
}

/**
 * Restarts deletions first, because they remove secrets, too. A failure of that delays no removal of
 * secrets, and is thrown at the end.
 */
export async function reconcileConnectors(
  { connectorReconciliation, durableClient }: ReconciliationServices,
  context: InvocationContext,
): Promise<void> {
  const failures: unknown[] = [];
  await restartDeletions(connectorReconciliation, durableClient(context)).catch((error: unknown) =>
    failures.push(error),
  );
  const removed = await connectorReconciliation.deleteOrphanedSecrets();
  if (removed.deletedCount > 0 || removed.disabledCount > 0)
    context.warn(logLine('connector_secrets.orphans_removed', { ...removed }));
  throwFirst(failures);
}

async function restartDeletions(
  connectorReconciliation: ReconciliationServices['connectorReconciliation'],
  client: DurableClient,
): Promise<void> {
  for await (const { tenantId, id: connectorId } of connectorReconciliation.stuckDeletions())
    await client.restart('purgeConnector', deletionInstanceId(connectorId), {
      tenantId,
      connectorId,
    });
}
