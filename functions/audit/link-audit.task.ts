/** Links pending records, so an action is in the audit trail within seconds. */
import type { InvocationContext } from '@azure/functions';
import { failureLine } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import { logLine } from '../telemetry/log-line';
import type { LinkReport } from './linker-service';
import type { AuditServices } from './services';

type LinkServices = Pick<AuditServices, 'auditLinker'>;

/**
 * Records that cannot be linked delay no other tenant. Then the task fails. The log gets each
 * checkpoint: it is kept apart from storage, so a chain and its checkpoints cannot be replaced
 * together unnoticed.
 */
export async function linkAudit(
  { auditLinker }: LinkServices,
  context: InvocationContext,
  tenantId?: string,
): Promise<void> {
  const failures: unknown[] = [];
  const report: LinkReport = {
    failed(error) {
      context.warn(failureLine('audit.link_failed', error));
      failures.push(error);
    },
    checkpointAdded(tenant, { seq, hash, at }) {
      const event = 'audit.checkpoint_added';
      context.info(logLine(event, { tenantId: tenant, seq, hash, at }));
    },
  };
  await auditLinker.linkAll(report, tenantId);
  throwFirst(failures);
}
