/**
 * Rate budgets of Resource Manager: token buckets for reads and for writes per connector and
 * subscription, for run queries per factory, and for Resource Graph per connector. They are in the
 * memory of one worker. Requests of other workers and apps of the same principal are visible in
 * response headers; the lower of count and header wins.
 */
import { KeyedPool } from '../../concurrency/keyed-pool';
import { graphQuota, remainingRequests, type BudgetKind, type Header } from './rate-limit-headers';
import { targetOf, type RequestTarget } from './request-target';
import { TokenBucket, type Rate } from './token-bucket';

/** Azure's documented limits. */
const rates = {
  reads: { capacity: 250, perSecond: 25 },
  writes: { capacity: 200, perSecond: 10 },
  graph: { capacity: 15, perSecond: 3 },
  monitoring: { capacity: 1_000, perSecond: 1_000 / 60 },
} satisfies Record<string, Rate>;

export interface BudgetRequest {
  /** Connector whose principal sends the request. */
  readonly owner: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
}

export interface BudgetResponse {
  readonly header: Header;
  /** Present for a 429. */
  readonly throttled?: { readonly code: string | undefined; readonly waitMs: number };
}

/**
 * Permission to send one request. Call it when the request ends, without a value if there was no
 * response.
 */
export type Permit = (response?: BudgetResponse) => void;

export class RateBudgets {
  private readonly buckets = new KeyedPool<TokenBucket>((bucket) => bucket.isFull(this.now()));
  /** Budget of POST requests by the last segment of their paths, of which there are few. */
  private readonly kindBySegment = new Map<string, BudgetKind>();

  constructor(private readonly now: () => number) {}

  /** Returns a permit, or the milliseconds to wait before the next call. */
  take(request: BudgetRequest): Permit | number {
    const now = this.now();
    const target = targetOf(request.url);
    const own = this.bucketOf(request, target, this.kindOf(request, target));
    const factory = target.factory && this.bucket('monitoring', target.factory);
    const buckets = factory ? [own, factory] : [own];
    const wait = Math.max(...buckets.map((bucket) => bucket.waitMs(now, target.lowPriority)));
    if (wait > 0) return wait;
    for (const bucket of buckets) bucket.take();
    return (response) => {
      const then = this.now();
      for (const bucket of buckets) bucket.onComplete();
      if (!response) return;
      const { header, throttled } = response;
      const remaining = this.correctFromHeaders(request, target, header);
      if (!throttled) {
        for (const bucket of buckets) bucket.onSuccess(then);
        return;
      }
      // If requests remain, Data Factory throttled the request and not Resource Manager.
      const byFactory = remaining > 0 || throttled.code?.startsWith('TooManyPipelineRun');
      // Azure may have counted the query against the other budget than the one it was taken from.
      const counted = this.bucketOf(request, target, this.kindOf(request, target));
      (factory && byFactory ? factory : counted).onThrottled(then + throttled.waitMs, then);
    };
  }

  /** Returns the smallest number of remaining requests. 0 if there is no such header. */
  private correctFromHeaders(
    request: BudgetRequest,
    target: RequestTarget,
    header: Header,
  ): number {
    const now = this.now();
    if (target.scope === 'graph') {
      const quota = graphQuota(header);
      const bucket = this.bucket('graph', request.owner);
      if (quota) bucket.correct(quota.remaining, now);
      if (quota?.remaining === 0) bucket.pauseUntil(now + quota.resetMs);
      return quota?.remaining ?? 0;
    }
    const counts = remainingRequests(header, target.scope);
    for (const [kind, remaining] of counts)
      this.bucketOf(request, target, kind).correct(remaining, now);
    const [first, second] = counts;
    if (request.method === 'POST' && first && !second)
      this.kindBySegment.set(target.lastSegment, first[0]);
    return counts.length === 0 ? 0 : Math.min(...counts.map(([, remaining]) => remaining));
  }

  /**
   * A POST query counts as a read or a write. Until a response says which, the query
   * takes from the smaller budget.
   */
  private kindOf({ method }: BudgetRequest, { lastSegment }: RequestTarget): BudgetKind {
    return method === 'GET' ? 'reads' : (this.kindBySegment.get(lastSegment) ?? 'writes');
  }

  private bucketOf(
    { owner }: BudgetRequest,
    { scope, subscription }: RequestTarget,
    kind: BudgetKind,
  ) {
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
