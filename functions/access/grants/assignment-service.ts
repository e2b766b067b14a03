/** One grant or revocation at Azure, with its row and its audit record. */
import { recordOf, type AccessAction, type RecordDetails } from '../access-record';
import type { AttachedRow, DirectoryKey } from '../directory';
import type {
  AccessAudit,
  AssignmentClaim,
  AssignmentStore,
  CallOptions,
  ClaimStore,
  ConnectionLookup,
  CreateResult,
  FailedCall,
  RoleAssignments,
} from '../ports';
import { scopeKey } from '../rules/scope';
import { connectionIn, descriptionOf, type OwnedAssignment } from './assignment';
import { assignmentName } from './assignment-name';

export interface AssignmentPorts {
  readonly assignmentStore: AssignmentStore;
  readonly claimStore: ClaimStore;
  readonly roleAssignments: RoleAssignments;
  readonly connections: Pick<ConnectionLookup, 'list'>;
  readonly audit: AccessAudit;
  readonly now: () => Date;
}

export interface ChangeOptions extends CallOptions {
  /** When the change in the directory was stored. */
  readonly requestedAt: string;
}

/** Undefined after success. */
export type ChangeFailure = Pick<FailedCall, 'problem' | 'retryAfterMs'> | undefined;

/** Resource Manager ends a request itself after this time. */
const lateExecutionMs = 60_000;
/** Names that are tried, if other assignments have the earlier ones. */
const maxGenerations = 5;

export class AssignmentService {
  constructor(private readonly ports: AssignmentPorts) {}

  async grant(
    key: DirectoryKey,
    wanted: OwnedAssignment,
    options: ChangeOptions,
  ): Promise<ChangeFailure> {
    const { assignmentStore, claimStore, roleAssignments } = this.ports;
    let row: OwnedAssignment = this.toPending(wanted);
    let result: CreateResult;
    for (;;) {
      const sent = { ...row, unansweredAt: this.ports.now().toISOString() };
      // The row and the claim come first: what is assigned at Azure has a row, also after a crash.
      await assignmentStore.put(key, sent);
      await claimStore.put(key, row.name, row.subject);
      result = await roleAssignments.create(key.tenantId, toRequest(key, row), options);
      // The request may have waited before it was sent.
      if (result.outcome === 'failed' && result.problem === 'unavailable')
        row = { ...row, unansweredAt: this.ports.now().toISOString() };
      if (result.outcome !== 'name_taken' || row.generation === maxGenerations) break;
      const generation = row.generation + 1;
      row = await this.rename(key, row, { generation, name: assignmentName(row, generation) });
    }
    switch (result.outcome) {
      case 'created':
        return this.accept(key, row, 'grant.assigned', options, result.correlationId);
      case 'exists':
        return this.adopt(key, row, options);
      case 'name_taken':
        return this.fail(key, row, { outcome: 'failed', problem: 'name_taken' });
      case 'failed':
        return this.fail(key, row, result);
    }
  }

  async revoke(
    key: DirectoryKey,
    row: OwnedAssignment,
    options: ChangeOptions,
  ): Promise<ChangeFailure> {
    const { assignmentStore, claimStore, roleAssignments } = this.ports;
    const { tenantId } = key;
    const others = await claimStore.release(key, row.name, row.subject);
    if (row.state === 'manual' || (await this.isWanted(row.name, others))) {
      await assignmentStore.delete(key, row, this.audited(key, 'grant.released', row));
      return undefined;
    }
    const result = await roleAssignments.delete(tenantId, row, options);
    if (result.outcome === 'failed') {
      // Claimed again, so that a reconciliation does not take it for a leftover.
      await claimStore.put(key, row.name, row.subject);
      return this.fail(key, row, result);
    }
    const unsureMs = this.unsureMs(row);
    if (unsureMs > 0) {
      await claimStore.put(key, row.name, row.subject);
      return this.fail(key, row, {
        outcome: 'failed',
        problem: 'unavailable',
        retryAfterMs: unsureMs,
      });
    }
    const details = this.measured(options, result.correlationId);
    await assignmentStore.delete(key, row, this.audited(key, 'grant.revoked', row, details));
    return undefined;
  }

  /**
   * A claim without a row is left over from a table that was restored. It is released, because no one
   * else releases it.
   */
  private async isWanted(name: string, claims: readonly AssignmentClaim[]): Promise<boolean> {
    for (const { key, subject } of claims) {
      const rows = await this.ports.assignmentStore.listOfSubject(key, subject);
      if (rows.some((row) => row.name === name)) return true;
      await this.ports.claimStore.release(key, name, subject);
    }
    return false;
  }

  /**
   * Azure may still execute a request whose response did not arrive, also after the deletion. How long
   * that is possible; the deletion is repeated then.
   */
  private unsureMs({ unansweredAt }: OwnedAssignment): number {
    if (unansweredAt === undefined) return 0;
    return Date.parse(unansweredAt) + lateExecutionMs - this.ports.now().getTime();
  }

