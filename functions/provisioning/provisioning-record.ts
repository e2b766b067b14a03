/** What happened at a provisioning connection, for the audit trail. Holds no secret. */
import type { AuditAction, AuditActor, AuditRecord } from '../audit/audit-record';

export type ProvisioningActor = AuditActor;

/** Who caused a change, and by which request. Stored in journals, so that a repetition names it. */
export interface ChangeOrigin {
  readonly actor: ProvisioningActor;
  readonly requestId: string;
  readonly ip?: string;
  readonly method?: string;
  /** Status of the response, if the request succeeds. Absent before it is known. */
  readonly status?: number;
}

/** Actions of connections and tokens are events, which join the trail by the outbox. */
export type ProvisioningAction = Extract<
  AuditAction,
  `user.${string}` | `group.${string}` | `request.${string}` | 'token.refused'
>;

export interface ProvisioningRecord extends AuditRecord, ChangeOrigin {
  readonly actor: AuditActor;
  readonly requestId: string;
  readonly connectionId: string;
  readonly action: ProvisioningAction;
  readonly changes: NonNullable<AuditRecord['changes']>;
  readonly status: number;
}
