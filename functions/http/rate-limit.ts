/** Fixed windows per subject, and what a caller is told of them (draft-ietf-httpapi-ratelimit-headers-10). */
import { ThrottledError } from '../errors/app-error';
import { rateLimits, type RateLimit, type RateLimitName } from './rate-limits';
import type { RateLimitStore } from './ports';

/** How a subject stands after its request was counted. */
export interface RateLimitState {
  readonly name: RateLimitName;
  readonly remaining: number;
  readonly resetInSeconds: number;
  readonly exceeded: boolean;
}

export class RateLimiter {
  /** Of each limit only the current window is kept, so the memory is bounded by its callers. */
  private readonly here = new Map<RateLimitName, { window: number; counts: Map<string, number> }>();

  constructor(
    private readonly counters: RateLimitStore,
    private readonly now: () => Date,
  ) {}

  async consume(name: RateLimitName, tenantId: string, subject: string): Promise<RateLimitState> {
    const { quota, windowInSeconds, counted }: RateLimit = rateLimits[name];
    const seconds = this.now().getTime() / 1_000;
    const window = Math.floor(seconds / windowInSeconds);
    const end = (window + 1) * windowInSeconds;
    const count = { tenantId, limit: name, subject, window, windowEndsAt: new Date(end * 1_000) };
    const used =
      counted === 'by worker'
        ? this.addHere(name, window, `${tenantId}/${subject}`)
        : await this.counters.increment(count, quota);
    return {
      name,
      remaining: Math.max(0, quota - used),
      resetInSeconds: Math.ceil(end - seconds),
      exceeded: used > quota,
    };
  }

  deleteExpired(): Promise<void> {
    return this.counters.deleteExpired(this.now());
  }

  private addHere(name: RateLimitName, window: number, key: string): number {
    const known = this.here.get(name);
    const current = known?.window === window ? known : { window, counts: new Map() };
    const used = (current.counts.get(key) ?? 0) + 1;
    current.counts.set(key, used);
    this.here.set(name, current);
    return used;
  }
}

/** Throws ThrottledError when more was asked for than is allowed. */
export function assertWithinLimit({ name, exceeded, resetInSeconds }: RateLimitState): void {
  if (!exceeded) return;
  const { quota, windowInSeconds } = rateLimits[name];
  throw new ThrottledError(
    'rate_limited',
    `At most ${quota} ${name} are allowed in ${windowInSeconds} seconds.`,
    resetInSeconds,
  );
}

export function rateLimitHeaders(standings: readonly RateLimitState[]): Record<string, string> {
  if (standings.length === 0) return {};
  const list = (say: (standing: RateLimitState) => string) => standings.map(say).join(', ');
  return {
    'RateLimit-Policy': list(({ name }) => {
      const { quota, windowInSeconds } = rateLimits[name];
      return `"${name}";q=${quota};w=${windowInSeconds}`;
    }),
    RateLimit: list(
      ({ name, remaining, resetInSeconds }) => `"${name}";r=${remaining};t=${resetInSeconds}`,
    ),
  };
}
