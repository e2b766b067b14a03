/**
 * The state machine of a connection, and the only writer of its state. An attempt in progress does
 * not change the state: old credentials stay in use until new ones are verified.
 */
import { signInErrorByCode } from '../errors/classify-sign-in-error';
import { ConflictError } from '../errors/app-error';
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
  /** When the person started the sign-in. Absent if the credential came with the request. */
  readonly startedAt?: string | undefined;
  /** The connection attempt that made the sign-in. */
  readonly attemptId?: string | undefined;
}

/** A connection expires after this many days on which no sign-in succeeded. */
export const maxFailureDays = 4;
/**
 * Entra needs minutes until all its servers know a new secret or app, so no refusal is final before
 * this time has passed since a connection was made or its secret was rotated.
 */
export const graceMs = 15 * 60_000;
/** A failure of this service is shown if it lasts longer than this. */
export const unnoticedMs = 3_600_000;
/** An expired connection is probed after an hour, then after twice as long, at most a day. */
const firstProbeMs = 3_600_000;
const maxProbeMs = 24 * 3_600_000;
/** About a month. */
export const maxProbes = 34;
/** More than a person makes before an attempt that was interrupted is of no interest any more. */
const maxCompletedAttempts = 20;

export const unconnected: Connection = { state: 'unconnected' };

/**
 * Verified credentials replace the previous ones, from any state but deletion. Throws ConflictError
 * if the connector was disconnected after the sign-in started.
 */
export function connect(connector: Connector, signIn: VerifiedSignIn, now: Date): Connector {
  const { expiresAt, expiresAtSource, startedAt, attemptId, ...credentials } = signIn;
  const { disconnectedAt } = connector.connection;
  if (startedAt !== undefined && disconnectedAt !== undefined && startedAt <= disconnectedAt)
    throw new ConflictError(
      'sign_in_outdated',
      'The connector was disconnected after this sign-in started. Start a new sign-in.',
    );
  const at = now.toISOString();
  const connected = withCompletedAttempt({ ...connector, ...credentials }, attemptId, at);
  return withNextVersion(connected, now, {
    state: 'connected',
    connectedAt: at,
    lastVerifiedAt: at,
    lastRefreshAt: at,
    expiresAtSource,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(disconnectedAt !== undefined && { disconnectedAt }),
  });
}

function withCompletedAttempt(connector: Connector, id: string | undefined, at: string): Connector {
  if (id === undefined) return connector;
  const { tenantId, objectId, username } = connector.account!;
  const account = {
    tenantId,
    ...(objectId !== undefined && { objectId }),
    ...(username !== undefined && { username }),
  };
  const completedAttempts = [{ id, at, account }, ...(connector.completedAttempts ?? [])];
  return { ...connector, completedAttempts: completedAttempts.slice(0, maxCompletedAttempts) };
}

/**
 * A renewed grant moves the expiry. Entra issued it, so failures at Entra are over; what Azure did not
 * accept, and an expired connection, remain until `verify`.
 */
