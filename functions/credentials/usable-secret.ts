/** Decides whether the app may sign in with a connector now, and gives the reason if it may not. */
import { expireIfDue, isOperational, isWaiting } from '../connectors/connection';
import type { Connector, Reason, SecretRef } from '../connectors/connector';
import { RefusedError, ThrottledError } from '../errors/app-error';
import { appErrorOf, signInErrorByCode } from '../errors/classify-sign-in-error';
import type { SignInErrorCode } from '../errors/sign-in-errors';

/**
 * The secret to sign in with. Throws RefusedError with the reason if there is none. `probe` allows
 * it for an expired connection, which may work again.
 */
export function usableSecret(
  connector: Connector,
  now: Date,
  { probe = false }: { readonly probe?: boolean } = {},
): SecretRef {
  const current = expireIfDue(connector, now);
  const { secrets, account, connection } = current;
  const ref = secrets.grant ?? secrets.secret;
  if (!(probe || isOperational(current)) || !ref || !account)
    throw connection.reason ? toRefusal(connection.reason) : absence(current);
  return ref;
}

/** A connection that a person ended is no failure of the credential. */
function absence({ connection: { state, disconnectedAt, disconnectedBy } }: Connector) {
  const missing = appErrorOf(signInErrorByCode('grant_missing'));
  if (state !== 'unconnected' || disconnectedAt === undefined) return missing;
  const by = disconnectedBy ? ` by ${disconnectedBy.displayName}` : '';
  const { action } = signInErrorByCode('grant_missing');
  return new RefusedError(
    'connector_disconnected',
    `The connection was ended${by} at ${disconnectedAt}. Connect the connector again.`,
    { ...(action && { action }) },
  );
}

/** Throws the last failure while more sign-ins would make it worse. */
export function assertNotWaiting(connector: Connector, now: Date): void {
  const { reason, waitUntil } = connector.connection;
  if (!reason || !isWaiting(connector, now)) return;
  const seconds = Math.ceil((Date.parse(waitUntil!) - now.getTime()) / 1_000);
  throw reason.code === throttled
    ? new ThrottledError(throttled, reason.message, seconds)
    : toRefusal(reason);
}

const throttled: SignInErrorCode = 'idp_throttled';

const toRefusal = ({ code, message, action }: Reason) =>
  new RefusedError(code, message, { ...(action && { action }) });