  /** An old request without a response is forgotten. */
  private toPending(wanted: OwnedAssignment): OwnedAssignment {
    const { problem: _, unansweredAt, ...rest } = wanted;
    const isOpen = this.unsureMs(wanted) > 0;
    return { ...rest, state: 'pending', ...(isOpen && unansweredAt && { unansweredAt }) };
  }

  /** Stores new reasons of an accepted assignment. */
  explain(key: DirectoryKey, row: OwnedAssignment): Promise<void> {
    return this.ports.assignmentStore.put(key, row);
  }

  /** The same role is assigned under another name: by us in earlier times, or by a person. */
  private async adopt(
    key: DirectoryKey,
    row: OwnedAssignment,
    options: ChangeOptions,
  ): Promise<ChangeFailure> {
    const { tenantId } = key;
    const { roleAssignments, connections } = this.ports;
    const listed = await roleAssignments.list(tenantId, row.scope, row.principalId);
    if (listed.outcome === 'failed') return this.fail(key, row, listed);
    const found = listed.assignments.find(
      ({ roleId, principalId, scope }) =>
        roleId === row.roleId.toLowerCase() &&
        principalId === row.principalId.toLowerCase() &&
        scopeKey(scope) === scopeKey(row.scope),
    );
    // Lists of one principal lag behind. The next attempt finds it.
    if (!found) return this.fail(key, row, { outcome: 'failed', problem: 'unavailable' });
    const owner = connectionIn(found.description);
    const ours =
      owner !== undefined && (await connections.list(tenantId)).some(({ id }) => id === owner);
    if (!ours) return this.accept(key, { ...row, state: 'manual' }, 'grant.held_manually', options);
    const renamed = await this.rename(key, row, { name: found.name });
    return this.accept(key, { ...renamed, adopted: true }, 'grant.adopted', options);
  }

  private async rename(
    key: DirectoryKey,
    row: OwnedAssignment,
    changed: Partial<Pick<OwnedAssignment, 'name' | 'generation'>>,
  ): Promise<OwnedAssignment> {
    const { assignmentStore, claimStore } = this.ports;
    const renamed = { ...row, ...changed };
    if (renamed.name === row.name) return renamed;
    await assignmentStore.put(key, renamed);
    await claimStore.put(key, renamed.name, renamed.subject);
    await assignmentStore.delete(key, row);
    await claimStore.release(key, row.name, row.subject);
    return renamed;
  }

  private async accept(
    key: DirectoryKey,
    row: OwnedAssignment,
    action: AccessAction,
    options: ChangeOptions,
    correlationId?: string,
  ): Promise<undefined> {
    const state = row.state === 'manual' ? 'manual' : 'assigned';
    const at = this.timeAfter(row);
    const accepted = { ...row, state, assignedAt: at } as const;
    const details = { at, ...this.measured(options, correlationId) };
    await this.ports.assignmentStore.put(key, accepted, this.audited(key, action, row, details));
    return undefined;
  }

  private async fail(
    key: DirectoryKey,
    row: OwnedAssignment,
    failure: FailedCall,
  ): Promise<ChangeFailure> {
    const { problem, azureCode, correlationId, retryAfterMs } = failure;
    // Waiting for a turn is not worth a record, and neither is each repetition.
    const isNews = row.problem !== problem && problem !== 'throttled' && problem !== 'unavailable';
    const state = row.state === 'assigned' ? row.state : 'failed';
    const details = {
      problem,
      ...(azureCode !== undefined && { azureCode }),
      ...(correlationId !== undefined && { correlationId }),
    };
    const attached = isNews ? this.audited(key, 'grant.failed', row, details) : [];
    await this.ports.assignmentStore.put(key, { ...row, state, problem }, attached);
    return { problem, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }

  private measured({ requestedAt }: ChangeOptions, correlationId: string | undefined) {
    const durationMs = Math.max(0, this.ports.now().getTime() - Date.parse(requestedAt));
    return { durationMs, ...(correlationId !== undefined && { correlationId }) };
  }

  /** The clock of the instance that made the assignment may be ahead by up to a second. */
  private timeAfter({ assignedAt }: OwnedAssignment): string {
    const least = assignedAt === undefined ? 0 : Date.parse(assignedAt) + 1;
    return new Date(Math.max(this.ports.now().getTime(), least)).toISOString();
  }

  private audited(
    key: DirectoryKey,
    action: AccessAction,
    row: OwnedAssignment,
    details: RecordDetails = {},
  ): readonly AttachedRow[] {
    const record = recordOf(key, action, row, { at: this.timeAfter(row), ...details });
    return [this.ports.audit.rowOf(record)];
  }
}

const toRequest = ({ connectionId }: DirectoryKey, row: OwnedAssignment) => ({
  name: row.name,
  scope: row.scope,
  roleId: row.roleId,
  principalId: row.principalId,
  principalType: row.principalType,
  description: descriptionOf(connectionId),
});
