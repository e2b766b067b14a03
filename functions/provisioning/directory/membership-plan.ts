/** What a request changes in a group, compared with the stored members. */
import type { DirectoryMember, RemovedMember } from './directory';

/**
 * A member needs up to four of the hundred rows of a transaction: both directions, a guard of its
 * resource, and one attached row.
 */
export const membersPerTransaction = 20;

export interface MembershipPlan {
  /** Members that are not in the group yet; if `clear`, all that stay or come. */
  readonly add: readonly DirectoryMember[];
  /** Members that are in the group. Empty if `clear`. */
  readonly remove: readonly RemovedMember[];
  /** All other members are removed. Only for changes that exceed one transaction. */
  readonly clear: boolean;
}

export const fitsTransaction = ({ add, remove, clear }: MembershipPlan): boolean =>
  !clear && add.length + remove.length <= membersPerTransaction;

export const isEmptyPlan = ({ add, remove, clear }: MembershipPlan): boolean =>
  !clear && add.length === 0 && remove.length === 0;
