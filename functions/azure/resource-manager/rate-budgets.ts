/**
 * What may be asked of Resource Manager: a bucket of reads and one of writes per connector and subscription, one of
 * run queries per factory, one of Resource Graph. Kept per worker and in memory; other workers and other apps of the
 * same principal show in the headers, and the lower of count and header wins.
 */
import { KeyedPool } from '../../concurrency/keyed-pool';
import { graphQuota, remainingRequests, type BudgetKind, type Header } from './rate-limit-headers';
import { targetOf, type RequestTarget } from './request-target';
import { TokenBucket, type Rate } from './token-bucket';

/** As documented. */
const rates = {
  reads: { capacity: 250, perSecond: 25 },
  writes: { capacity: 200, perSecond: 10 },
  graph: { capacity: 15, perSecond: 3 },
  monitoring: { capacity: 1_000, perSecond: 1_000 / 60 },
} satisfies Record<string, Rate>;

/** A request, as far as budgets are concerned. */
export interface BudgetRequest {
  /** Whose principal asks. */
  readonly owner: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
}

export interface BudgetResponse {
  readonly header: Header;
  /** Of a 429. */
  readonly throttled?: { readonly code: string | undefined; readonly waitMs: number };
}

/** To send one request; whoever has it says what the answer told, if one came. */
export type Permit = (told?: BudgetResponse) => void;

export class RateBudgets {
  private readonly buckets = new KeyedPool<TokenBucket>((bucket) => bucket.isFull(this.now()));
  /** By the last word of their paths, of which there are few. */
  private readonly kindByWord = new Map<string, BudgetKind>();

  constructor(private readonly now: () => number) {}

  /** A permit, or how long to wait before asking for it again. */
  take(asked: BudgetRequest): Permit | number {
    const now = this.now();
    const target = targetOf(asked.url);
    const own = this.bucketOf(asked, target, this.kindOf(asked, target));
    const factory = target.factory && this.bucket('monitoring', target.factory);
    const buckets = factory ? [own, factory] : [own];
    const wait = Math.max(...buckets.map((bucket) => bucket.waitMs(now, target.lowPriority)));
    if (wait > 0) return wait;
    for (const bucket of buckets) bucket.take();
    return (told) => {
      const then = this.now();
      for (const bucket of buckets) bucket.onComplete();
      if (!told) return;
      const { header, throttled } = told;
      const left = this.correctFromHeaders(asked, target, header);
      if (!throttled) {
        for (const bucket of buckets) bucket.onSuccess(then);
        return;
      }
      // With something left it was not Resource Manager that refused but the service behind it.
      const isFactorys = left > 0 || throttled.code?.startsWith('TooManyPipelineRun');
      // A query may have counted as what we did not take it for; those that follow draw where this one was refused.
      const named = this.bucketOf(asked, target, this.kindOf(asked, target));
      (factory && isFactorys ? factory : named).onThrottled(then + throttled.waitMs, then);
    };
  }

  /** Gives what is left at least, 0 when that was not said. */
  private correctFromHeaders(asked: BudgetRequest, target: RequestTarget, header: Header): number {
    const now = this.now();
    if (target.scope === 'graph') {
      const quota = graphQuota(header);
      const bucket = this.bucket('graph', asked.owner);
      if (quota) bucket.correct(quota.remaining, now);
      if (quota?.remaining === 0) bucket.pauseUntil(now + quota.resetMs);
      return quota?.remaining ?? 0;
    }
    const told = remainingRequests(header, target.scope);
    for (const [kind, left] of told) this.bucketOf(asked, target, kind).correct(left, now);
    const [first, second] = told;
    if (asked.method === 'POST' && first && !second) this.kindByWord.set(target.word, first[0]);
    return told.length === 0 ? 0 : Math.min(...told.map(([, left]) => left));
  }

  /** Queries are sent with POST and may count as either. Until an answer tells, the smaller budget is spared. */
  private kindOf({ method }: BudgetRequest, { word }: RequestTarget): BudgetKind {
    return method === 'GET' ? 'reads' : (this.kindByWord.get(word) ?? 'writes');
  }

  private bucketOf({ owner }: BudgetRequest, { scope, subscription }: RequestTarget, kind: BudgetKind) {
    return scope === 'graph'
      ? this.bucket('graph', owner)
      : this.bucket(kind, `${owner} ${subscription ?? ''}`);
  }

  private bucket(kind: keyof typeof rates, of: string): TokenBucket {
    return this.buckets.getOrCreate(
      `${kind} ${of}`,
      () => new TokenBucket(rates[kind], this.now()),
    );
  }
}
