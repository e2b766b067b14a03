/** Conditional requests: strong ETags, If-Match and If-None-Match (RFC 9110 section 13). */
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { PreconditionRequiredError } from '../errors/app-error';

/** ETag of a response that has no version of its own: a hash of its content. */
export const contentEtag = (content: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)}"`;

/**
 * Replaces the response by 304 if If-None-Match names its ETag. Compares weakly; `*` matches any
 * ETag.
 */
export function applyIfNoneMatch(
  request: HttpRequest,
  response: HttpResponseInit,
): HttpResponseInit {
  const { ETag: etag } = (response.headers ?? {}) as Record<string, string>;
  if (response.status !== 200 || etag === undefined) return response;
  const candidates = (request.headers.get('if-none-match') ?? '').split(',');
  const matches = candidates.some((one) => [etag, '*'].includes(one.trim().replace(/^W\//, '')));
  return matches ? { status: 304, headers: { ETag: etag } } : response;
}

/** The value of If-Match (RFC 9110 section 13.1.1). Throws PreconditionRequiredError without it. */
export function requireIfMatch(request: HttpRequest): string {
  const etag = request.headers.get('if-match');
  if (!etag)
    throw new PreconditionRequiredError(
      'if_match_missing',
      'The header If-Match is missing. Send the ETag of the version that you read.',
    );
  return etag;
}
