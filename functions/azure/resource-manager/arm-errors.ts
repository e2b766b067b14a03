/** What becomes of a request to Resource Manager that was not granted, in the words of our errors. */
import type { Json } from '../../data-factory/json';
import { NotFoundError, RefusedError, ThrottledError, UpstreamError } from '../../errors/app-error';

export interface ArmRequest {
  readonly method: string;
  readonly url: URL;
}

/** No other try would help. */
export function toArmError(request: ArmRequest, status: number, body: Json): Error {
  const code = errorCodeOf(body);
  const reason = code === undefined ? '' : ` (${code})`;
  const detail = `${described(request)} answered ${status}${reason}.`;
  if (status === 401) return new RefusedError('resource_manager_token_refused', detail);
  if (status === 403) return new RefusedError('resource_manager_access_denied', detail);
  if (status === 404) return new NotFoundError('resource_manager_not_found', detail);
  return new UpstreamError('resource_manager_rejected', detail, false);
}

export const unavailable = (request: ArmRequest, status: number, tries: number) =>
  new UpstreamError(
    'resource_manager_unavailable',
    `${described(request)} answered ${status} ${tries} times.`,
    true,
  );

/** Whoever asked may come back later. */
export const throttled = (request: ArmRequest, waitInMs: number) =>
  new ThrottledError(
    'resource_manager_throttled',
    `Azure asks for patience: ${described(request)}.`,
    Math.ceil(waitInMs / 1_000),
  );

export function errorCodeOf(body: Json): string | undefined {
  const error = (body as { error?: { code?: unknown } } | null)?.error;
  return typeof error?.code === 'string' ? error.code : undefined;
}

/** The shape of a request, not its values: no names, no query. */
const described = ({ method, url }: ArmRequest) =>
  `${method} ${url.pathname.split('/').slice(-1)[0] ?? ''}`;
