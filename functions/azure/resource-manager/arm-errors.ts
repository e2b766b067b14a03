/** Maps responses of Resource Manager to errors of this app. */
import type { Json } from '../../data-factory/json';
import { NotFoundError, RefusedError, ThrottledError, UpstreamError } from '../../errors/app-error';

export interface ArmRequest {
  readonly method: string;
  readonly url: URL;
}

/** Error of a response that no other attempt can change. */
export function toArmError(request: ArmRequest, status: number, body: Json): Error {
  const code = errorCodeOf(body);
  const reason = code === undefined ? '' : ` (${code})`;
  const cause = `Azure responded to ${describe(request)} with status ${status}${reason}.`;
  if (status === 401)
    return new RefusedError('resource_manager_token_refused', `${cause} Reconnect the connector.`);
  if (status === 403)
    return new RefusedError(
      'resource_manager_access_denied',
      `${cause} Assign the role Reader to the account of the connector.`,
    );
  if (status === 404)
    return new NotFoundError('resource_manager_not_found', `${cause} Check that it still exists.`);
  return new UpstreamError(
    'resource_manager_rejected',
    `${cause} Report this error to the operator.`,
    false,
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
