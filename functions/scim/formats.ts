/** Formats of texts, checked character by character: no regular expression sees a request. */
const hexadecimal = new Set('0123456789abcdefABCDEF');
const base64 = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_');

export function isGuid(text: string): boolean {
  if (text.length !== 36) return false;
  return Array.from(text).every((character, index) =>
    index === 8 || index === 13 || index === 18 || index === 23
      ? character === '-'
      : hexadecimal.has(character),
  );
}

/** RFC 4648 section 4 or 5, with or without padding. */
export function isBase64(text: string): boolean {
  let end = text.length;
  while (end > text.length - 2 && text[end - 1] === '=') end--;
  for (let index = 0; index < end; index++) if (!base64.has(text[index]!)) return false;
  return end % 4 !== 1;
}

const unreserved = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~');

/** Unreserved characters of RFC 3986, which a cursor consists of (RFC 9865 section 2). */
export const isUnreserved = (text: string): boolean =>
  Array.from(text).every((character) => unreserved.has(character));
