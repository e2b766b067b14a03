/**
 * Bounded caches for values that may be a little old. Calls in flight are shared; errors are not
 * cached.
 */
import { LRUCache } from 'lru-cache';
import { atMost } from './at-most';

export class TtlCache<T> {
  private readonly entries: LRUCache<string, Promise<T>>;
  private lastTime = 0;

  /** Holds at most `maxEntries` values and evicts the least recently used. */
  constructor(
    ttlMs: number,
    maxEntries: number,
    private readonly now: () => Date,
  ) {
    this.entries = new LRUCache({
      ...atMost(maxEntries),
      // lru-cache keeps an entry until its age exceeds the TTL; ours ends when the age reaches it.
      ttl: ttlMs - 1,
      ttlResolution: 0,
      perf: { now: () => now().getTime() },
    });
  }

  get size(): number {
    return this.entries.size;
  }

  /** The cached value, or the result of `load`, which concurrent callers of the same key share. */
  getOrLoad(key: string, load: () => Promise<T>): Promise<T> {
    // A clock that was set back would keep old entries alive.
    const time = this.now().getTime();
    if (time < this.lastTime) this.entries.clear();
    this.lastTime = time;
    const cached = this.entries.get(key);
    if (cached) return cached;
    const value = load();
    this.entries.set(key, value);
    value.catch(() => {
      if (this.entries.peek(key) === value) this.entries.delete(key);
    });
    return value;
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
