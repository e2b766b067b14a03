/** Token buckets with the limits of Azure Resource Manager, Resource Graph and Data Factory. */
import { z } from 'zod';
import type { Clock } from '../emulator/clock';
import { throttled } from './arm-error';

const rate = z.strictObject({ burst: z.int().positive(), perSecond: z.number().positive() });
type Rate = Readonly<z.infer<typeof rate>>;

export const limits = z.strictObject({
  /** Per principal and subscription, and per principal for requests above subscriptions. */
  reads: rate,
  writes: rate,
  /** Resource Graph queries, per principal. */
  graph: rate,
  /** Queries of run history, per factory. */
  monitoring: rate,
});
export type Limits = Readonly<z.infer<typeof limits>>;

/** The limits that Azure documents. */
export const azureLimits: Limits = {
  reads: { burst: 250, perSecond: 25 },
  writes: { burst: 200, perSecond: 10 },
  graph: { burst: 15, perSecond: 3 },
  monitoring: { burst: 1_000, perSecond: 1_000 / 60 },
};

/** Wide limits, so that tests reach a limit only on purpose. */
const generousLimits: Limits = {
  reads: { burst: 15_000, perSecond: 1_000 },
  writes: { burst: 12_000, perSecond: 1_000 },
  graph: { burst: 500, perSecond: 100 },
  monitoring: { burst: 5_000, perSecond: 500 },
};

export interface TokenBuckets {
  limits(): Limits;
  /** Refills all buckets. Without limits, restores the initial ones. */
  setLimits(limits?: Partial<Limits>): void;
  /** Returns the remaining requests. Throws a 429 error if the bucket is empty. */
  takeFromSubscription(kind: 'reads' | 'writes', principalId: string, id: string): number;
  takeFromTenant(kind: 'reads' | 'writes', principalId: string): number;
  takeFromGraph(principalId: string): Quota;
  takeFromMonitoring(factoryId: string): number;
}

export interface Quota {
  readonly remaining: number;
  /** Time until the bucket is full. */
  readonly resetsAfterSeconds: number;
}

export function createTokenBuckets(clock: Clock, initial: Partial<Limits> = {}): TokenBuckets {
  const defaults = { ...generousLimits, ...initial };
  let limits: Limits = defaults;
  let buckets = new Map<string, Bucket>();

  /** Returns the remaining tokens. Throws if the bucket is empty. */
  const takeToken = (key: string, rate: Rate, throttle: (seconds: number) => Error): number => {
    const now = clock.now().getTime();
    const { remaining, at } = buckets.get(key) ?? { remaining: rate.burst, at: now };
    const elapsed = Math.max(0, now - at) / 1_000;
    const filled = Math.min(rate.burst, remaining + elapsed * rate.perSecond);
    const isEmpty = filled < 1;
    buckets.set(key, { remaining: isEmpty ? filled : filled - 1, at: now });
    if (isEmpty) throw throttle(Math.max(1, Math.ceil((1 - filled) / rate.perSecond)));
    return Math.floor(filled - 1);
  };

  return {
    limits: () => limits,
    setLimits(changed) {
      limits = changed ? { ...limits, ...changed } : defaults;
      buckets = new Map();
    },
    takeFromSubscription: (kind, principalId, id) =>
      takeToken(`${kind} ${principalId} ${id}`.toLowerCase(), limits[kind], (seconds) =>
        throttled(
          'SubscriptionRequestsThrottled',
          `Number of '${kind}' requests for subscription '${id}' and principal '${principalId}' exceeded the limit. Please try again after '${seconds}' seconds.`,
          seconds,
        ),
      ),
    takeFromTenant: (kind, principalId) =>
      takeToken(`tenant ${kind} ${principalId}`, limits[kind], (seconds) =>
        throttled(
          'TenantRequestsThrottled',
          `Number of '${kind}' requests for the tenant and principal '${principalId}' exceeded the limit. Please try again after '${seconds}' seconds.`,
          seconds,
        ),
      ),
    takeFromGraph(principalId) {
      const { burst, perSecond } = limits.graph;
      const remaining = takeToken(`graph ${principalId}`, limits.graph, (seconds) =>
        throttled('RateLimiting', 'Please provide below info when asking for support.', seconds),
      );
      return { remaining, resetsAfterSeconds: Math.ceil((burst - remaining) / perSecond) };
    },
    takeFromMonitoring: (factoryId) =>
      takeToken(`monitoring ${factoryId}`.toLowerCase(), limits.monitoring, (seconds) =>
        throttled(
          'TooManyPipelineRunQueryRequests',
          'There are too many pipeline run query requests for this factory. Please try again later.',
          seconds,
        ),
      ),
  };
}

interface Bucket {
  readonly remaining: number;
  /** Unix time of the last request, in milliseconds. */
  readonly at: number;
}
