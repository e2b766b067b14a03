/** What one transaction changes, as access rules and the audit trail see it. */
import type { MemberType } from '../../scim/resource';
import type { DirectoryKey, DirectoryResource } from './directory';

/**
 * Row of another module, upserted in the transaction of a change. Values of columns have at most
 * 32,000 characters.
 */
export interface AttachedRow {
  readonly rowKey: string;
  readonly columns: Readonly<Record<string, string | number | boolean>>;
}

export interface ChangedResource {
  readonly id: string;
  /** Absent: created. */
  readonly before?: DirectoryResource;
  /** Absent: deleted. */
  readonly after?: DirectoryResource;
}

export interface ChangedMember {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberType: MemberType;
  readonly effect: 'added' | 'removed';
}

/**
 * At most one user, one group and `membersPerTransaction` members. A large request is several
 * changes. Members that were present or absent before are left out.
 */
export interface DirectoryChange {
  readonly key: DirectoryKey;
  readonly users: readonly ChangedResource[];
  readonly groups: readonly ChangedResource[];
  readonly members: readonly ChangedMember[];
}

/**
 * A member needs up to four of the hundred rows of a transaction: both directions, a guard of its
 * resource, and one attached row.
 */
export const membersPerTransaction = 20;
