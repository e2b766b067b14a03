/**
 * Groups of users that this worker has read. An etag of a user names a state of its groups as well, so
 * an entry is never outdated: another etag is another entry.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from '../../concurrency/at-most';
import type { DirectoryKey, StoredResource } from './directory';

const maxUsers = 20_000;

export class GroupIdCache {
  private readonly entries = new LRUCache<string, readonly string[]>(atMost(maxUsers));

  get(key: DirectoryKey, user: StoredResource): readonly string[] | undefined {
    return this.entries.get(nameOf(key, user));
  }

  set(key: DirectoryKey, user: StoredResource, groupIds: readonly string[]): void {
    this.entries.set(nameOf(key, user), groupIds);
  }

  /** After a change of the attributes: its transaction requires that the groups stayed the same. */
  carryOver(key: DirectoryKey, before: StoredResource, after: StoredResource): void {
    const groupIds = this.get(key, before);
    if (groupIds) this.set(key, after, groupIds);
  }
}

/** Without the ids of writes, which a stored etag has as well. */
const nameOf = ({ tenantId, connectionId }: DirectoryKey, { id, etag }: StoredResource) =>
  `${tenantId}|${connectionId}|${id}|${etag.split(' ')[0]}`;
