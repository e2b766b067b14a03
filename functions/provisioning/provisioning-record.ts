/** What happened at a provisioning connection, for the audit trail. Holds no secret. */
import type { AttributeChange } from '../scim/changes';

export type ProvisioningActor =
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'person'; readonly objectId: string; readonly displayName: string }
  | { readonly kind: 'system' };

/** Who caused a change, and by which request. Stored in journals, so that a repetition names it. */
export interface ChangeOrigin {
  readonly actor: ProvisioningActor;
  readonly requestId: string;
  readonly ip?: string;
  readonly method?: string;
}

export type ProvisioningAction =
  | 'user.created'
  | 'user.changed'
  | 'user.deactivated'
  | 'user.reactivated'
  | 'user.deleted'
  | 'group.created'
  | 'group.changed'
  | 'group.deleted'
  | 'group.members_changed'
  | 'request.unchanged'
  | 'request.refused'
  | 'connection.created'
  | 'connection.changed'
  | 'connection.deleted'
  | 'token.issued'
  | 'token.revoked'
  | 'token.refused';

export interface ProvisioningRecord extends ChangeOrigin {
  readonly at: string;
  readonly tenantId: string;
  readonly connectionId: string;
  readonly action: ProvisioningAction;
  readonly resource?: {
    readonly type: 'User' | 'Group' | 'Connection' | 'Token';
    readonly id?: string;
    readonly name?: string;
  };
  /** Values may be long. Passwords are never part of them. */
  readonly changes: readonly AttributeChange[];
  readonly members?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly status: number;
  readonly scimType?: string;
  /** Path of the attribute at fault. */
  readonly attribute?: string;
  readonly detail?: string;
}
