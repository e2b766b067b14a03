/**
 * Groups as users show them in `groups`. Workers keep the names of groups for two seconds, because
 * every read of a user needs them; a change by the same worker counts at once.
 */
import { TtlCache } from '../../concurrency/ttl-cache';
import type { Reference } from '../../scim/resource';
import type { DirectoryStore } from '../ports';
import { uniqueNameOf, type DirectoryKey } from './directory';

const cachedMs = 2_000;
const maxGroups = 20_000;

type Found = ReadonlyMap<string, Reference>;

export class GroupReferences {
  private readonly references: TtlCache<Reference | undefined>;

  constructor(
    private readonly store: Pick<DirectoryStore, 'getMany'>,
    now: () => Date,
  ) {
    this.references = new TtlCache(cachedMs, maxGroups, now);
  }

  /** By id. A group that was deleted is left out. */
  async get(key: DirectoryKey, groupIds: readonly string[]): Promise<Found> {
    const missing: string[] = [];
    let load!: (found: Promise<Found>) => void;
    const loaded = new Promise<Found>((resolve) => (load = resolve));
    const pending = groupIds.map((id) =>
      this.references.getOrLoad(nameOf(key, id), async () => {
        missing.push(id);
        return (await loaded).get(id);
      }),
    );
    load(this.read(key, missing));
    const found = await Promise.all(pending);
    return new Map(
      found.flatMap((reference) => (reference ? [[reference.id, reference] as const] : [])),
    );
  }

  forget(key: DirectoryKey, groupId: string): void {
    this.references.delete(nameOf(key, groupId));
  }

  private async read(key: DirectoryKey, ids: readonly string[]): Promise<Found> {
    if (ids.length === 0) return new Map();
    const groups = await this.store.getMany(key, 'Group', ids);
    return new Map(
      groups.map((group) => [
        group.id,
        { id: group.id, type: 'Group', display: uniqueNameOf(group) },
      ]),
    );
  }
}

const nameOf = ({ tenantId, connectionId }: DirectoryKey, id: string) =>
  `${tenantId}|${connectionId}|${id}`;
