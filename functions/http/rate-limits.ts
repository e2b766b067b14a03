/**
 * Request quotas per caller and per connector. Each worker counts reads on its own, because a count
 * in storage costs as much as the read. Writes and credential attempts are counted in a table that
 * all workers share. One more worker therefore allows more reads, but no more credential attempts.
 */
export interface RateLimit {
  readonly quota: number;
  readonly windowSeconds: number;
  /** Where requests are counted: per worker in memory, or for all workers in a table. */
  readonly scope: 'worker' | 'table';
}

export const rateLimits = {
  /** `reads` and `writes` count per caller. */
  reads: { quota: 1_200, windowSeconds: 60, scope: 'worker' },
  writes: { quota: 600, windowSeconds: 60, scope: 'table' },
  /**
   * Per connector. Passwords have a stricter sliding limit in
   * credentials/password-sign-in-service.ts.
   */
  credentials: { quota: 60, windowSeconds: 3_600, scope: 'table' },
} as const satisfies Record<string, RateLimit>;

export type RateLimitName = keyof typeof rateLimits;
