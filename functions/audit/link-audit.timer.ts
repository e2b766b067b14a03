/** Links pending records every ten seconds, so an action is in the audit trail within seconds. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import { failureLine } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import type { AuditServices } from './services';

type LinkServices = Pick<AuditServices, 'auditLinker'>;

export function registerAuditLinker(
  services: Lazy<LinkServices & Pick<HttpServices, 'durableClient'>>,
): void {
  registerTimer(services, 'linkAudit', '5/10 * * * * *', linkAudit);
}

/**
 * Records that cannot be linked delay no other tenant. Then the timer fails. The log gets each
 * checkpoint: it is kept apart from storage, so a chain and its checkpoints cannot be replaced
 * together unnoticed.
 */
export async function linkAudit(
  { auditLinker }: LinkServices,
  context: InvocationContext,
): Promise<void> {
  const failures: unknown[] = [];
  await auditLinker.linkAll({
    failed(error) {
      context.warn(failureLine('audit.link_failed', error));
      failures.push(error);
    },
    checkpointAdded(tenantId, { seq, hash, at }) {
      context.info(JSON.stringify({ event: 'audit.checkpoint_added', tenantId, seq, hash, at }));
    },
  });
  throwFirst(failures);
}
