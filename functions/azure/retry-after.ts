/** Reads Retry-After, alike for all services of Azure. */

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
