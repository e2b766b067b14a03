/**
 * A sign-in in the browser: begun by an Owner, bound to one browser, consumed once. A connector is not touched by it
 * until it has succeeded, and a browser that comes back twice sees how the first time ended.
 */
import type { Action } from '../errors';
import type { Person } from '../connectors/connector';

export const sessionLifetimeInSeconds = 600;
export const ticketLifetimeInSeconds = 60;

export interface Outcome {
  /** `ok`, or the code of what went wrong. */
  readonly code: string;
  readonly message: string;
  readonly action?: Action;
}

export interface Authorization {
  readonly tenantId: string;
  readonly id: string;
  readonly connectorId: string;
  readonly initiator: Person;
  /** pending → started (the browser left for Entra) → consumed (the code is being redeemed) → over. */
  readonly state: 'pending' | 'started' | 'consumed' | 'succeeded' | 'failed' | 'cancelled';
  /** The tenant that signs in, or `organizations`. */
  readonly authority: string;
  /** Another account than the initiator's, or than the one before, may be connected. */
  readonly allowAccountChange: boolean;
  readonly loginHint?: string;
  /** A key of the configured return addresses; never an address. */
  readonly returnTo?: string;
  readonly ticketHash: string;
  readonly ticketExpiresAt: string;
  /** What the browser took along when it left, and what it must bring back. */
  readonly browser?: {
    readonly stateHash: string;
    readonly cookieHash: string;
    readonly codeVerifier: string;
    readonly nonce: string;
  };
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly outcome?: Outcome;
}

export type SessionStatus = 'pending' | 'succeeded' | 'failed' | 'cancelled' | 'expired';

/** Derived from the clock: a sign-in that nobody finished has expired, however far it got. */
export function sessionStatusOf({ state, expiresAt }: Authorization, now: Date): SessionStatus {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
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
export function outcomeAt(authorization: Authorization, now: Date): Outcome {
  switch (sessionStatusOf(authorization, now)) {
    case 'succeeded':
    case 'failed':
      return authorization.outcome!;
    case 'cancelled':
      return { code: 'session_cancelled', message: 'This sign-in was cancelled.' };
    case 'expired':
      return { code: 'session_expired', message: 'This sign-in took too long. Start again.' };
    case 'pending':
      return { code: 'session_pending', message: 'This sign-in is being completed.' };
  }
}
