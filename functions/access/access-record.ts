/** What happened to access, for the audit trail. Holds no secret. */
import type { EventActor } from '../events/actor';
import type { DirectoryKey } from './directory';
import type { AssignmentProblem, OwnedAssignment } from './grants/assignment';

export type AccessAction =
  | 'grant.assigned'
  | 'grant.adopted'
  | 'grant.held_manually'
  | 'grant.failed'
  | 'grant.revoked'
  | 'grant.released'
  | 'principal.resolved'
  | 'principal.pending'
  | 'rules.changed'
  | 'revocations.held'
  | 'revocations.confirmed'
  | 'reconciliation.requested'
  | 'drift.missing'
  | 'drift.unwanted'
  | 'drift.foreign';

export interface AccessRecord {
  readonly at: string;
  readonly tenantId: string;
  readonly connectionId: string;
  readonly actor: EventActor;
  readonly action: AccessAction;
  /** SCIM id of the user or group that the record is about. */
  readonly subject?: OwnedAssignment['subject'];
  readonly assignment?: Pick<
    OwnedAssignment,
    'name' | 'role' | 'scope' | 'principalId' | 'principalType' | 'reasons'
  >;
  readonly problem?: AssignmentProblem;
  /** Error code of Azure. */
  readonly azureCode?: string;
  /** `x-ms-correlation-request-id` of the request to Resource Manager. */
  readonly correlationId?: string;
  /** From the change in the directory to the acceptance by Azure. */
  readonly durationMs?: number;
  /** Version and author's reason of a rule change. */
  readonly rules?: {
    readonly version: number;
    readonly reason: string;
    readonly added: number;
    readonly removed: number;
  };
  readonly detail?: string;
}

export type RecordDetails = Partial<
  Pick<AccessRecord, 'at' | 'problem' | 'azureCode' | 'correlationId' | 'durationMs'>
>;

/** The record of what happened to an assignment. */
export function recordOf(
  key: DirectoryKey,
  action: AccessAction,
  { name, role, scope, principalId, principalType, reasons, subject }: OwnedAssignment,
  details: RecordDetails & Pick<AccessRecord, 'at'>,
): AccessRecord {
  const assignment = { name, role, scope, principalId, principalType, reasons };
  return { ...key, actor: 'system', action, subject, assignment, ...details };
}
