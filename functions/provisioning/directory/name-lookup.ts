/**
 * Finds a resource by its unique name with one read. A worker keeps which resource had a name last: if
 * that resource still has the name, no other one can have it. Otherwise the index decides.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from '../../concurrency/at-most';
import type { ResourceTypeName } from '../../scim/schema/resource-type';
import type { DirectoryStore } from '../ports';
import {
  uniqueAttributeOf,
  uniqueNameOf,
  type DirectoryKey,
  type StoredResource,
} from './directory';

const maxNames = 20_000;

export class NameLookup {
  private readonly owners = new LRUCache<string, string>(atMost(maxNames));

  constructor(private readonly store: Pick<DirectoryStore, 'get' | 'find'>) {}

  /** At most one. Names are compared without case. */
  async find(
    key: DirectoryKey,
    type: ResourceTypeName,
    name: string,
  ): Promise<readonly StoredResource[]> {
    const subject = [key.tenantId, key.connectionId, type, name.toLowerCase()].join('|');
    const known = this.owners.get(subject);
    const owner = known === undefined ? undefined : await this.store.get(key, type, known);
    if (owner && uniqueNameOf(owner).toLowerCase() === name.toLowerCase()) return [owner];
    const found = await this.store.find(key, type, uniqueAttributeOf(type), name);
    if (found[0]) this.owners.set(subject, found[0].id);
    else this.owners.delete(subject);
    return found;
  }
}
