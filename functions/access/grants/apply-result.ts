/** How an attempt to bring a user or group to what is wanted ended. */
import type { PendingPrincipal } from '../principals/principal';

/** `problem` is absent if everything is as wanted. */
export interface ApplyResult {
  readonly problem?: string;
  readonly retryAfterMs?: number;
  /** Revocations that the breaker admitted and that are not made yet. Absent if there are none. */
  readonly admitted?: number;
}

/** Pauses before a principal that is missing at Entra is looked up again grow from here. */
const pendingRetryMs = 30_000;

/** Problem of an intent whose revocations wait for a confirmation. */
export const held = 'held';

const principalPrefix = 'principal_';

/** The principal is not known yet. */
export const principalProblem = (
  reason: PendingPrincipal['reason'],
  retryAfterMs = pendingRetryMs,
): ApplyResult => ({ problem: `${principalPrefix}${reason}`, retryAfterMs });

export const isPrincipalProblem = (problem: string): boolean => problem.startsWith(principalPrefix);
