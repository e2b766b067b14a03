/**
 * One try to connect a connector, by whatever method. It is a thing of its own: the connector knows nothing of it until
 * it has succeeded, so a try that nobody finishes leaves nothing stuck.
 */
import { AppError, RefusedError, type Action } from '../errors/app-error';
import type { ConnectedWith, Person } from '../connectors/connector';

export interface Outcome {
  /** `ok`, or the code of what went wrong. */
  readonly code: string;
  readonly message: string;
  readonly action?: Action;
}

/** pending → started (the browser left for Entra) → consumed (it is being proved) → over. Each method skips what it lacks. */
export type ConnectionAttemptState =
  'pending' | 'started' | 'consumed' | 'succeeded' | 'failed' | 'cancelled' | 'superseded';

export interface Attempt {
  readonly tenantId: string;
  /** Sorts newest first. */
  readonly id: string;
  readonly connectorId: string;
  readonly method: ConnectedWith;
  readonly initiator: Person;
  readonly state: ConnectionAttemptState;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly endedAt?: string;
  readonly outcome?: Outcome;
}

export const attemptStatuses = [
  'pending',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
  'expired',
] as const;
export type AttemptStatus = (typeof attemptStatuses)[number];

/** Derived from the clock: a try that nobody finished has expired, however far it got. */
export function attemptStatusOf({ state, expiresAt }: Attempt, now: Date): AttemptStatus {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'superseded':
      return state;
    case 'pending':
    case 'started':
    case 'consumed':
      return isPast(expiresAt, now) ? 'expired' : 'pending';
  }
}

export const isPast = (at: string, now: Date): boolean => Date.parse(at) <= now.getTime();

export const later = (now: Date, seconds: number): string =>
  new Date(now.getTime() + seconds * 1_000).toISOString();

/** How it stands, for a person who looks at it now. */
export function currentOutcome(attempt: Attempt, now: Date): Outcome {
  switch (attemptStatusOf(attempt, now)) {
    case 'succeeded':
    case 'failed':
      return attempt.outcome!;
    case 'cancelled':
      return { code: 'session_cancelled', message: 'This sign-in was cancelled.' };
    case 'superseded':
      return {
        code: 'session_superseded',
        message: 'A later attempt took the place of this one.',
      };
    case 'expired':
      return { code: 'session_expired', message: 'This sign-in took too long. Start again.' };
    case 'pending':
      return { code: 'session_pending', message: 'This sign-in is being completed.' };
  }
}

export const connected: Outcome = { code: 'ok', message: 'Connected.' };

/** What is kept of a failure; of a bug, that there was one. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof AppError))
    return { code: 'internal_error', message: 'Something went wrong on our side. Start again.' };
  const action = error instanceof RefusedError ? error.why.action : undefined;
  return { code: error.code, message: error.message, ...(action && { action }) };
}

/** Ended now, one way or the other. */
export const ended = <A extends Attempt>(
  attempt: A,
  state: 'succeeded' | 'failed' | 'cancelled' | 'superseded',
  now: Date,
  outcome?: Outcome,
): A => ({ ...attempt, state, endedAt: now.toISOString(), ...(outcome && { outcome }) });
