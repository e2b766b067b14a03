/** In-memory DirectoryStore. The contract test holds it to the adapter. */
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import {
  uniqueNameOf,
  type DirectoryKey,
  type DirectoryMember,
  type DirectoryResource,
  type StoredResource,
} from '../../functions/provisioning/directory/directory';
import type { AttachedRow } from '../../functions/access/directory';
import type { Journal } from '../../functions/provisioning/directory/journal';
import type { DirectoryStore, DirectoryWrite } from '../../functions/provisioning/ports';
import type { ResourceTypeName } from '../../functions/scim/schema/resource-type';
import type { Page, PageRequest } from '../../functions/storage/page';

interface Partition {
  readonly resources: Map<string, StoredResource>;
  /** Members by group and id. */
  readonly members: Map<string, Map<string, DirectoryMember>>;
  readonly journals: Map<string, Journal>;
  readonly attached: Map<string, AttachedRow>;
  /** The resource of each type that was deleted last. */
  readonly deletions: Map<ResourceTypeName, string>;
}

export interface FakeDirectoryStore extends DirectoryStore {
  /** Rows of other modules, in the order of their first write. */
  attached(key: DirectoryKey): readonly AttachedRow[];
}

const nameOf = (resource: DirectoryResource) => uniqueNameOf(resource).toLowerCase();

export function fakeDirectoryStore(): FakeDirectoryStore {
  const partitions = new Map<string, Partition>();
  let version = 0;
  const partitionOf = ({ tenantId, connectionId }: DirectoryKey): Partition => {
    const name = `${tenantId}|${connectionId}`;
    const found = partitions.get(name) ?? {
      resources: new Map(),
      members: new Map(),
      journals: new Map(),
      attached: new Map(),
      deletions: new Map(),
    };
    partitions.set(name, found);
    return found;
  };
  const resourcesOf = (key: DirectoryKey, type: ResourceTypeName) =>
    [...partitionOf(key).resources.values()]
      .filter((resource) => resource.type === type)
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const membersOf = (key: DirectoryKey, groupId: string) =>
    partitionOf(key).members.get(groupId) ?? new Map<string, DirectoryMember>();
  const touch = ({ resources }: Partition, id: string) => {
    const found = resources.get(id);
    if (found) resources.set(id, { ...found, etag: `W/"${++version}"` });
  };
  const stale = () => new StaleError('directory_changed', 'stale');

  return {
    attached: (key) => [...partitionOf(key).attached.values()],
    async get(key, type, id) {
      const found = partitionOf(key).resources.get(id);
      return found?.type === type ? found : undefined;
    },
    async getMany(key, type, ids) {
      const read = await Promise.all(ids.map((id) => this.get(key, type, id)));
      return read.filter((resource) => resource !== undefined);
    },
    find: async (key, type, attribute, value) =>
      resourcesOf(key, type).filter((resource) =>
        attribute === 'externalId'
          ? resource.attributes['externalId'] === value
          : nameOf(resource) === value.toLowerCase(),
      ),
    idsByExternalId: async (key, type, value) =>
      resourcesOf(key, type)
        .filter(({ attributes }) => attributes['externalId'] === value)
        .map(({ id }) => id),
    list: async (key, type, page) => pageOf(resourcesOf(key, type), page),
    listIds: async (key, type, after = '') =>
      resourcesOf(key, type)
        .map(({ id }) => id)
        .filter((id) => id > after),
    getDeletions: async (key, type) => partitionOf(key).deletions.get(type),
    listMembers: async (key, groupId, page) =>
      pageOf(
        [...membersOf(key, groupId).values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        page,
      ),
    getMembers: async (key, groupId, ids) =>
      ids.flatMap((id) => membersOf(key, groupId).get(id) ?? []),
    async groupIdsOf(key, memberIds) {
      const groupIds = (memberId: string) =>
        [...partitionOf(key).members].filter(([, rows]) => rows.has(memberId)).map(([id]) => id);
      return new Map(
        memberIds.map((id) => [id, groupIds(id)] as const).filter(([, ids]) => ids.length > 0),
      );
    },
    getJournal: async (key, id) => partitionOf(key).journals.get(id),
    listJournals: async (key) => [...partitionOf(key).journals.values()],
    listRemovals: async (key) =>
      new Set(
        [...partitionOf(key).journals.values()].flatMap((journal) =>
          journal.kind === 'removal' ? [journal.resourceId] : [],
        ),
      ),
    async commit(key, write) {
      assertCommittable(write);
      const { resource, members, putJournal, deleteJournal, attached } = write;
      const partition = partitionOf(key);
      for (const row of attached) partition.attached.set(row.rowKey, row);
      if (putJournal) partition.journals.set(putJournal.id, putJournal);
      if (deleteJournal) partition.journals.delete(deleteJournal);
      if (members) {
        const rows = new Map(membersOf(key, members.groupId));
        for (const member of members.add) rows.set(member.id, member);
        for (const { id } of members.remove) rows.delete(id);
        for (const { id } of [...members.add, ...members.remove]) touch(partition, id);
        partition.members.set(members.groupId, rows);
      }
      if (resource && !resource.after) {
        const { type, id } = resource.before!;
        partition.resources.delete(id);
        partition.deletions.set(type, id);
      }
      if (!resource?.after) return undefined;
      const stored = { ...resource.after, etag: `W/"${++version}"` };
      partition.resources.set(stored.id, stored);
      return stored;

      /** Checks everything before anything is changed, as a transaction does. */
      function assertCommittable({ whileJournal }: DirectoryWrite): void {
        const { resources, journals } = partitionOf(key);
        const { before, after } = write.resource ?? {};
        const current = before && resources.get(before.id);
        if (before && (!current || (after && current.etag !== before.etag))) throw stale();
        const owner =
          after && resourcesOf(key, after.type).find((each) => nameOf(each) === nameOf(after));
        if (owner && owner.id !== after.id)
          throw new ConflictError('directory_value_taken', 'taken');
        if (whileJournal !== undefined && !journals.has(whileJournal)) throw stale();
        if (write.deleteJournal !== undefined && !journals.has(write.deleteJournal)) throw stale();
        if (!write.members) return;
        const { groupId, add, remove } = write.members;
        const rows = membersOf(key, groupId);
        const isMissing = ({ id, type }: DirectoryMember) => resources.get(id)?.type !== type;
        if (add.length > 0 && !resources.has(groupId) && !after) throw stale();
        if (add.some((member) => rows.has(member.id) || isMissing(member))) throw stale();
        if (remove.some(({ id }) => !rows.has(id))) throw stale();
        if (remove.some((member) => !member.isDeleted && isMissing(member))) throw stale();
      }
    },
    async purge(key) {
      const { attached } = partitionOf(key);
      const audit = [...attached].filter(([rowKey]) => rowKey.startsWith('audit-'));
      partitions.delete(`${key.tenantId}|${key.connectionId}`);
      for (const [rowKey, row] of audit) partitionOf(key).attached.set(rowKey, row);
    },
  };
}

function pageOf<T extends { readonly id: string }>(
  sorted: readonly T[],
  { limit, continuation }: PageRequest,
): Page<T> {
  const remaining = sorted.filter(({ id }) => continuation === undefined || id > continuation);
  const items = remaining.slice(0, limit);
  return remaining.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
}
