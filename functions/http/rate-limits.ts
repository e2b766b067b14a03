/**
 * How much one caller, or one connector, may ask for. Reads are counted by each worker for itself, because a count in
 * storage would cost as much as the read; what changes something, or tries a credential, is counted in a table that
 * all workers share. A worker more therefore allows more reads, and never one more attempt at a credential.
 */
export interface RateLimit {
  readonly quota: number;
  readonly windowInSeconds: number;
  readonly counted: 'by worker' | 'in table';
}

export const rateLimits = {
  /** Per caller. */
  reads: { quota: 1_200, windowInSeconds: 60, counted: 'by worker' },
  writes: { quota: 600, windowInSeconds: 60, counted: 'in table' },
  /** Per connector. Passwords are rarer still: connectors/password-service.ts counts those by the hour that slides. */
  credentials: { quota: 60, windowInSeconds: 3_600, counted: 'in table' },
} as const satisfies Record<string, RateLimit>;

export type RateLimitName = keyof typeof rateLimits;