export function renew(connector: Connector, grant: SecretRef, now: Date): Connector {
  const renewed = { ...connector, secrets: { ...connector.secrets, grant } };
  const { connection } = connector;
  const isOver = isOperational(connector) && connection.reason?.code !== tokenRejected;
  return withNextVersion(renewed, now, {
    ...(isOver ? withoutFailures(connection) : connection),
    lastRefreshAt: now.toISOString(),
    ...(grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  });
}

/** Another writer verified the connection this recently, so nothing needs to be written. */
const verifiedMs = 10_000;

/**
 * Entra issued a token and Azure accepted it, so the connection works, also one that had expired.
 * The version of a healthy connector stays: only a date has changed.
 */
export function verify(connector: Connector, now: Date): Connector {
  if (!isOperational(connector) && !isExpired(connector)) return connector;
  const { lastVerifiedAt = '1970' } = connector.connection;
  const isRecent = Math.abs(now.getTime() - Date.parse(lastVerifiedAt)) < verifiedMs;
  if (isHealthy(connector) && isRecent) return connector;
  const { failure: _failure, ...verified } = withoutFailures(connector.connection);
  const connection = withTrueExpiry({ ...verified, lastVerifiedAt: now.toISOString() }, now);
  return isHealthy(connector) && connection.expiresAt === connector.connection.expiresAt
    ? { ...connector, connection }
    : withNextVersion(connector, now, connection);
}

/** Entra issued a token again. What Azure did not accept remains until `verify`. */
export function recover(connector: Connector, now: Date): Connector {
  const { state, reason } = connector.connection;
  if (!isFailing(connector) || reason?.code === tokenRejected) return connector;
  const connection = withoutFailures(connector.connection);
  return state === 'connected'
    ? { ...connector, connection }
    : withNextVersion(connector, now, connection);
}

/** Entra or Azure refused the credential. A new credential may not be known everywhere yet. */
export function refuse(connector: Connector, reason: Reason, now: Date): Connector {
  const { connectedAt = '1970' } = connector.connection;
  const isNew = now.getTime() - Date.parse(connectedAt) < graceMs;
  return isNew ? degrade(connector, reason, now) : expire(connector, reason, now);
}

/** A sign-in failed. No other takes place before `until`. */
export function degrade(connector: Connector, reason: Reason, now: Date, until?: Date): Connector {
  const { connection } = connector;
  if (!isOperational(connector)) return connector;
  const { waitUntil: _waitUntil, ...others } = connection;
  const next = {
    ...others,
    failingSince: connection.failingSince ?? now.toISOString(),
    ...(until && { waitUntil: until.toISOString() }),
  };
  if (connection.state === 'degraded' && isSame(connection.reason, reason))
    return next.waitUntil === connection.waitUntil ? connector : { ...connector, connection: next };
  return withNextVersion(connector, now, { ...next, state: 'degraded', reason });
}

/**
 * A sign-in failed for a cause that may be final or not. Days count, not failures: one bad hour is
 * one day.
 */
export function degradeForDays(connector: Connector, reason: Reason, now: Date): Connector {
  const degraded = degrade(connector, reason, now);
  const days = connector.connection.refreshFailureDays ?? [];
  const today = now.toISOString().slice(0, 10);
  if (!isOperational(connector) || days.includes(today)) return degraded;
  const refreshFailureDays = [...days, today];
  const counted = { ...degraded, connection: { ...degraded.connection, refreshFailureDays } };
  return refreshFailureDays.length < maxFailureDays
    ? counted
    : expire({ ...counted, version: connector.version }, failedForDays(reason), now);
}

/** This service could not sign in. Callers see it if it lasts. */
export function degradeIfLasting(connector: Connector, reason: Reason, now: Date): Connector {
  const { connection } = connector;
  if (!isOperational(connector)) return connector;
  const { failingSince } = connection;
  if (failingSince === undefined)
    return { ...connector, connection: { ...connection, failingSince: now.toISOString() } };
  const isLasting = now.getTime() - Date.parse(failingSince) >= unnoticedMs;
  return isLasting && connection.state === 'connected'
    ? degrade(connector, reason, now)
    : connector;
}

/** Records a failure on the side of Azure: the connection works, but reads nothing. */
export function recordFailure(connector: Connector, failure: Reason, now: Date): Connector {
  const { connection } = connector;
  if (!isOperational(connector) || isSame(connection.failure, failure)) return connector;
  return withNextVersion(connector, now, { ...connection, failure });
}

/** Only an operational connection can expire. */
export function expire(connector: Connector, reason: Reason, now: Date): Connector {
  if (!isOperational(connector)) return connector;
  const { failure: _failure, waitUntil: _waitUntil, ...connection } = connector.connection;
  return withNextVersion(connector, now, {
    ...connection,
    state: 'expired',
    reason,
    probes: probesAfter(0, now),
  });
}

/**
 * An expired connection still does not work. Callers see no change, so the version stays. Two
 * workers that probe at the same time count once.
 */
export function recordProbe(connector: Connector, now: Date): Connector {
  if (!isProbeDue(connector, now)) return connector;
  const count = (connector.connection.probes?.count ?? 0) + 1;
  return { ...connector, connection: { ...connector.connection, probes: probesAfter(count, now) } };
}

/** Whether an expired connection should be tried again: its cause may be mistaken or repaired. */
export function isProbeDue(connector: Connector, now: Date): boolean {
  const { secrets, account, connection } = connector;
  const { count = 0, nextAt = '1970' } = connection.probes ?? {};
  const hasCredential = account && (secrets.secret ?? secrets.grant);
  return (
    isExpired(connector) &&
    hasCredential !== undefined &&
    count < maxProbes &&
    Date.parse(nextAt) <= now.getTime()
  );
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
 * Ends the connection on request. The account is kept, so that a reconnect expects the same one. The
 * time is recorded also without a connection, because a sign-in may be about to make one.
 */
export function disconnect(connector: Connector, now: Date, by: Person): Connector {
  const connection = { ...unconnected, disconnectedAt: now.toISOString(), disconnectedBy: by };
  return connector.connection.state === 'unconnected'
    ? { ...connector, connection }
    : withNextVersion({ ...connector, secrets: {} }, now, connection);
}

/** Hides the connector from all callers. This cannot be undone. */
export const startDeleting = (connector: Connector, now: Date): Connector =>
  withNextVersion(connector, now, { ...connector.connection, state: 'deleting' });

export const isDeleting = ({ connection }: Connector): boolean => connection.state === 'deleting';

/** Whether the app signs in with this connection: it works, or may work again. */
export const isOperational = ({ connection: { state } }: Connector): boolean =>
  state === 'connected' || state === 'degraded';

/** Whether the last sign-in failed although the next one may succeed. */
export const isFailing = (connector: Connector): boolean =>
  isOperational(connector) &&
  (connector.connection.state === 'degraded' || connector.connection.failingSince !== undefined);

/** Whether sign-ins wait, because more of them would make a failure worse. */
export const isWaiting = ({ connection: { waitUntil } }: Connector, now: Date): boolean =>
  waitUntil !== undefined && Date.parse(waitUntil) > now.getTime();

const isExpired = ({ connection: { state } }: Connector): boolean => state === 'expired';

const isHealthy = ({ connection }: Connector): boolean =>
  connection.state === 'connected' &&
  connection.failure === undefined &&
  connection.failingSince === undefined;

const tokenRejected: SignInErrorCode = 'token_rejected';

const isSame = (one: Reason | undefined, other: Reason) =>
  one?.code === other.code && one.message === other.message;

const probesAfter = (count: number, now: Date) => ({
  count,
  nextAt: new Date(now.getTime() + Math.min(firstProbeMs * 2 ** count, maxProbeMs)).toISOString(),
});

const failedForDays = ({ message }: Reason): Reason => ({
  code: 'sign_in_failing',
  message: `No sign-in has succeeded for ${maxFailureDays} days. ${message}`,
  action: { kind: 'reconnect', label: 'Reconnect' },
});

/** A connection that works has not expired, so a date that has passed was wrong. */
function withTrueExpiry(connection: Connection, now: Date): Connection {
  const { expiresAt, expiresAtSource, expiryReminder: _reminder, ...others } = connection;
  if (expiresAt === undefined || Date.parse(expiresAt) > now.getTime()) return connection;
  const isSliding = expiresAtSource === 'refresh_token_sliding';
  return { ...others, expiresAtSource: isSliding ? expiresAtSource : 'unknown' };
}

function withoutFailures(connection: Connection): Connection {
  const {
    reason: _reason,
    failingSince: _failingSince,
    refreshFailureDays: _days,
    waitUntil: _waitUntil,
    probes: _probes,
    ...others
  } = connection;
  return { ...others, state: 'connected' };
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
