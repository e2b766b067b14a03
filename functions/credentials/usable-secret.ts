/** Decides whether the app may sign in with a connector now, and gives the reason if it may not. */
import { expireIfDue, isOperational } from '../connectors/connection';
import type { Connector, Reason, SecretRef } from '../connectors/connector';
import { RefusedError } from '../errors/app-error';
import { appErrorOf, signInErrorByCode } from '../errors/classify-sign-in-error';

/** The secret to sign in with. Throws RefusedError with the reason if there is none. */
export function usableSecret(connector: Connector, now: Date): SecretRef {
  const current = expireIfDue(connector, now);
  const { secrets, account, connection } = current;
  const { failure, reason } = connection;
  const ref = secrets.grant ?? secrets.secret;
  if (!isOperational(current) || !ref || !account)
    throw reason ? toRefusal(reason) : appErrorOf(signInErrorByCode('grant_missing'));
  if (failure?.until !== undefined && Date.parse(failure.until) > now.getTime())
    throw toRefusal(failure);
  return ref;
}

const toRefusal = ({ code, message, action }: Reason) =>
  new RefusedError(code, message, { ...(action && { action }) });
