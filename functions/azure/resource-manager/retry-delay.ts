/** Waits between attempts. Jitter spreads requests that were throttled at the same time. */
const maxBackoffMs = 20_000;
/** No service of Azure asks for more. A longer wait is an error, and would stop a connection for good. */
const maxRequestedMs = 24 * 3_600_000;

/**
 * Milliseconds until Retry-After, which is in seconds or a date (RFC 9110 section 10.2.3), at most a
 * day. Undefined if it cannot be read.
 */
export function requestedWaitMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(maxRequestedMs, Math.max(0, ms));
}

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
