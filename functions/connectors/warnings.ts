/** What an Owner should look at while the connection still works. Derived from the clock, never stored. */
import type { Connector } from './connector';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

const noticeInMs = 14 * 86_400_000;

export function warningsOf({ connection, account }: Connector, now: Date): Warning[] {
  const { state, expiresAt, expiresAtSource } = connection;
  const warnings: Warning[] = [];
  if (state === 'degraded')
    warnings.push({
      code: 'connection_degraded',
      message: 'Sign-in fails at the moment; it is tried again.',
    });
  const left = expiresAt === undefined ? Infinity : Date.parse(expiresAt) - now.getTime();
  // A sliding date moves with every refresh, so it is nothing to warn of.
  if (state === 'connected' && expiresAtSource !== 'refresh_token_sliding' && left <= noticeInMs)
    warnings.push({
      code: 'connection_expiring',
      message: `The credential expires at ${expiresAt}; replace it before then.`,
    });
  if (state === 'connected' && account?.userVerified === false)
    warnings.push({
      code: 'user_not_verified',
      message:
        'Whether the user exists could not be verified: the app may not read users in Microsoft Graph.',
    });
  return warnings;
}
