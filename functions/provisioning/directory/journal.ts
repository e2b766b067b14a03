/**
 * Work that exceeds one transaction, stored before it begins. It is complete when the journal is
 * deleted; until then anyone may repeat it from the start.
 */
import type { ResourceTypeName } from '../../scim/schema/resource-type';
import type { ChangeOrigin } from '../provisioning-record';
import type { DirectoryMember } from './directory';

interface JournalBase {
  readonly id: string;
  readonly at: string;
  readonly origin: ChangeOrigin;
}

/** Members of a group: all but `add` are removed if `clear`, else those of `remove`. */
export interface MembershipJournal extends JournalBase {
  readonly kind: 'membership';
  readonly groupId: string;
  readonly clear: boolean;
  readonly add: readonly DirectoryMember[];
  readonly remove: readonly string[];
}

/** Memberships of a deleted user, or memberships and members of a deleted group. */
export interface RemovalJournal extends JournalBase {
  readonly kind: 'removal';
  readonly type: ResourceTypeName;
  readonly resourceId: string;
}

export type Journal = MembershipJournal | RemovalJournal;
