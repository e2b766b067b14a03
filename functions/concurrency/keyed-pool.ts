/**
 * Pool of one instance per key, created at its first use. When the pool has grown, instances that
 * are idle are dropped: a new instance would behave the same.
 */
export class KeyedPool<T> {
  private readonly instances = new Map<string, T>();
  private sweepAt: number;

  constructor(
    private readonly isIdle: (instance: T) => boolean,
    private readonly minSweepSize = 256,
  ) {
    this.sweepAt = minSweepSize;
  }

  get size(): number {
    return this.instances.size;
  }

  getOrCreate(key: string, create: () => T): T {
    const existing = this.instances.get(key);
    if (existing !== undefined) return existing;
    if (this.instances.size >= this.sweepAt) this.sweep();
    const created = create();
    this.instances.set(key, created);
    return created;
  }

  private sweep(): void {
    for (const [key, instance] of this.instances)
      if (this.isIdle(instance)) this.instances.delete(key);
    // Doubling the limit keeps the cost of sweeps low while most instances are in use.
    this.sweepAt = Math.max(this.minSweepSize, this.instances.size * 2);
  }
}
