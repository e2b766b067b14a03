/** Token buckets, as Azure Resource Manager, Resource Graph and Data Factory throttle with. */
import type { Clock } from '../clock';
import { throttled } from './arm-error';

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Limits {
  /** Per principal and subscription. */
  readonly reads: Rate;
  readonly writes: Rate;
  /** Resource Graph queries, per principal. */
  readonly graph: Rate;
  /** Queries of run history, per factory. */
  readonly monitoring: Rate;
}

/** What Azure documents. */
export const azureLimits: Limits = {
  reads: { burst: 250, perSecond: 25 },
  writes: { burst: 200, perSecond: 10 },
  graph: { burst: 15, perSecond: 3 },
  monitoring: { burst: 1_000, perSecond: 1_000 / 60 },
};

/** So wide that only who means to runs into them. */
export const generousLimits: Limits = {
  reads: { burst: 15_000, perSecond: 1_000 },
  writes: { burst: 12_000, perSecond: 1_000 },
  graph: { burst: 500, perSecond: 100 },
  monitoring: { burst: 5_000, perSecond: 500 },
};

export interface Budgets {
  /** Starts anew with full buckets. */
  setLimits(limits: Partial<Limits>): void;
  /** What is left of the principal's budget in the subscription. */
  takeFromSubscription(kind: 'reads' | 'writes', principalId: string, id: string): number;
  takeFromGraph(principalId: string): number;
  takeFromMonitoring(factoryId: string): number;
}

export function createBudgets(clock: Clock, initial: Partial<Limits> = {}): Budgets {
  let limits = { ...generousLimits, ...initial };
  let buckets = new Map<string, Bucket>();

  /** What is left after this one, or how long until there is one again. */
  const take = (key: string, rate: Rate, refuse: (seconds: number) => Error): number => {
    const now = clock.now().getTime();
    const { left, at } = buckets.get(key) ?? { left: rate.burst, at: now };
    const elapsed = Math.max(0, now - at) / 1_000;
    const filled = Math.min(rate.burst, left + elapsed * rate.perSecond);
    const isEmpty = filled < 1;
    buckets.set(key, { left: isEmpty ? filled : filled - 1, at: now });
    if (isEmpty) throw refuse(Math.max(1, Math.ceil((1 - filled) / rate.perSecond)));
    return Math.floor(filled - 1);
  };

  return {
    setLimits(changed) {
      limits = { ...limits, ...changed };
      buckets = new Map();
    },
    takeFromSubscription: (kind, principalId, id) =>
      take(`${kind} ${principalId} ${id}`.toLowerCase(), limits[kind], (seconds) =>
        throttled(
          'SubscriptionRequestsThrottled',
          `Number of '${kind}' requests for subscription '${id}' and principal '${principalId}' exceeded the limit. Please try again after '${seconds}' seconds.`,
          seconds,
        ),
      ),
    takeFromGraph: (principalId) =>
      take(`graph ${principalId}`, limits.graph, (seconds) =>
        throttled('RateLimiting', 'Please provide below info when asking for support.', seconds),
      ),
    takeFromMonitoring: (factoryId) =>
      take(`monitoring ${factoryId}`.toLowerCase(), limits.monitoring, (seconds) =>
        throttled(
          'TooManyPipelineRunQueryRequests',
          'There are too many pipeline run query requests for this factory. Please try again later.',
          seconds,
        ),
      ),
  };
}

interface Bucket {
  readonly left: number;
  /** When it was last looked at, in milliseconds. */
  readonly at: number;
}
