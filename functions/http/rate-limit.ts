/**
 * Fixed-window rate limits and their response headers (draft-ietf-httpapi-ratelimit-headers-10).
 */
import { ThrottledError } from '../errors/app-error';
import type { RateLimitStore } from './ports';
import { rateLimits, type RateLimit, type RateLimitName } from './rate-limits';

/** State of a subject's window after its request was counted. */
export interface RateLimitState {
  readonly name: RateLimitName;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

interface WorkerWindow {
  readonly window: number;
  readonly counts: Map<string, number>;
}

export class RateLimiter {
  /** Holds only the current window of each limit, so memory is bounded by the number of callers. */
  private readonly workerWindows = new Map<RateLimitName, WorkerWindow>();

  constructor(
    private readonly store: RateLimitStore,
    private readonly now: () => Date,
  ) {}

  /**
   * Counts one request of the subject and returns the state of its window. Only limits that a worker
   * counts itself take a cost: the table counts requests.
   */
  async consume(
    name: RateLimitName,
    tenantId: string,
    subject: string,
    cost = 1,
  ): Promise<RateLimitState> {
    const { quota, windowSeconds, scope }: RateLimit = rateLimits[name];
    const seconds = this.now().getTime() / 1_000;
    const window = Math.floor(seconds / windowSeconds);
    const end = (window + 1) * windowSeconds;
    const key = { tenantId, limit: name, subject, window, windowEndsAt: new Date(end * 1_000) };
    const used =
      scope === 'worker'
        ? this.addInWorker(name, window, `${tenantId}/${subject}`, cost)
        : await this.store.increment(key, quota);
    return {
      name,
      remaining: Math.max(0, quota - used),
      resetSeconds: Math.ceil(end - seconds),
      exceeded: used > quota,
    };
  }

  /** For a service that knows only late whether a request counts. Throws ThrottledError. */
  async consumeOrThrow(name: RateLimitName, tenantId: string, subject: string): Promise<void> {
    assertWithinLimit(await this.consume(name, tenantId, subject));
  }

  deleteExpired(): AsyncIterable<string> {
    return this.store.deleteExpired(this.now());
  }

  private addInWorker(name: RateLimitName, window: number, key: string, cost: number): number {
    const known = this.workerWindows.get(name);
    const current = known?.window === window ? known : { window, counts: new Map() };
    const used = (current.counts.get(key) ?? 0) + cost;
    current.counts.set(key, used);
    this.workerWindows.set(name, current);
    return used;
  }
}

/** Throws ThrottledError when the quota is exceeded. */
export function assertWithinLimit({ name, exceeded, resetSeconds }: RateLimitState): void {
  if (!exceeded) return;
  const { quota, windowSeconds } = rateLimits[name];
  throw new ThrottledError(
    'rate_limited',
    `The rate limit ${name} of ${quota} requests in ${windowSeconds} seconds is exceeded. Retry after the window ends.`,
    resetSeconds,
  );
}

export function rateLimitHeaders(states: readonly RateLimitState[]): Record<string, string> {
  if (states.length === 0) return {};
  const list = (format: (state: RateLimitState) => string) => states.map(format).join(', ');
  return {
    'RateLimit-Policy': list(({ name }) => {
      const { quota, windowSeconds } = rateLimits[name];
      return `"${name}";q=${quota};w=${windowSeconds}`;
    }),
    RateLimit: list(
      ({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`,
    ),
  };
}
