/** Fixed windows per subject, and what a caller is told of them (draft-ietf-httpapi-ratelimit-headers-10). */
import { ThrottledError } from '../errors/app-error';
import { limits, type Limit, type LimitName } from './rate-limits';
import type { RateLimitStore } from './ports';

/** How a subject stands after its request was counted. */
export interface Standing {
  readonly name: LimitName;
  readonly remaining: number;
  readonly resetInSeconds: number;
  readonly exceeded: boolean;
}

export class RateLimiter {
  /** Of each limit only the current window is kept, so the memory is bounded by its callers. */
  private readonly here = new Map<LimitName, { window: number; counts: Map<string, number> }>();

  constructor(
    private readonly counters: RateLimitStore,
    private readonly now: () => Date,
  ) {}

  async take(name: LimitName, tenantId: string, subject: string): Promise<Standing> {
    const { quota, windowInSeconds, counted }: Limit = limits[name];
    const seconds = this.now().getTime() / 1_000;
    const window = Math.floor(seconds / windowInSeconds);
    const end = (window + 1) * windowInSeconds;
    const count = { tenantId, limit: name, subject, window, windowEndsAt: new Date(end * 1_000) };
    const used =
      counted === 'by worker'
        ? this.addHere(name, window, `${tenantId}/${subject}`)
        : await this.counters.add(count, quota);
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

  private addHere(name: LimitName, window: number, key: string): number {
    const known = this.here.get(name);
    const current = known?.window === window ? known : { window, counts: new Map() };
    const used = (current.counts.get(key) ?? 0) + 1;
    current.counts.set(key, used);
    this.here.set(name, current);
    return used;
  }
}

/** Throws ThrottledError when more was asked for than is allowed. */
export function expectWithin({ name, exceeded, resetInSeconds }: Standing): void {
  if (!exceeded) return;
  const { quota, windowInSeconds } = limits[name];
  throw new ThrottledError(
    'rate_limited',
    `At most ${quota} ${name} are allowed in ${windowInSeconds} seconds.`,
    resetInSeconds,
  );
}

export function rateLimitHeaders(standings: readonly Standing[]): Record<string, string> {
  if (standings.length === 0) return {};
  const list = (say: (standing: Standing) => string) => standings.map(say).join(', ');
  return {
    'RateLimit-Policy': list(({ name }) => {
      const { quota, windowInSeconds } = limits[name];
      return `"${name}";q=${quota};w=${windowInSeconds}`;
    }),
    RateLimit: list(
      ({ name, remaining, resetInSeconds }) => `"${name}";r=${remaining};t=${resetInSeconds}`,
    ),
  };
}
