/**
 * Guard against mass revocations by changes of memberships, groups and roles of users, and by deviations
 * that a reconciliation finds. It counts within a window, because an identity provider removes members
 * one by one. Deactivating or deleting a user never counts and is never held back.
 */
import { z } from 'zod';

export interface BreakerLimits {
  /** Revocations within a window that are always allowed. */
  readonly count: number;
  /** Share of all assignments that is allowed, if that is more. */
  readonly share: number;
}

export const breakerState = z.object({
  windowStartedAt: z.string(),
  /** Assignments at the start of the window. */
  total: z.int(),
  revoked: z.int(),
  /** Revocations wait since this time. */
  heldSince: z.string().exactOptional(),
  /** An Owner confirmed: nothing is held before this time. */
  confirmedUntil: z.string().exactOptional(),
});
export type BreakerState = Readonly<z.infer<typeof breakerState>>;

const windowMs = 15 * 60_000;
const confirmedMs = 60 * 60_000;

export const allowedRevocations = (total: number, { count, share }: BreakerLimits): number =>
  Math.max(count, Math.floor(total * share));

/** Whether an Owner has confirmed lately, so that nothing is held. */
export const isConfirmed = ({ confirmedUntil = '' }: BreakerState, now: Date): boolean =>
  confirmedUntil > now.toISOString();

/** Whether a new window begins, so that the assignments must be counted. */
export const isWindowOver = (state: BreakerState | undefined, now: Date): boolean =>
  !state ||
  (state.heldSince === undefined &&
    !isConfirmed(state, now) &&
    now.getTime() - Date.parse(state.windowStartedAt) >= windowMs);

/**
 * Whether a hold has ended by itself, because nothing waits any more: the members were added again, or
 * their rule is gone. `isWaiting` is about other subjects than the one that asks. A young hold is
 * never over: what it holds may not be marked as held yet.
 */
export const isHoldOver = ({ heldSince }: BreakerState, isWaiting: boolean, now: Date): boolean =>
  heldSince !== undefined && !isWaiting && now.getTime() - Date.parse(heldSince) >= windowMs;

export const newWindow = (total: number, now: Date): BreakerState => ({
  windowStartedAt: now.toISOString(),
  total,
  revoked: 0,
});

/** The state after asking for revocations. They are held if it has `heldSince`. */
export function afterRequest(
  state: BreakerState,
  revocations: number,
  limits: BreakerLimits,
  now: Date,
): BreakerState {
  if (isConfirmed(state, now)) return state;
  if (state.heldSince !== undefined) return state;
  const revoked = state.revoked + revocations;
  return revoked > allowedRevocations(state.total, limits)
    ? { ...state, heldSince: now.toISOString() }
    : { ...state, revoked };
}

/** Whether asking for revocations begins a hold. */
export const isHeldBy = (
  state: BreakerState,
  revocations: number,
  limits: BreakerLimits,
  now: Date,
): boolean =>
  state.heldSince === undefined &&
  afterRequest(state, revocations, limits, now).heldSince !== undefined;

export const afterConfirmation = (total: number, now: Date): BreakerState => ({
  ...newWindow(total, now),
  confirmedUntil: new Date(now.getTime() + confirmedMs).toISOString(),
});
