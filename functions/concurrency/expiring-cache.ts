/** Bounded cache of values that each have an expiry of their own. */
import { LRUCache } from 'lru-cache';
import { atMost } from './at-most';

export class ExpiringCache<T extends object> {
  private readonly entries: LRUCache<string, T>;

  /** Holds at most `maxEntries` values and evicts the least recently used. */
  constructor(
    maxEntries: number,
    private readonly now: () => Date,
  ) {
    this.entries = new LRUCache({
      ...atMost(maxEntries),
      ttlResolution: 0,
      perf: { now: () => now().getTime() },
    });
  }

  /** Undefined from `expiresAt` on. */
  get(key: string): T | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: T, expiresAt: Date): void {
    // lru-cache keeps an entry until its age exceeds the TTL; ours ends when the age reaches it.
    const ttl = expiresAt.getTime() - this.now().getTime() - 1;
    // A TTL of 0 would mean no expiry.
    if (ttl > 0) this.entries.set(key, value, { ttl });
    else this.entries.delete(key);
  }
}
