/**
 * Our limit of writes of role assignments, per tenant and subscription: well below the documented
 * limits of Resource Manager, because the authorization provider has been seen to allow less. Grants
 * leave a share of it to revocations.
 */
import { KeyedPool } from '../../../concurrency/keyed-pool';
import { TokenBucket, type Rate } from '../token-bucket';

export class WriteBudgets {
  private readonly buckets: KeyedPool<TokenBucket>;

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number,
  ) {
    this.buckets = new KeyedPool((bucket) => bucket.isFull(this.now()));
  }

  /** Wait before the next call, or 0 after taking a token. */
  take(key: string, urgent: boolean): number {
    const bucket = this.bucketOf(key);
    const waitMs = bucket.waitMs(this.now(), !urgent);
    if (waitMs === 0) bucket.take();
    return waitMs;
  }

  /** The request ended. `throttledMs` is the wait that a 429 asked for. */
  complete(key: string, throttledMs?: number): void {
    const bucket = this.bucketOf(key);
    bucket.onComplete();
    const now = this.now();
    if (throttledMs === undefined) bucket.onSuccess(now);
    else bucket.onThrottled(now + throttledMs, now);
  }

  private bucketOf(key: string): TokenBucket {
    return this.buckets.getOrCreate(key, () => new TokenBucket(this.rate, this.now()));
  }
}
