/** CORS, which the Functions platform handles before a request reaches a function. */
import type { HttpResponse } from './http-response';

export interface Cors {
  /** Allowed origins; `*` allows all. */
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** `Host.CORS` and `Host.CORSCredentials` are the names in local.settings.json. */
export function readCors(env: Readonly<Record<string, string | undefined>>, list?: string): Cors {
  const text = list ?? env['Host.CORS'] ?? env['CORS'] ?? '';
  const credentials = env['Host.CORSCredentials'] ?? env['CORSCredentials'] ?? 'false';
  return {
    origins: text
      .split(',')
      .map((origin) => origin.trim().replace(/\/$/, ''))
      .filter(Boolean),
    credentials: credentials.toLowerCase() === 'true',
  };
}

/** Headers that let the page read the response. None for an origin that is not allowed. */
export function corsHeaders(cors: Cors, headers: Headers): Record<string, string> {
  const { origin } = headers;
  if (cors.origins.length === 0 || typeof origin !== 'string') return {};
  const allowsAll = cors.origins.includes('*') && !cors.credentials;
  const listed = cors.origins.some((known) => known.toLowerCase() === origin.toLowerCase());
  if (allowsAll) return { 'access-control-allow-origin': '*' };
  if (!listed) return { vary: 'Origin' };
  return {
    'access-control-allow-origin': origin,
    vary: 'Origin',
    ...(cors.credentials && { 'access-control-allow-credentials': 'true' }),
  };
}

/**
 * Responds to a preflight request. Undefined for other requests and if no origins are configured.
 */
export function preflight(cors: Cors, method: string, headers: Headers): HttpResponse | undefined {
  const requestedMethod = headers['access-control-request-method'];
  if (cors.origins.length === 0 || method !== 'OPTIONS' || typeof requestedMethod !== 'string')
    return;
  const allowed = corsHeaders(cors, headers);
  const names = headers['access-control-request-headers'];
  if (!allowed['access-control-allow-origin']) return { status: 204, headers: allowed };
  return {
    status: 204,
    headers: {
      ...allowed,
      'access-control-allow-methods': requestedMethod,
      ...(typeof names === 'string' && { 'access-control-allow-headers': names }),
    },
  };
}
