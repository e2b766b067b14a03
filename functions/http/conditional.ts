/** Conditional requests: strong ETags, If-Match and If-None-Match (RFC 9110 section 13). */
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { InvalidInputError, PreconditionRequiredError, StaleError } from '../errors/app-error';
import type { IfMatch } from '../storage/if-match';

/** ETag of a response that has no version of its own: a hash of its content. */
export const contentEtag = (content: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)}"`;

/**
 * Replaces the response by 304 if If-None-Match names its ETag. Compares weakly; `*` matches any
 * ETag. The 304 has the headers of the response (RFC 9110 section 15.4.5).
 */
export function applyIfNoneMatch(
  request: HttpRequest,
  response: HttpResponseInit,
): HttpResponseInit {
  const headers = (response.headers ?? {}) as Record<string, string>;
  const { ETag: etag } = headers;
  if (response.status !== 200 || etag === undefined) return response;
  const tags = parseEntityTags(request.headers.get('if-none-match') ?? '');
  const matches = tags === '*' || tags?.some(({ opaque }) => opaque === etag);
  if (!matches) return response;
  const { 'Content-Type': _type, ...others } = headers;
  return { status: 304, headers: others };
}

/**
 * The precondition in If-Match. Throws an error that says why if the header is missing, is not a
 * list of entity tags, or can match nothing because all its tags are weak.
 */
export function requireIfMatch(request: HttpRequest): IfMatch {
  const header = request.headers.get('if-match');
  if (!header)
    throw new PreconditionRequiredError(
      'if_match_missing',
      'The header If-Match is missing. Send the ETag of the version that you read.',
    );
  const tags = parseEntityTags(header);
  if (tags === undefined)
    throw new InvalidInputError(
      'if_match_invalid',
      'The header If-Match is neither * nor a list of entity tags. Send the ETag that you read, with its double quotes.',
    );
  if (tags === '*') return tags;
  const strong = tags.filter(({ weak }) => !weak).map(({ opaque }) => opaque);
  if (strong.length === 0)
    throw new StaleError(
      'if_match_weak',
      `If-Match compares strongly, so the weak entity tag W/${tags[0]!.opaque} matches no version. Send the tag without W/, as the member etag of the body has it.`,
    );
  return strong;
}

interface EntityTag {
  readonly weak: boolean;
  /** With its quotes. */
  readonly opaque: string;
}

/**
 * Parses `*` or a list of entity tags (RFC 9110 sections 8.8.3 and 5.6.1.2). Undefined for anything
 * else, and for a list without a tag.
 */
function parseEntityTags(header: string): '*' | readonly EntityTag[] | undefined {
  if (header.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  const element = /[\t ]*(?:(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[\t ]*)?(,|$)/y;
  for (;;) {
    const [, weak, opaque, end] = element.exec(header) ?? [];
    if (end === undefined) return undefined;
    if (opaque !== undefined) tags.push({ weak: weak !== undefined, opaque });
    if (end === '') return tags.length > 0 ? tags : undefined;
  }
}
