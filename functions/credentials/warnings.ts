/** What an Owner should look at while the connection still works. Derived from the clock, never stored. */
import { isOperational } from '../connectors/connection';
import type { Connector } from '../connectors/connector';

export interface Warning {
  readonly code: string;
  readonly message: string;
}

const warningPeriodMs = 14 * 86_400_000;

export function warningsOf(connector: Connector, now: Date): Warning[] {
  const { connection, account } = connector;
  if (!isOperational(connector)) return [];
  const { state, expiresAt, expiresAtSource, trouble } = connection;

  const warnings: Warning[] = [];
  if (state === 'degraded')
    warnings.push({
      code: 'connection_degraded',
      message: 'Sign-in fails at the moment; it is tried again.',
    });
  if (trouble) warnings.push({ code: trouble.code, message: trouble.message });
  if (connector.connectedWith === 'username_password')
    warnings.push({
      code: 'service_account_recommended',
      message:
        'Use a service account without multi-factor sign-in; the sign-in ends when its password changes. OAuth or client credentials last longer.',
    });
  const left = expiresAt === undefined ? Infinity : Date.parse(expiresAt) - now.getTime();
  // A sliding date moves with every refresh, so it is nothing to warn of.
  if (expiresAtSource !== 'refresh_token_sliding' && left > 0 && left <= warningPeriodMs)
    warnings.push({
      code: 'connection_expiring',
      message: `The credential expires at ${expiresAt}; replace it before then.`,
    });
  if (account?.userVerified === false)
    warnings.push({
      code: 'user_not_verified',
      message:
        'Whether the user exists could not be verified: the app may not read users in Microsoft Graph.',
    });
  return warnings;
}
