/**
 * The state machine of a connection, and the only writer of its state. An attempt in progress does
 * not change the state: old credentials stay in use until new ones are verified.
 */
import { signInErrorByCode } from '../errors/classify-sign-in-error';
import type { SignInErrorCode } from '../errors/sign-in-errors';
import type { Person } from '../events/actor';
import {
  statusOf,
  type Account,
  type ConnectedWith,
  type Connection,
  type Connector,
  type Reason,
  type SecretRef,
} from './connector';

/** Result of a sign-in that was verified against Azure. */
export interface VerifiedSignIn {
  readonly connectedWith: ConnectedWith;
  readonly account: Account;
  readonly secrets: { readonly secret?: SecretRef; readonly grant?: SecretRef };
  readonly credentialOwner: Person;
  readonly expiresAt?: string;
  readonly expiresAtSource: NonNullable<Connection['expiresAtSource']>;
}

/** A connection expires after this many days without a successful sign-in. */
export const maxFailureDays = 4;
const failedTooManyDays: Reason = {
  code: 'sign_in_failing',
  message: `No sign-in has succeeded for ${maxFailureDays} days.`,
  action: { kind: 'reconnect', label: 'Reconnect' },
};

export const unconnected: Connection = { state: 'unconnected' };

/** Verified credentials replace the previous ones, from any state but deletion. */
export function connect(connector: Connector, signIn: VerifiedSignIn, now: Date): Connector {
  const { expiresAt, expiresAtSource, ...credentials } = signIn;
  const at = now.toISOString();
  return withNextVersion({ ...connector, ...credentials }, now, {
    state: 'connected',
    connectedAt: at,
    lastVerifiedAt: at,
    lastRefreshAt: at,
    expiresAtSource,
    ...(expiresAt !== undefined && { expiresAt }),
  });
}

/** A renewed grant moves the expiry and clears earlier failures. */
export function renew(connector: Connector, grant: SecretRef, now: Date): Connector {
  const renewed = { ...connector, secrets: { ...connector.secrets, grant } };
  return withNextVersion(renewed, now, {
    ...withoutFailures(connector.connection),
    lastRefreshAt: now.toISOString(),
    lastVerifiedAt: now.toISOString(),
    ...(grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  });
}

/** Azure accepted a token. The version of a healthy connector stays: only a date has changed. */
export function verify(connector: Connector, now: Date): Connector {
  if (!isOperational(connector)) return connector;
  const connection = {
    ...withoutFailures(connector.connection),
    lastVerifiedAt: now.toISOString(),
  };
  return isHealthy(connector)
    ? { ...connector, connection }
    : withNextVersion(connector, now, connection);
}

/** Entra issued a token again. A failure on Azure's side remains until `verify`. */
export function recover(connector: Connector, now: Date): Connector {
  if (!isFailing(connector)) return connector;
  const { failure } = connector.connection;
  return withNextVersion(connector, now, {
    ...withoutFailures(connector.connection),
    ...(failure && failure.until === undefined && { failure }),
  });
}

/** A sign-in failed for a temporary reason. Days count, not failures: one bad hour is one day. */
export function degrade(connector: Connector, reason: Reason, now: Date): Connector {
  const { connection } = connector;
  if (!isOperational(connector)) return connector;
  const days = connection.refreshFailureDays ?? [];
  const today = now.toISOString().slice(0, 10);
  if (days.includes(today) && connection.reason?.code === reason.code) return connector;
  const refreshFailureDays = [...new Set([...days, today])];
  if (refreshFailureDays.length >= maxFailureDays) return expire(connector, failedTooManyDays, now);
  return withNextVersion(connector, now, {
    ...connection,
    state: 'degraded',
    reason,
    refreshFailureDays,
  });
}

/** Records a failure that does not end the connection. No sign-in takes place before `until`. */
export function recordFailure(
  connector: Connector,
  { code, message, action }: Reason,
  now: Date,
  until?: Date,
): Connector {
  const { connection } = connector;
  if (!isOperational(connector)) return connector;
  if (until === undefined && connection.failure?.code === code) return connector;
  return withNextVersion(connector, now, {
    ...connection,
    failure: {
      code,
      message,
      ...(action && { action }),
      ...(until && { until: until.toISOString() }),
    },
  });
}

/** Only an operational connection can expire. */
export function expire(connector: Connector, reason: Reason, now: Date): Connector {
  if (!isOperational(connector)) return connector;
  const { failure: _failure, ...connection } = connector.connection;
  return withNextVersion(connector, now, { ...connection, state: 'expired', reason });
}

/** Expires a connection whose date has passed. Readers and the timer both use it, and agree. */
export function expireIfDue(connector: Connector, now: Date): Connector {
  if (!isOperational(connector) || statusOf(connector, now) !== 'connection_expired')
    return connector;
  const sliding = connector.connection.expiresAtSource === 'refresh_token_sliding';
  return expire(connector, reasonOf(sliding ? 'grant_expired' : 'client_secret_expired'), now);
}

/** Records which expiry reminder was sent. Callers see no change, so the version stays. */
export const recordExpiryReminder = (
  connector: Connector,
  expiryReminder: NonNullable<Connection['expiryReminder']>,
): Connector => ({ ...connector, connection: { ...connector.connection, expiryReminder } });

/**
 * Ends the connection on request. The account is kept, so that a reconnect expects the same one.
 */
export const disconnect = (connector: Connector, now: Date): Connector =>
  connector.connection.state === 'unconnected'
    ? connector
    : withNextVersion({ ...connector, secrets: {} }, now, unconnected);

/** Hides the connector from all callers. This cannot be undone. */
export const startDeleting = (connector: Connector, now: Date): Connector =>
  withNextVersion(connector, now, { ...connector.connection, state: 'deleting' });

export const isDeleting = ({ connection }: Connector): boolean => connection.state === 'deleting';

/** Whether the app signs in with this connection: it works, or may work again. */
export const isOperational = ({ connection: { state } }: Connector): boolean =>
  state === 'connected' || state === 'degraded';

/** Whether the last sign-in failed although the next one may succeed. */
export const isFailing = ({ connection: { state, failure } }: Connector): boolean =>
  state === 'degraded' || (state === 'connected' && failure?.until !== undefined);

const isHealthy = ({ connection: { state, failure } }: Connector): boolean =>
  state === 'connected' && failure === undefined;

function withoutFailures(connection: Connection): Connection {
  const {
    reason: _reason,
    refreshFailureDays: _days,
    failure: _failure,
    ...withoutFailure
  } = connection;
  return { ...withoutFailure, state: 'connected' };
}

function reasonOf(code: SignInErrorCode): Reason {
  const { message, action } = signInErrorByCode(code);
  return { code, message, action };
}

/** For a change that callers can see. */
function withNextVersion(connector: Connector, now: Date, connection: Connection): Connector {
  return {
    ...connector,
    connection,
    version: connector.version + 1,
    updatedAt: now.toISOString(),
  };
}
