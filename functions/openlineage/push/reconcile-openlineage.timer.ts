/** Removes secrets of receivers that no connector uses, every hour. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../../concurrency/lazy';
import { registerTimer } from '../../durable/registration';
import { logLine } from '../../telemetry/log-line';
import type { OpenLineageServices } from '../services';

type ReconcileServices = Pick<OpenLineageServices, 'orphanedTargetSecrets'>;

export function registerOpenLineageReconciliation(services: Lazy<ReconcileServices>): void {
  registerTimer(services, 'reconcileOpenLineage', '0 57 * * * *', reconcileOpenLineage);
}

export async function reconcileOpenLineage(
  { orphanedTargetSecrets }: ReconcileServices,
  context: InvocationContext,
): Promise<void> {
  const removed = await orphanedTargetSecrets.removeOrphanedSecrets();
  if (removed.deletedCount > 0 || removed.disabledCount > 0)
    context.warn(logLine('openlineage_secrets.orphans_removed', { ...removed }));
}
