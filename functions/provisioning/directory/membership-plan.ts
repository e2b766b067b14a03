/** What a request changes in a group, compared with the stored members. */
import type { MemberChanges } from '../../scim/member-changes';
import { isResourceId, type DirectoryMember, type RemovedMember } from './directory';

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

/**
 * The changes without members to add whose value cannot be an id of this service. A replacement keeps
 * them, and is refused for them: to ignore them could empty a group by mistake.
 */
export function withoutForeignMembers(changes: MemberChanges): MemberChanges {
  const { clear, add } = changes;
  if (clear || [...add.keys()].every(isResourceId)) return changes;
  return { ...changes, add: new Map([...add].filter(([id]) => isResourceId(id))) };
}

/**
 * The plan of a change as providers send it: users that exist enter, or members leave. It needs no
 * read, because its transaction fails if a user does not exist, is in the group already or is not in
 * it. Undefined for another change, which is compared with what is stored.
 */
export function likelyPlan({
  clear,
  add,
  remove,
  removeMatching,
}: MemberChanges): MembershipPlan | undefined {
  const ids = [...add.keys(), ...remove];
  const isLikely =
    !clear &&
    removeMatching.length === 0 &&
    ids.every(isResourceId) &&
    [...add.values()].every(({ type }) => type !== 'Group');
  const toUser = (id: string): DirectoryMember => ({ id, type: 'User' });
  const plan = { add: [...add.keys()].map(toUser), remove: [...remove].map(toUser), clear: false };
  return isLikely && fitsTransaction(plan) ? plan : undefined;
}
