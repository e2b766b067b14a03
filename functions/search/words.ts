/** Words of texts and queries: letters and digits, in lower case and without accents. */

/** Different words of a query. */
export const queryWords = (text: string): string[] => [
  ...new Set(Array.from(folded(text).matchAll(word), ([found]) => found.toLowerCase())),
];

/** Words of a text, and the parts of words like `CopySalesOrders`. */
export function termsOf(text: string): string[] {
  const words: string[] = [];
  for (const [found] of folded(text).matchAll(word)) {
    if (found.length > maxLength) continue;
    words.push(found.toLowerCase());
    const parts = found.match(part);
    if (parts && parts.length > 1) words.push(...parts.map((each) => each.toLowerCase()));
  }
  return words;
}

/** Longer words are digests and encoded data. */
const maxLength = 140;
const word = /[\p{L}\p{N}]+/gu;
const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lo}+/gu;

/** `Müller` is found as `muller`. */
const folded = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : text.normalize('NFKD').replace(/\p{M}/gu, '');
