/**
 * The address of a webhook as readers see it. The query is always secret. A path may be, as that of
 * Slack and Teams is, so it is shown only as far as its segments are plain words.
 */
import { isSecretName } from '../../data-factory/redaction/secret-names';
import { scanWebhooks } from '../../data-factory/redaction/url-paths';

export const hiddenPart = '***';

const maxShownSegments = 6;
/** Lower-case words and versions. Ids, keys and encoded text have digits, capitals or more letters. */
const plainSegment = /^(?:v\d{1,2}|[a-z]{1,14}(?:[-_.][a-z]{1,14}){0,2})$/;
/** Five consonants in a row are rare in words and frequent in generated text. */
const consonants = /[bcdfghjklmnpqrstvwxz]{5}/;
const vowel = /[aeiouy]/;
const separator = /[-_.]/;

/** `https://host/path`, with `***` for the hidden rest of the path and for a query. */
export function displayUrl(address: string): string {
  const { origin, pathname, search } = new URL(address);
  return `${origin}${displayPath(origin, pathname)}${search === '' ? '' : `?${hiddenPart}`}`;
}

function displayPath(origin: string, pathname: string): string {
  const segments = pathname.split('/').slice(1);
  const shownLength = lengthBeforeSecret(origin, pathname);
  const shown: string[] = [];
  let length = 0;
  for (const [n, segment] of segments.slice(0, maxShownSegments).entries()) {
    length += segment.length + 1;
    if (length > shownLength || !isPlain(segment)) break;
    const isSecret = isSecretName(segment);
    // One word before another segment is the name of that value. Other words may be the value.
    if (isSecret && (n + 1 === segments.length || separator.test(segment))) break;
    shown.push(segment);
    if (isSecret) break;
  }
  const hidden = shown.length < segments.length ? [hiddenPart] : [];
  return `/${[...shown, ...hidden].join('/')}`;
}

/** Characters of the path before the part that is a secret at well-known services. */
function lengthBeforeSecret(origin: string, pathname: string): number {
  let start = origin.length + pathname.length;
  scanWebhooks(`${origin}${pathname}`, (from) => {
    start = Math.min(start, from);
  });
  return start - origin.length;
}

const isPlain = (segment: string): boolean =>
  segment === '' ||
  (plainSegment.test(segment) &&
    segment.split(separator).every((word) => /^v\d/.test(word) || word.length < 5 || isWord(word)));

const isWord = (word: string): boolean => vowel.test(word) && !consonants.test(word);
