/**
 * Ids of all resources of a type, for totals and pages of lists. A worker keeps them and reads only what
 * was created since; a deletion changes a mark, and then all are read again.
 */
import { LRUCache } from 'lru-cache';
import type { ResourceTypeName } from '../../scim/schema/resource-type';
import { firstUlid, timeOf } from '../../storage/ulid';
import type { DirectoryStore } from '../ports';
import type { DirectoryKey } from './directory';

/**
 * An id is made before its resource is stored, by the clock of any worker: longer than a request takes
 * and clocks differ.
 */
const overlapMs = 60_000;
/** A worker of an earlier version may run for a while after a deployment, and leaves no mark. */
const maxAgeMs = 60_000;
const maxIds = 500_000;

interface Known {
  readonly ids: readonly string[];
  readonly deletions: string | undefined;
  readonly readAt: number;
}

export class ResourceIds {
  private readonly known = new LRUCache<string, Known>({
    maxSize: maxIds,
    sizeCalculation: ({ ids }) => ids.length + 1,
  });

  constructor(
    private readonly store: Pick<DirectoryStore, 'listIds' | 'getDeletions'>,
    private readonly now: () => Date,
  ) {}

  /** In the order of creation. */
  async list(key: DirectoryKey, type: ResourceTypeName): Promise<readonly string[]> {
    const subject = [key.tenantId, key.connectionId, type].join('|');
    const known = this.known.get(subject);
    const age = this.now().getTime() - (known?.readAt ?? -Infinity);
    const after = known && age >= 0 && age < maxAgeMs ? overlapOf(known.ids) : undefined;
    const [deletions, added] = await Promise.all([
      this.store.getDeletions(key, type),
      after === undefined ? undefined : this.store.listIds(key, type, after),
    ]);
    const isCurrent = known && added && known.deletions === deletions;
    // Read after the mark: what is deleted meanwhile changes the mark again.
    const ids = isCurrent
      ? [...known.ids.filter((id) => id <= after!), ...added]
      : await this.store.listIds(key, type);
    const readAt = isCurrent ? known.readAt : this.now().getTime();
    this.known.set(subject, { ids, deletions, readAt });
    return ids;
  }
}

/** Ids up to this one are known for certain. Undefined if there is none. */
function overlapOf(ids: readonly string[]): string | undefined {
  const last = ids.at(-1);
  return last === undefined ? undefined : firstUlid(new Date(timeOf(last).getTime() - overlapMs));
}
