/** Warnings for Owners while the connection still works. Derived from the clock, never stored. */
import { isOperational } from './connection';
import type { Connector } from './connector';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

const warningPeriodMs = 14 * 86_400_000;

export function warningsOf(connector: Connector, now: Date): Warning[] {
  const { connection, account } = connector;
  if (!isOperational(connector)) return [];
  const { state, expiresAt, expiresAtSource, failure } = connection;

  const warnings: Warning[] = [];
  if (state === 'degraded')
    warnings.push({
      code: 'connection_degraded',
      message: 'Sign-in fails at the moment. The app tries again by itself.',
    });
  if (failure) warnings.push({ code: failure.code, message: failure.message });
  if (connector.connectedWith === 'username_password')
    warnings.push({
      code: 'service_account_recommended',
      message:
        'Use a service account without multi-factor sign-in. The connection ends when its password changes. OAuth or client credentials last longer.',
    });
  const remainingMs = expiresAt === undefined ? Infinity : Date.parse(expiresAt) - now.getTime();
  // A sliding expiry moves with every refresh, so it needs no warning.
  const isFixed = expiresAtSource !== 'refresh_token_sliding';
  if (isFixed && remainingMs > 0 && remainingMs <= warningPeriodMs)
    warnings.push({
      code: 'connection_expiring',
      message: `The credential expires at ${expiresAt}. Replace it before then.`,
    });
  if (account?.userVerified === false)
    warnings.push({
      code: 'user_not_verified',
      message:
        'The user could not be verified, because the app may not read users in Microsoft Graph.',
    });
  return warnings;
}
