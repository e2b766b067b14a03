/**
 * One of a kind per key, made when first asked for. Keys come and go with connectors and factories, so when many have
 * gathered, those are dropped that have nothing to remember: a new one would behave the same.
 */
export class KeyedPool<T> {
  private readonly kept = new Map<string, T>();
  private crowdedAt: number;

  constructor(
    private readonly isForgettable: (each: T) => boolean,
    private readonly few = 256,
  ) {
    this.crowdedAt = few;
  }

  get size(): number {
    return this.kept.size;
  }

  getOrCreate(key: string, make: () => T): T {
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    if (this.kept.size >= this.crowdedAt) this.sweep();
    const made = make();
    this.kept.set(key, made);
    return made;
  }

  private sweep(): void {
    for (const [key, each] of this.kept) if (this.isForgettable(each)) this.kept.delete(key);
    // While all are in use, looking through them for every new one would cost more than it frees.
    this.crowdedAt = Math.max(this.few, this.kept.size * 2);
  }
}
