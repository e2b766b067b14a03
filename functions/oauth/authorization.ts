/**
 * A sign-in in the browser: begun by an Owner, bound to one browser, consumed once. A browser that comes back twice sees
 * how the first time ended.
 */
import type { Attempt } from '../credentials/connection-attempt';

export const sessionLifetimeInSeconds = 600;
export const ticketLifetimeInSeconds = 60;

export interface Authorization extends Attempt {
  readonly method: 'oauth';
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
}
