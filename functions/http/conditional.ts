/** Versions of what is read: strong tags, and 304 for whoever has it already (RFC 9110 §13.1.2). */
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { PreconditionRequiredError } from '../errors/app-error';

/** A tag for an answer that has no version of its own: it changes when, and only when, the answer does. */
export const contentEtag = (answer: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 22)}"`;

/** The answer, or 304 when the caller named its tag. If-None-Match is compared weakly, and `*` matches anything. */
export function applyIfNoneMatch(request: HttpRequest, answer: HttpResponseInit): HttpResponseInit {
  const { ETag: tag } = (answer.headers ?? {}) as Record<string, string>;
  if (answer.status !== 200 || tag === undefined) return answer;
  const known = (request.headers.get('if-none-match') ?? '').split(',');
  const matches = known.some((one) => [tag, '*'].includes(one.trim().replace(/^W\//, '')));
  return matches ? { status: 304, headers: { ETag: tag } } : answer;
}

/** RFC 9110 §13.1.1. Our tags are strong; a weak or missing one cannot prove what the caller saw. */
export function requireIfMatch(request: HttpRequest): string {
  const tag = request.headers.get('if-match');
  if (!tag)
    throw new PreconditionRequiredError(
      'if_match_missing',
      'Send If-Match with the ETag you read, so that nobody’s change is lost.',
    );
  return tag;
}
