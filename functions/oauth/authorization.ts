/**
 * A sign-in in the browser: started by an Owner, bound to one browser, confirmed there, used once. A
 * browser that returns twice sees the outcome of the first time.
 */
import type { ConnectionAttempt } from '../credentials/connection-attempt';

export const sessionLifetimeSeconds = 600;
export const ticketLifetimeSeconds = 60;

export interface Authorization extends ConnectionAttempt {
  readonly method: 'oauth';
  /** Id of the tenant that signs in, in lower case. */
  readonly authority: string;
  /** Whether an account other than the initiator's or the previous one may be connected. */
  readonly allowAccountChange: boolean;
  readonly loginHint?: string;
  /** Name of a configured return address, never an address. */
  readonly returnTo?: string;
  readonly ticketHash: string;
  readonly ticketExpiresAt: string;
  /**
   * Set when the browser leaves for Entra. The browser must return with matching values. Everything
   * that is secret about the sign-in derives from the cookie (browser-secrets.ts).
   */
  readonly browser?: {
    readonly stateHash: string;
    readonly cookieHash: string;
  };
  /** The authorization code while the person has not confirmed; only the browser can open it. */
  readonly sealed?: string;
}
