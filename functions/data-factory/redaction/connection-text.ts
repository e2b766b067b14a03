/** Connection strings, of which only pairs that are known to be harmless are shown, and user names. */
import { isHarmlessPair } from './harmless-names';
import { nextOf, shifted, type AddRange } from './ranges';
import { hasNoContent, isHarmlessPart, isHarmlessWord, isPlaceholder } from './value-rules';

export function scanConnectionString(text: string, add: AddRange): void {
  const isUrl = /^\s{0,4}(?:jdbc:)?[a-z][\w+.:-]{0,40}:\/\//i.test(text.slice(0, 60));
  const divider = text.includes(';') || !text.includes(',') ? ';' : ',';
  const nextQuote = nextOf(text, /["'{]/);
  const nextEquals = nextOf(text, /=/);
  for (let start = 0; start <= text.length;) {
    const end = endOfPair(text, start, divider, nextQuote);
    if (!(isUrl && start === 0)) judgePair(text, start, end, nextEquals(start), divider, add);
    start = end + 1;
  }
}

/** A quoted or braced value may contain the divider. */
function endOfPair(
  text: string,
  start: number,
  divider: string,
  nextQuote: (from: number) => number,
): number {
  const end = text.indexOf(divider, start);
  const limit = end < 0 ? text.length : end;
  const quote = nextQuote(start);
  if (quote >= limit || !/=\s{0,4}$/.test(text.slice(Math.max(start, quote - 6), quote)))
    return limit;
  const closing = text.indexOf(text[quote] === '{' ? '}' : text[quote]!, quote + 1);
  if (closing < 0) return text.length;
  const next = text.indexOf(divider, closing);
  return next < 0 ? text.length : next;
}

function judgePair(
  text: string,
  start: number,
  end: number,
  equals: number,
  divider: string,
  add: AddRange,
): void {
  if (equals >= end) {
    const value = text.slice(start, end).trim();
    // The host of a Redis cache stands before the pairs, the path of a JDBC URL before its query.
    const isHost = start === 0 && divider === ',' && /^[\w.-]{1,255}(?::\d{1,5})?$/.test(value);
    if (!isHost && !hasNoContent(value) && !isHarmlessPart(value)) add(start, end);
    return;
  }
  const name = text.slice(start, equals).trim();
  const value = text.slice(equals + 1, end);
  if (isHarmlessPair(name)) {
    if (isUserName(name)) scanUserName(value, shifted(add, equals + 1));
    return;
  }
  if (isHarmlessWord(value) || hasNoContent(value)) return;
  const lead = /^\s*/.exec(value)![0].length;
  add(equals + 1 + lead, end);
}

/** Whether a key or the name of a pair is that of a user name. */
export const isUserName = (name: string): boolean =>
  /(?:user[\s_-]?(?:name|id|identifier)?|^uid|^login)$/i.test(name);

/** URLs and URNs have readers of their own, or no password. */
const otherText = /^\s{0,4}(?:urn:|[a-z][\w+.-]{0,40}:\/\/)/i;

/** No user name contains a colon (RFC 7617 section 2), so the text after one is a password. */
export function scanUserName(text: string, add: AddRange): void {
  const colon = text.indexOf(':');
  const password = text.slice(colon + 1);
  if (colon < 1 || otherText.test(text.slice(0, 60))) return;
  if (hasNoContent(password) || isHarmlessWord(password) || isPlaceholder(password)) return;
  add(colon + 1, text.length);
}
