/** Compares requests with stored members. The cost depends on the request, not on the group. */
import { isRemoved, type MemberChanges } from '../../scim/member-changes';
import type { Member } from '../../scim/resource';
import { ScimError } from '../../scim/scim-error';
import type { DirectoryStore } from '../ports';
import {
  isResourceId,
  type DirectoryKey,
  type DirectoryMember,
  type RemovedMember,
} from './directory';
import { membersPerTransaction } from './membership-plan';
import type { MembershipPlan } from './membership-plan';

const pageSize = 1_000;
/** Groups above a group that are searched for a circle. */
const maxAncestors = 1_000;

export class MembershipService {
  constructor(private readonly store: DirectoryStore) {}

  /** Throws ScimError for a member that does not exist or would close a circle of groups. */
  async plan(
    key: DirectoryKey,
    groupId: string,
    changes: MemberChanges,
    attempt = 1,
  ): Promise<MembershipPlan> {
    const [add, affected] = await Promise.all([
      this.resolve(key, [...changes.add.values()]),
      changes.clear ? [] : this.affectedMembers(key, groupId, changes),
    ]);
    await this.assertNoCircle(key, groupId, add);
    if (changes.clear) return this.planReplacement(key, groupId, add, attempt);
    const present = new Set(affected.map(({ id }) => id));
    const removed = affected.filter((member) => isRemoved(changes, toScimMember(member)));
    return {
      add: add.filter(({ id }) => !present.has(id)),
      remove: await this.withDeletions(key, removed, attempt),
      clear: false,
    };
  }

  /** The stored members that the change may concern. */
  private async affectedMembers(
    key: DirectoryKey,
    groupId: string,
    { add, remove, removeMatching }: MemberChanges,
  ): Promise<readonly DirectoryMember[]> {
    if (removeMatching.some(({ values }) => !values)) {
      const members: DirectoryMember[] = [];
      for await (const page of this.pages(key, groupId)) members.push(...page);
      return members;
    }
    const named = [
      ...remove,
      ...removeMatching.flatMap(({ values = [] }) => values),
      ...add.keys(),
    ];
    return this.store.getMembers(key, groupId, [...new Set(named.filter(isResourceId))]);
  }

  /** All pages of members, without those that are being deleted. */
  async listAll(key: DirectoryKey, groupId: string): Promise<readonly DirectoryMember[]> {
    const removals = this.store.listRemovals(key);
    const members: DirectoryMember[] = [];
    for await (const page of this.pages(key, groupId)) members.push(...page);
    const removed = await removals;
    return removed.size === 0 ? members : members.filter(({ id }) => !removed.has(id));
  }

  /** Reads no more members than it takes to tell. */
  async hasMoreThan(key: DirectoryKey, groupId: string, count: number): Promise<boolean> {
    if (!isResourceId(groupId)) return false;
    const { items, continuation } = await this.store.listMembers(key, groupId, {
      limit: count + 1,
    });
    return items.length > count || continuation !== undefined;
  }

  /** Reads members only until it is clear that the change exceeds one transaction. */
  private async planReplacement(
    key: DirectoryKey,
    groupId: string,
    wanted: readonly DirectoryMember[],
    attempt: number,
  ): Promise<MembershipPlan> {
    const missing = new Map(wanted.map((member) => [member.id, member]));
    const remove: DirectoryMember[] = [];
    for await (const page of this.pages(key, groupId)) {
      for (const member of page) if (!missing.delete(member.id)) remove.push(member);
      if (remove.length > membersPerTransaction) return { add: wanted, remove: [], clear: true };
    }
    return {
      add: [...missing.values()],
      remove: await this.withDeletions(key, remove, attempt),
      clear: false,
    };
  }

  /**
   * Tells which members are deleted themselves. That is rare, so it is asked only after the first
   * attempt failed.
   */
  async withDeletions(
    key: DirectoryKey,
    members: readonly DirectoryMember[],
    attempt: number,
  ): Promise<readonly RemovedMember[]> {
    if (attempt === 1 || members.length === 0) return members;
    const found = await Promise.all(
      (['User', 'Group'] as const).map((type) =>
        this.store.getMany(
          key,
          type,
          members.filter((member) => member.type === type).map(({ id }) => id),
        ),
      ),
    );
    const exists = new Set(found.flat().map(({ id }) => id));
    return members.map((member) => ({ ...member, isDeleted: !exists.has(member.id) }));
  }

  /** The type that a request gives to a member is a hint only. */
  private async resolve(
    key: DirectoryKey,
    members: readonly Member[],
  ): Promise<readonly DirectoryMember[]> {
    const ids = members.map(({ value }) => value);
    const types = new Map<string, DirectoryMember['type']>();
    const find = async (type: DirectoryMember['type'], of: readonly string[]) => {
      const found = await this.store.getMany(key, type, of.filter(isResourceId));
      for (const { id } of found) types.set(id, type);
    };
    const isGroup = new Set(
      members.filter(({ type }) => type === 'Group').map(({ value }) => value),
    );
    await find('Group', [...isGroup]);
    await find(
      'User',
      ids.filter((id) => !types.has(id)),
    );
    await find(
      'Group',
      ids.filter((id) => !types.has(id) && !isGroup.has(id)),
    );
    return ids.map((id) => {
      const type = types.get(id);
      if (type) return { id, type };
      throw new ScimError(
        'invalidValue',
        `members has the value "${id.slice(0, 64)}", which is no user or group. Create it first.`,
        'members.value',
      );
    });
  }

  private async assertNoCircle(
    key: DirectoryKey,
    groupId: string,
    added: readonly DirectoryMember[],
  ): Promise<void> {
    const groups = new Set(added.filter(({ type }) => type === 'Group').map(({ id }) => id));
    if (groups.size === 0) return;
    const seen = new Set([groupId]);
    for (let level = [groupId]; level.length > 0 && seen.size <= maxAncestors;) {
      if (level.some((id) => groups.has(id)))
        throw new ScimError(
          'invalidValue',
          'members has a group that contains this group. Remove one of the two memberships.',
          'members.value',
        );
      const above = await this.store.groupIdsOf(key, level);
      level = [...new Set([...above.values()].flat())].filter((id) => !seen.has(id));
      for (const id of level) seen.add(id);
    }
  }

  private async *pages(
    key: DirectoryKey,
    groupId: string,
  ): AsyncGenerator<readonly DirectoryMember[]> {
    let continuation: string | undefined;
    do {
      const page = await this.store.listMembers(key, groupId, {
        limit: pageSize,
        ...(continuation !== undefined && { continuation }),
      });
      yield page.items;
      ({ continuation } = page);
    } while (continuation !== undefined);
  }
}

const toScimMember = ({ id, type }: DirectoryMember): Member => ({ value: id, type });
