/**
 * One attempt to connect a connector, by any method. The connector does not change until the
 * attempt has succeeded, so an abandoned attempt leaves nothing to clean up.
 */
import type { ConnectedWith, Connector } from '../connectors/connector';
import { AppError, RefusedError, type Action } from '../errors/app-error';
import type { Person } from '../events/actor';
import type { SignedInAccount } from './accounts/signed-in-account';

export interface Outcome {
  /** `ok`, or the code of the failure. */
  readonly code: string;
  readonly message: string;
  readonly action?: Action;
}

/**
 * pending → started (the browser is at Entra) → authorized (the person signed in and has not
 * confirmed) → consumed (the sign-in is being verified) → a terminal state. A method skips the
 * states that it does not need.
 */
export const attemptStates = [
  'pending',
  'started',
  'authorized',
  'consumed',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
] as const;
export type ConnectionAttemptState = (typeof attemptStates)[number];

export interface ConnectionAttempt {
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
  /** Set when the attempt has succeeded. */
  readonly account?: SignedInAccount;
  /** Encrypted data that only the open attempt needs. Dropped when it is used or the attempt ends. */
  readonly sealed?: string;
}

export const attemptStatuses = [
  'pending',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
  'expired',
] as const;
export type ConnectionAttemptStatus = (typeof attemptStatuses)[number];

/** Derived from the clock: an attempt that was not finished in time has expired. */
export function attemptStatusOf(
  { state, expiresAt }: ConnectionAttempt,
  now: Date,
): ConnectionAttemptStatus {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'superseded':
      return state;
    case 'pending':
    case 'started':
    case 'authorized':
    case 'consumed':
      return isExpired(expiresAt, now) ? 'expired' : 'pending';
  }
}

export const isExpired = (at: string, now: Date): boolean => Date.parse(at) <= now.getTime();

export const addSeconds = (now: Date, seconds: number): string =>
  new Date(now.getTime() + seconds * 1_000).toISOString();

/** The outcome to show now, also for an attempt that has not ended or has expired. */
export function currentOutcome(attempt: ConnectionAttempt, now: Date): Outcome {
  switch (attemptStatusOf(attempt, now)) {
    case 'succeeded':
    case 'failed':
      return attempt.outcome!;
    case 'cancelled':
      return { code: 'session_cancelled', message: 'This sign-in was cancelled.' };
    case 'superseded':
      return { code: 'session_superseded', message: 'A later attempt replaced this sign-in.' };
    case 'expired':
      return { code: 'session_expired', message: 'This sign-in took too long. Start again.' };
    case 'pending':
      return { code: 'session_pending', message: 'This sign-in is being completed.' };
  }
}

const connected: Outcome = { code: 'ok', message: 'Connected.' };

/** The outcome of a failed attempt. A bug is reported without details. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof AppError))
    return { code: 'internal_error', message: 'The sign-in failed on our side. Start again.' };
  const action = error instanceof RefusedError ? error.details.action : undefined;
  return { code: error.code, message: error.message, ...(action && { action }) };
}

export const endAttempt = <A extends ConnectionAttempt>(
  attempt: A,
  state: 'failed' | 'cancelled' | 'superseded',
  now: Date,
  outcome?: Outcome,
): A => ({
  ...withoutSealed(attempt),
  state,
  endedAt: now.toISOString(),
  ...(outcome && { outcome }),
});

export const succeed = <A extends ConnectionAttempt>(
  attempt: A,
  account: SignedInAccount | undefined,
  now: Date,
): A => ({
  ...withoutSealed(attempt),
  state: 'succeeded',
  endedAt: now.toISOString(),
  outcome: connected,
  ...(account && { account }),
});

/**
 * The attempt as its connector knows it. The connection and its attempt are one write in the row of the
 * connector; the row of the attempt follows, and may be missing or wrong if a worker died.
 */
export function asCompleted<A extends ConnectionAttempt>(
  attempt: A,
  { completedAttempts = [] }: Connector,
): A {
  const completed = completedAttempts.find(({ id }) => id === attempt.id);
  if (!completed || attempt.state === 'succeeded') return attempt;
  return succeed(attempt, completed.account, new Date(completed.at));
}

/** Whether the connector may know more about the attempt than its own row. */
export const mayBeCompleted = ({ state }: ConnectionAttempt): boolean =>
  state === 'consumed' || state === 'failed';

/** Only one caller gets the attempt to verify, because its stored version changes. */
export const consume = <A extends ConnectionAttempt>(attempt: A): A => ({
  ...withoutSealed(attempt),
  state: 'consumed',
});

/** Whether the attempt waits for a person. An attempt that is being verified does not. */
export const isWaiting = (attempt: ConnectionAttempt, now: Date): boolean =>
  attempt.state !== 'consumed' && attemptStatusOf(attempt, now) === 'pending';

function withoutSealed<A extends ConnectionAttempt>(attempt: A): A {
  const { sealed: _sealed, ...rest } = attempt;
  return rest as A;
}
