/** The directory as access rules see it. What is being deleted does not exist. */
import type { ResourceTypeName } from '../../scim/schema/resource-type';
import type { Page, PageRequest } from '../../storage/page';
import type { DirectoryReader } from '../../access/ports';
import type { DirectoryStore } from '../ports';
import type { DirectoryKey, DirectoryMember, StoredResource } from './directory';

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

  async groupsOf(key: DirectoryKey, memberId: string): Promise<readonly StoredResource[]> {
    const ids = (await this.store.groupIdsOf(key, [memberId])).get(memberId) ?? [];
    return this.store.getMany(key, 'Group', ids);
  }
}
