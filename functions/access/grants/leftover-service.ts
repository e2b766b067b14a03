/**
 * Deletes leftovers: assignments at Azure with our marker that nothing wants. They count as revocations,
 * because many at once are no leftovers: the rows that claim them may be lost, or those of a copy.
 */
import type { DirectoryKey } from '../directory';
import { rulesTarget } from '../intents/intent';
import type { AccessAudit, AssignmentInAzure, RoleAssignments } from '../ports';
import { Admission } from './admission';
import type { AssignmentProblem } from './assignment';
import type { BreakerService } from './breaker-service';

interface LeftoverPorts {
  readonly roleAssignments: Pick<RoleAssignments, 'delete'>;
  readonly audit: Pick<AccessAudit, 'append'>;
  readonly now: () => Date;
}

export interface RemovedLeftovers {
  readonly deleted: number;
  /** They wait for a confirmation. */
  readonly isHeld: boolean;
  /** Why some of them are left. */
  readonly problem?: AssignmentProblem;
}

const callOptions = { urgent: false, maxWaitMs: 10_000 };

export class LeftoverService {
  constructor(
    private readonly ports: LeftoverPorts,
    private readonly breaker: Pick<BreakerService, 'admit'>,
  ) {}

  /** For one reconciliation. `earlier`: what the last one was admitted to delete and did not. */
  admission(key: DirectoryKey, earlier: number | undefined): Admission {
    return new Admission((count) => this.breaker.admit(key, rulesTarget, count), earlier);
  }

  /** Deletes the leftovers of one scope. No request begins after `until`. */
  async remove(
    key: DirectoryKey,
    leftovers: readonly AssignmentInAzure[],
    admission: Admission,
    until: Date,
  ): Promise<RemovedLeftovers> {
    if (!(await admission.admits(leftovers.length))) return { deleted: 0, isHeld: true };
    let deleted = 0;
    let problem: AssignmentProblem | undefined;
    for (const leftover of leftovers) {
      const failed = this.ports.now() < until ? await this.delete(key, leftover) : 'throttled';
      if (failed === undefined) deleted++;
      problem = failed ?? problem;
      // The next requests would wait in vain.
      if (failed === 'throttled') break;
    }
    admission.keep(leftovers.length - deleted);
    return { deleted, isHeld: false, ...(problem !== undefined && { problem }) };
  }

  private async delete(
    key: DirectoryKey,
    leftover: AssignmentInAzure,
  ): Promise<AssignmentProblem | undefined> {
    const { roleAssignments, audit, now } = this.ports;
    const result = await roleAssignments.delete(key.tenantId, leftover, callOptions);
    if (result.outcome === 'failed') return result.problem;
    const { name, scope, principalId } = leftover;
    const detail = JSON.stringify({ name, scope, principalId });
    const at = now().toISOString();
    await audit.append({ at, ...key, actor: 'system', action: 'drift.unwanted', detail });
    return undefined;
  }
}
