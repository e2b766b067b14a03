/** Waits between attempts. Jitter spreads requests that were throttled at the same time. */
import { requestedWaitMs } from '../retry-after';

const maxBackoffMs = 20_000;

export class RetryDelay {
  constructor(
    private readonly now: () => number,
    private readonly random: () => number,
  ) {}

  /** At least Retry-After, and at most a tenth more. Without the header an exponential backoff. */
  after(retryAfter: string | undefined, attempt: number): number {
    const requestedMs = this.requested(retryAfter);
    return requestedMs === undefined ? this.backoff(attempt) : this.atLeast(requestedMs);
  }

  atLeast(ms: number): number {
    return Math.floor(ms + (ms / 10) * this.random());
  }

  /** Exponential, with full jitter. */
  backoff(attempt: number): number {
    return Math.floor(Math.min(maxBackoffMs, 1_000 * 2 ** (attempt - 1)) * this.random());
  }

  requested(value: string | undefined): number | undefined {
    return requestedWaitMs(value, this.now());
  }
}
