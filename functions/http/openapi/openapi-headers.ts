/** Request and response headers of the OpenAPI document, from what an endpoint declares. */
import { z } from 'zod';
import type { Endpoint, ResponseSchema } from '../endpoint';

export type Schema = Record<string, unknown>;

/** Every header that a response may have. Browsers of other origins may read them all. */
const headers = {
  ETag: 'Version of the resource, or a hash of the response.',
  Link: 'The next page as rel="next" (RFC 8288). Absent on the last page.',
  Location:
    'Path of the resource that was created, of the work that was started or of the conflict.',
  'Retry-After': 'Seconds to wait before the next request.',
  RateLimit: 'What remains of each limit, and the seconds until it is restored.',
  'RateLimit-Policy': 'Quota and window in seconds of each limit.',
  'X-Request-Id': 'Id of the request in the log of the service.',
  'Idempotency-Replayed': 'true if this is the stored response of the first request.',
  Allow: 'Methods that the path allows.',
  'WWW-Authenticate': 'How to authenticate (RFC 6750).',
} as const;
type HeaderName = keyof typeof headers;

export const exposedHeaders = Object.keys(headers) as readonly HeaderName[];

/** Descriptions of headers, for components of the document. */
export const headerComponents = (): Record<string, Schema> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );

const references = (names: readonly HeaderName[]): Schema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Headers of a response that is no problem. */
export function responseHeaders(
  { allow, etag, ifNoneMatch, idempotent }: Endpoint,
  status: number,
  content: ResponseSchema,
): Schema {
  const isList =
    (content instanceof z.ZodObject && 'nextLink' in content.shape) ||
    (typeof content === 'object' && 'mediaTypes' in content);
  return references([
    'X-Request-Id',
    ...((etag ?? ifNoneMatch) ? (['ETag'] as const) : []),
    ...(isList ? (['Link'] as const) : []),
    ...(status === 201 || status === 202 || (status >= 300 && status < 304)
      ? (['Location'] as const)
      : []),
    ...(status === 202 ? (['Retry-After'] as const) : []),
    ...(idempotent ? (['Idempotency-Replayed'] as const) : []),
    ...(allow === 'anonymous' ? [] : (['RateLimit', 'RateLimit-Policy'] as const)),
  ]);
}

/**
 * Headers of a problem. Requests are counted once their caller is known, and a stored response may be
 * a problem, too.
 */
export function problemHeaders(
  { allow, idempotent }: Endpoint,
  status: number | 'default',
): Schema {
  const isCounted = allow !== 'anonymous' && status !== 401;
  return references([
    'X-Request-Id',
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...(status === 405 ? (['Allow'] as const) : []),
    ...(status === 409 ? (['Location'] as const) : []),
    ...(status === 429 || status === 503 || status === 'default' ? (['Retry-After'] as const) : []),
    ...(idempotent && status !== 401 ? (['Idempotency-Replayed'] as const) : []),
    ...(isCounted ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
  ]);
}

/** Request headers that the endpoint reads, besides Authorization and Content-Type. */
export function headerParameters({ ifMatch, ifNoneMatch, idempotent }: Endpoint): Schema[] {
  const header = (name: string, required: boolean, description: string, example: string) => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
    example,
  });
  return [
    ...(ifMatch
      ? [
          header(
            'If-Match',
            true,
            'Entity tags of the versions that may be changed, from etag or the header ETag, or * for any version (RFC 9110 section 13.1.1). Another version gives 412.',
            '"v1"',
          ),
        ]
      : []),
    ...(ifNoneMatch
      ? [
          header(
            'If-None-Match',
            false,
            'Entity tag of the response that you have. If it is current, the response is 304 without content.',
            '"v1"',
          ),
        ]
      : []),
    ...(idempotent
      ? [
          header(
            'Idempotency-Key',
            idempotent === 'required',
            idempotent === 'shown-once'
              ? 'A new UUID for each new request. A repetition with the same key within a day changes nothing and gets 409 response_shown_once, because the response has a secret.'
              : 'A new UUID for each new request. A repetition with the same key within a day gets the stored response of the first request.',
            '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
          ),
        ]
      : []),
  ];
}
