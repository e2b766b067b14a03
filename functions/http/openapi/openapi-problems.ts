/** Which problems an endpoint may respond with, from what it declares. */
import type { ErrorKind } from '../../errors/app-error';
import type { Endpoint } from '../endpoint';
import { statusByKind } from '../problem';

/** Kinds of errors that the declaration of the endpoint makes possible. */
function kindsOf(declared: Endpoint): readonly ErrorKind[] {
  const { allow, params, query, body, ifMatch, idempotent, method } = declared;
  const kinds: [ErrorKind, unknown][] = [
    ['invalid-input', params ?? query ?? body ?? ifMatch ?? idempotent],
    ['unauthenticated', allow !== 'anonymous'],
    ['forbidden', allow !== 'anonymous'],
    ['not-found', params],
    // Callers without a token guess methods most often: crawlers and previews of links.
    ['method-not-allowed', allow === 'anonymous'],
    ['conflict', method !== 'GET' && allow !== 'anonymous'],
    ['stale', ifMatch],
    ['too-slow', body],
    ['too-large', body],
    ['unsupported-format', body],
    ['refused', idempotent ?? body],
    ['precondition-required', ifMatch],
    ['throttled', allow !== 'anonymous'],
    ['misconfigured', true],
  ];
  return kinds.flatMap(([kind, isPossible]) => (isPossible ? [kind] : []));
}

/** Status and title of each problem, by status. */
export const problemsOf = (declared: Endpoint) =>
  kindsOf(declared)
    .map((kind) => statusByKind[kind])
    .filter(({ status }) => !(status in declared.responses))
    .sort((one, other) => one.status - other.status);
