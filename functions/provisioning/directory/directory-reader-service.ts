/** The directory as access rules see it. What is being deleted does not exist. */
import type { ResourceTypeName } from '../../scim/schema/resource-type';
import type { Page, PageRequest } from '../../storage/page';
import type { DirectoryResource } from '../../access/directory';
import type { DirectoryReader } from '../../access/ports';
import type { DirectoryStore } from '../ports';
import type { DirectoryKey, DirectoryMember, StoredResource } from './directory';
import { chunksOf, resourcesPerRead } from './match-service';

export class DirectoryReaderService implements DirectoryReader {
  constructor(private readonly store: DirectoryStore) {}

  get(key: DirectoryKey, type: ResourceTypeName, id: string): Promise<StoredResource | undefined> {
    return this.store.get(key, type, id);
  }

  list(
    key: DirectoryKey,
    type: ResourceTypeName,
    page: PageRequest,
  ): Promise<Page<StoredResource>> {
    return this.store.list(key, type, page);
  }

  async listMembers(
    key: DirectoryKey,
    groupId: string,
    page: PageRequest,
  ): Promise<Page<DirectoryMember>> {
    const [members, removed] = await Promise.all([
      this.store.listMembers(key, groupId, page),
      this.store.listRemovals(key),
    ]);
    return { ...members, items: members.items.filter(({ id }) => !removed.has(id)) };
  }

  /** Only with the attributes that rules look at: groups may be many and large. */
  async groupsOf(key: DirectoryKey, memberId: string): Promise<readonly DirectoryResource[]> {
    const ids = (await this.store.groupIdsOf(key, [memberId])).get(memberId) ?? [];
    const groups: DirectoryResource[] = [];
    for (const some of chunksOf(ids, resourcesPerRead))
      groups.push(...(await this.store.getMany(key, 'Group', some)).map(toNamed));
    return groups;
  }
}

const toNamed = ({ id, attributes: { displayName, externalId } }: StoredResource) => ({
  id,
  attributes: { displayName, externalId },
});
