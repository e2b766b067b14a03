/** Maps responses of Resource Manager to errors of this app. */
import { AzureResponse } from '../../data-factory/azure-response';
import type { Json } from '../../data-factory/json';
import { NotFoundError, RefusedError, ThrottledError, UpstreamError } from '../../errors/app-error';

export interface ArmRequest {
  readonly method: string;
  readonly url: URL;
}

/**
 * Error of a response that no other attempt can change. A 401 concerns the connection only if the
 * credential as a whole was found to be rejected. Otherwise it concerns what was requested, such as
 * a subscription that moved to another tenant. Azure gives a code with each refusal, so the page of a
 * proxy refuses nothing.
 */
export function toArmError(
  request: ArmRequest,
  { status, body }: { readonly status: number; readonly body: Json },
  isCredentialRejected = false,
): Error {
  const code = errorCodeOf(body);
  const reason = code === undefined ? '' : ` (${code})`;
  const summary = `Azure responded to ${describe(request)} with status ${status}${reason}.`;
  const cause = new AzureResponse(status, code);
  const isRefusal = code !== undefined;
  if (isRefusal && status === 401 && isCredentialRejected)
    return new RefusedError(
      'resource_manager_token_refused',
      `${summary} Reconnect the connector.`,
      { cause },
    );
  if (isRefusal && (status === 401 || status === 403))
    return new RefusedError(
      'resource_manager_access_denied',
      `${summary} Assign the role Reader to the account of the connector, in the tenant that the subscription belongs to.`,
      { cause },
    );
  if (isRefusal && status === 404)
    return new NotFoundError(
      'resource_manager_not_found',
      `${summary} Check that it still exists.`,
      { cause },
    );
  return new UpstreamError(
    'resource_manager_rejected',
    `${summary} Report this error to the operator.`,
    false,
    cause,
  );
}

export const unavailable = (request: ArmRequest, status: number, attempts: number) =>
  new UpstreamError(
    'resource_manager_unavailable',
    `Azure responded to ${describe(request)} with status ${status} ${attempts} times. Try again later.`,
    true,
  );

export const throttled = (request: ArmRequest, waitMs: number) =>
  new ThrottledError(
    'resource_manager_throttled',
    `Azure is throttling ${describe(request)}. Try again later.`,
    Math.ceil(waitMs / 1_000),
  );

export function errorCodeOf(body: Json): string | undefined {
  const error = (body as { error?: { code?: unknown } } | null)?.error;
  return typeof error?.code === 'string' ? error.code : undefined;
}

/** Method and last segment of the path: no names of resources and no query. */
const describe = ({ method, url }: ArmRequest) =>
  `${method} ${url.pathname.split('/').slice(-1)[0] ?? ''}`;
