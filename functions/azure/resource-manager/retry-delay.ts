/** How long to wait before another try. Jitter keeps those who were refused together from coming back together. */
const maxBackoffMs = 20_000;

export class RetryDelay {
  constructor(
    private readonly now: () => number,
    private readonly random: () => number,
  ) {}

  /** Retry-After is never undercut, and exceeded by a tenth at most. */
  after(retryAfter: string | undefined, attempt: number): number {
    const asked = this.parseRetryAfter(retryAfter);
    return asked === undefined ? this.backoff(attempt) : this.atLeast(asked);
  }

  atLeast(ms: number): number {
    return Math.floor(ms + (ms / 10) * this.random());
  }

  /** Doubling, with full jitter. */
  backoff(attempt: number): number {
    return Math.floor(Math.min(maxBackoffMs, 1_000 * 2 ** (attempt - 1)) * this.random());
  }

  /** RFC 9110 §10.2.3: seconds or a date. */
  private parseRetryAfter(given: string | undefined): number | undefined {
    if (given === undefined) return undefined;
    const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - this.now();
    return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
  }
}
