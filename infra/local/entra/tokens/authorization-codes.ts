/** Authorization codes: valid for ten minutes, single use, bound to the app and its request. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../emulator/clock';
import { EntraError } from '../entra-error';
import { randomToken } from '../directory/passwords';
import type { Scopes } from './scopes';
import type { App, Platform, User } from '../directory/state';

const lifetimeMs = 600_000;

export interface Authorization {
  readonly app: App;
  readonly user: User;
  readonly scopes: Scopes;
  readonly redirectUri: string;
  readonly platform: Platform;
  readonly nonce?: string | undefined;
  readonly challenge?: Challenge | undefined;
  readonly mfa: boolean;
  readonly authenticatedAt: Date;
}

export interface Challenge {
  readonly value: string;
  readonly method: string;
}

export type AuthorizationCodes = ReturnType<typeof authorizationCodes>;

export function authorizationCodes(clock: Clock) {
  const issued = new Map<string, { authorization: Authorization; at: number; redeemed: boolean }>();
  return {
    issue(authorization: Authorization): string {
      const code = `1.${randomToken(48)}`;
      issued.set(code, { authorization, at: clock.now().getTime(), redeemed: false });
      return code;
    },
    /** Returns the authorization of a code. The code stays valid until `redeem` is called. */
    find(code: string, app: App) {
      const found = issued.get(code);
      if (!found || found.authorization.app !== app) throw new EntraError(70000);
      if (found.redeemed) throw new EntraError(54005);
      if (clock.now().getTime() > found.at + lifetimeMs) throw new EntraError(70008);
      return { ...found.authorization, redeem: () => void (found.redeemed = true) };
    },
  };
}

/**
 * RFC 7636 section 4.6. A verifier without a challenge is an error, too: the challenge was removed
 * in transit.
 */
export function checkVerifier(challenge: Challenge | undefined, verifier: string | null): void {
  const expected = challenge?.value ?? null;
  const hashed = verifier && createHash('sha256').update(verifier).digest('base64url');
  if ((challenge?.method === 'plain' ? verifier : hashed) !== expected)
    throw new EntraError(501481);
}

/** RFC 7636 section 4.2: 43 to 128 unreserved characters. The default method is plain. */
export function readChallenge(query: URLSearchParams): Challenge | undefined {
  const value = query.get('code_challenge');
  if (value === null) return undefined;
  const method = query.get('code_challenge_method') ?? 'plain';
  if (!/^[\w.~-]{43,128}$/.test(value) || !['S256', 'plain'].includes(method))
    throw new EntraError(50147);
  return { value, method };
}
