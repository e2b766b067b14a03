/** Warnings for Owners. Derived from the connector and the clock, never stored. */
import { isOperational } from './connection';
import type { Connector, ObsoleteSecret } from './connector';
import { delayedRemoval } from './obsolete-secrets';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

const warningPeriodMs = 14 * 86_400_000;

export function warningsOf(connector: Connector, now: Date): Warning[] {
  const { connection, account } = connector;
  const removal = delayedRemoval(connector);
  const pending = removal ? [removalPending(removal)] : [];
  if (!isOperational(connector)) return pending;
  const { state, reason, expiresAt, expiresAtSource, failure } = connection;

  const warnings: Warning[] = pending;
  if (state === 'degraded')
    warnings.push({
      code: 'connection_degraded',
      message:
        `Sign-in fails at the moment, and the app tries again by itself. ${reason?.message ?? ''}`.trim(),
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

const removalPending = ({ since, failure }: ObsoleteSecret): Warning => ({
  code: 'credential_removal_pending',
  message: `A credential that is not used since ${since} is still in Key Vault. The app tries again by itself. ${failure!.message}`,
});
