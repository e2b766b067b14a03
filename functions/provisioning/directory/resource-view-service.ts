/** Completes stored resources with what a response or a filter needs: members and groups. */
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { includes, project, type Projection } from '../../scim/query/projection';
import { toResource, type Reference, type Resource } from '../../scim/resource';
import { groupType, userType } from '../../scim/schema/resource-type';
import type { DirectoryStore } from '../ports';
import { typeOf, type DirectoryKey, type StoredResource } from './directory';
import type { GroupIdCache } from './group-id-cache';
import type { GroupReferences } from './group-references';
import type { MembershipService } from './membership-service';
import type { ScimContext } from './scim-context';

const concurrentGroups = 8;
const groupsAttribute = userType.attributes.get('groups')!;

/** Which relations are read. */
export interface Needs {
  readonly members: boolean;
  readonly groups: boolean;
}

export const needsOf = (projection: Projection): Needs => ({
  members: includes(projection, groupType.membersAttribute!),
  groups: includes(projection, groupsAttribute),
});

export class ResourceViewService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly membership: MembershipService,
    private readonly groupIds: GroupIdCache,
    private readonly groupReferences: GroupReferences,
  ) {}

  /** As a response shows them. */
  async present(
    context: ScimContext,
    resources: readonly StoredResource[],
    projection: Projection,
  ): Promise<readonly Resource[]> {
    const whole = await this.complete(context, resources, needsOf(projection));
    return whole.map((resource, index) => project(resource, typeOf(resources[index]!), projection));
  }

  /** In the order of `resources`. */
  async complete(
    { key, baseUrl }: ScimContext,
    resources: readonly StoredResource[],
    { members, groups }: Needs,
  ): Promise<readonly Resource[]> {
    const groupsOf = groups ? await this.groupsOf(key, resources) : undefined;
    return mapConcurrently(resources, concurrentGroups, async (resource) => {
      const found = groupsOf?.get(resource.id);
      const isGroup = resource.type === 'Group';
      return toResource(typeOf(resource), resource, {
        baseUrl,
        ...(members && isGroup && { members: await this.membership.listAll(key, resource.id) }),
        ...(found && { groups: found }),
      });
    });
  }

  private async groupIdsOf(
    key: DirectoryKey,
    users: readonly StoredResource[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const unknown = users.filter((user) => !this.groupIds.get(key, user));
    const read = await this.store.groupIdsOf(
      key,
      unknown.map(({ id }) => id),
    );
    for (const user of unknown) this.groupIds.set(key, user, read.get(user.id) ?? []);
    return new Map(
      users.map((user) => [user.id, this.groupIds.get(key, user) ?? read.get(user.id) ?? []]),
    );
  }

  private async groupsOf(
    key: DirectoryKey,
    resources: readonly StoredResource[],
  ): Promise<ReadonlyMap<string, readonly Reference[]>> {
    const users = resources.filter(({ type }) => type === 'User');
    const groupIds = await this.groupIdsOf(key, users);
    const all = [...new Set([...groupIds.values()].flat())];
    const references = await this.groupReferences.get(key, all);
    return new Map(
      Array.from(groupIds, ([userId, ids]) => [
        userId,
        ids.flatMap((id) => references.get(id) ?? []),
      ]),
    );
  }
}
