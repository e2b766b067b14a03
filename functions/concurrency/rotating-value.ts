/**
 * A value that an operator may replace while several workers use it. Each worker keeps the value for
 * a while and takes the new one at the first refusal; the value before it stays valid here, because
 * other workers may still use it.
 */
import { TtlCache } from './ttl-cache';

const keptMs = 15 * 60_000;
/** A caller who sends wrong proofs must not cause a load for each of them. */
const reloadPauseMs = 10_000;

export class RotatingValue<T> {
  private readonly cache: TtlCache<T>;
  private latest: T | undefined;
  private previous: T | undefined;
  private reloadedAtMs = -Infinity;

  constructor(
    private readonly load: () => Promise<T>,
    private readonly isSame: (one: T, other: T) => boolean,
    private readonly now: () => Date,
  ) {
    this.cache = new TtlCache(keptMs, 1, now);
  }

  async get(): Promise<T> {
    const value = await this.cache.getOrLoad('value', this.load);
    if (this.latest !== undefined && !this.isSame(this.latest, value)) this.previous = this.latest;
    this.latest = value;
    return value;
  }

  /** Whether the current value or the one before it passes. Loads it again if neither does. */
  async accepts(passes: (value: T) => boolean): Promise<boolean> {
    if (passes(await this.get()) || this.previousPasses(passes)) return true;
    const nowMs = this.now().getTime();
    if (nowMs - this.reloadedAtMs < reloadPauseMs) return false;
    this.reloadedAtMs = nowMs;
    this.cache.delete('value');
    return passes(await this.get());
  }

  private previousPasses(passes: (value: T) => boolean): boolean {
    return this.previous !== undefined && passes(this.previous);
  }
}
