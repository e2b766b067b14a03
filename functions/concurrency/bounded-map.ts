/** A map of bounded size. Evicts the entry that was used least recently. */
import { LRUCache } from 'lru-cache';
import { atMost } from './at-most';

export class BoundedMap<T extends NonNullable<unknown>> {
  private readonly entries: LRUCache<string, T>;

  constructor(maxEntries: number) {
    this.entries = new LRUCache(atMost(maxEntries));
  }

  get(key: string): T | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: T): void {
    this.entries.set(key, value);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
