/** Whether a connector can be signed in with at this moment, and if not, why. */
import { RefusedError } from '../errors/app-error';
import { signInErrorByCode, appErrorOf } from '../errors/classify-sign-in-error';
import { isOperational, lapse } from '../connectors/connection';
import type { Connector, Reason, SecretRef } from '../connectors/connector';

/** The version of the secret to sign in with. Throws RefusedError with the reason why there is none. */
export function usableSecret(connector: Connector, now: Date): SecretRef {
  const current = lapse(connector, now);
  const { secrets, account, connection } = current;
  const { trouble, reason } = connection;
  const ref = secrets.grant ?? secrets.secret;
  if (!isOperational(current) || !ref || !account)
    throw reason ? asRefusal(reason) : appErrorOf(signInErrorByCode('grant_missing'));
  if (trouble?.until !== undefined && Date.parse(trouble.until) > now.getTime())
    throw asRefusal(trouble);
  return ref;
}

const asRefusal = ({ code, message, action }: Reason) =>
  new RefusedError(code, message, { ...(action && { action }) });
