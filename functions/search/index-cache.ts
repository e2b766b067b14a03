/** Indexes of factories that a worker keeps, bounded by the number of entries in all of them. */
import { LRUCache } from 'lru-cache';
import type { FactoryIndex } from './factory-index';

interface Cached {
  readonly version: string;
  readonly index: FactoryIndex;
}

export class IndexCache {
  private readonly cached: LRUCache<string, Cached>;
  private readonly loading = new Map<string, Promise<FactoryIndex>>();

  constructor(maxEntries: number) {
    this.cached = new LRUCache({
      maxSize: maxEntries,
      // An empty factory has a size, too.
      sizeCalculation: ({ index }) => index.size + 1,
    });
  }

  /** The index of this version. Concurrent callers share one load; a failure is not kept. */
  async getOrLoad(
    key: string,
    version: string,
    load: () => Promise<FactoryIndex>,
  ): Promise<FactoryIndex> {
    const cached = this.cached.get(key);
    if (cached?.version === version) return cached.index;
    const loadKey = `${key}|${version}`;
    const running = this.loading.get(loadKey);
    if (running) return running;
    const loaded = load()
      .then((index) => {
        this.cached.set(key, { version, index });
        return index;
      })
      .finally(() => this.loading.delete(loadKey));
    this.loading.set(loadKey, loaded);
    return loaded;
  }
}
