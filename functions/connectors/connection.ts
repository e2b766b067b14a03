/**
 * The state machine of a connection, and the only writer of its state. An attempt in progress changes nothing here:
 * old credentials stay until new ones are proved, so no connector is ever stuck on its way.
 */
import { signInErrorByCode } from '../errors/classify-sign-in-error';
import {
  statusOf,
  type Account,
  type Connection,
  type ConnectedWith,
  type Connector,
  type Person,
  type Reason,
  type SecretRef,
} from './connector';
import type { SignInErrorCode } from '../errors/sign-in-errors';

/** What a verified sign-in leaves behind. */
export interface VerifiedSignIn {
  readonly connectedWith: ConnectedWith;
  readonly account: Account;
  readonly secrets: { readonly secret?: SecretRef; readonly grant?: SecretRef };
  readonly credentialOwner: Person;
  readonly expiresAt?: string;
  readonly expiresAtSource: NonNullable<Connection['expiresAtSource']>;
}

/** A connection that no sign-in succeeds with on this many days is given up. */
export const maxFailureDays = 4;
const failedTooManyDays: Reason = {
  code: 'sign_in_failing',
  message: `No sign-in has succeeded for ${maxFailureDays} days.`,
  action: { kind: 'reconnect', label: 'Reconnect' },
};

export const unconnected: Connection = { state: 'unconnected' };

/** From any state but deletion: proved credentials replace whatever was there. */
export function connect(connector: Connector, proof: VerifiedSignIn, now: Date): Connector {
  const { expiresAt, expiresAtSource, ...taken } = proof;
  const at = now.toISOString();
  return changed({ ...connector, ...taken }, now, {
    state: 'connected',
    connectedAt: at,
    lastVerifiedAt: at,
    lastRefreshAt: at,
    expiresAtSource,
    ...(expiresAt !== undefined && { expiresAt }),
  });
}

/** A grant that was renewed slides its expiry; a failure noted before is over. Callers see no change but the dates. */
export function renew(connector: Connector, grant: SecretRef, now: Date): Connector {
  const renewed = { ...connector, secrets: { ...connector.secrets, grant } };
  return changed(renewed, now, {
    ...well(connector.connection),
    lastRefreshAt: now.toISOString(),
    lastVerifiedAt: now.toISOString(),
    ...(grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  });
}

/** A sign-in succeeded, and Azure took it. Of one that was well already, callers see no change but the date. */
export function verify(connector: Connector, now: Date): Connector {
  if (!isOperational(connector)) return connector;
  const connection = { ...well(connector.connection), lastVerifiedAt: now.toISOString() };
  return isHealthy(connector) ? { ...connector, connection } : changed(connector, now, connection);
}

/** Entra gave a token again. What else is wrong, Azure may still refuse. */
export function recover(connector: Connector, now: Date): Connector {
  if (!isFailing(connector)) return connector;
  const { trouble: left } = connector.connection;
  const connection = well(connector.connection);
  return changed(connector, now, {
    ...connection,
    ...(left && left.until === undefined && { trouble: left }),
  });
}

/** A sign-in failed for a reason that may pass. Days are counted, not failures: a bad hour is one bad day. */
export function degrade(connector: Connector, reason: Reason, now: Date): Connector {
  const { connection } = connector;
  if (!isOperational(connector)) return connector;
  const days = connection.refreshFailureDays ?? [];
  const today = now.toISOString().slice(0, 10);
  if (days.includes(today) && connection.reason?.code === reason.code) return connector;
  const refreshFailureDays = [...new Set([...days, today])];
  return refreshFailureDays.length < maxFailureDays
    ? changed(connector, now, { ...connection, state: 'degraded', reason, refreshFailureDays })
    : expire(connector, failedTooManyDays, now);
}

/** Something is wrong that is not the connection's end. Until the time given, if any, nobody signs in with it. */
export function trouble(
  connector: Connector,
  { code, message, action }: Reason,
  now: Date,
  until?: Date,
): Connector {
  const { connection } = connector;
  if (!isOperational(connector)) return connector;
  if (until === undefined && connection.trouble?.code === code) return connector;
  return changed(connector, now, {
    ...connection,
    trouble: {
      code,
      message,
      ...(action && { action }),
      ...(until && { until: until.toISOString() }),
    },
  });
}

/** Only a connection that worked can expire; one that never did has nothing to lose. */
export function expire(connector: Connector, reason: Reason, now: Date): Connector {
  if (!isOperational(connector)) return connector;
  const { trouble: _over, ...connection } = connector.connection;
  return changed(connector, now, { ...connection, state: 'expired', reason });
}

/** Expires a connection whose date has passed. Looking at one gives the same as a timer that stores it. */
export function lapse(connector: Connector, now: Date): Connector {
  if (!isOperational(connector) || statusOf(connector, now) !== 'connection_expired')
    return connector;
  const sliding = connector.connection.expiresAtSource === 'refresh_token_sliding';
  return expire(connector, reasonOf(sliding ? 'grant_expired' : 'client_secret_expired'), now);
}

/** The coming expiry was announced. Nothing that callers see changes. */
export const recordExpiryReminder = (
  connector: Connector,
  notice: NonNullable<Connection['notice']>,
): Connector => ({ ...connector, connection: { ...connector.connection, notice } });

/** Over on purpose. The account is remembered, so that a reconnect lands on the same one. */
export const disconnect = (connector: Connector, now: Date): Connector =>
  connector.connection.state === 'unconnected'
    ? connector
    : changed({ ...connector, secrets: {} }, now, unconnected);

/** Hidden from everybody from now on. There is no way back. */
export const startDeleting = (connector: Connector, now: Date): Connector =>
  changed(connector, now, { ...connector.connection, state: 'deleting' });

export const isDeleting = ({ connection }: Connector): boolean => connection.state === 'deleting';

/** Signed in with, by us: it works, or worked the last time but one. */
export const isOperational = ({ connection: { state } }: Connector): boolean =>
  state === 'connected' || state === 'degraded';

/** The last sign-in failed, and the next one may succeed. */
export const isFailing = ({ connection: { state, trouble } }: Connector): boolean =>
  state === 'degraded' || (state === 'connected' && trouble?.until !== undefined);

const isHealthy = ({ connection: { state, trouble } }: Connector): boolean =>
  state === 'connected' && trouble === undefined;

/** The connection without anything that was wrong with it. */
function well(connection: Connection): Connection {
  const { reason: _reason, refreshFailureDays: _days, trouble: _trouble, ...rest } = connection;
  return { ...rest, state: 'connected' };
}

function reasonOf(code: SignInErrorCode): Reason {
  const { message, action } = signInErrorByCode(code);
  return { code, message, action };
}

/** A change that callers can see: its version moves. */
function changed(connector: Connector, now: Date, connection: Connection): Connector {
  return {
    ...connector,
    connection,
    version: connector.version + 1,
    updatedAt: now.toISOString(),
  };
}
