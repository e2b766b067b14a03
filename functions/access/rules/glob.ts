/** Patterns with `*` and `?`, compared without case, in linear space and without regular expressions. */

export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/** Folded once, so that it can be compared many times. */
export const foldedLetters = (text: string): readonly string[] => Array.from(folded(text));

export const matchesGlob = (pattern: string, text: string): boolean =>
  matchesLetters(foldedLetters(pattern), foldedLetters(text));

export function matchesLetters(wanted: readonly string[], given: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let retryAt = 0;
  for (let n = 0; n < given.length;) {
    if (wanted[at] === '*') {
      star = at++;
      retryAt = n;
    } else if (wanted[at] === '?' || wanted[at] === given[n]) {
      at++;
      n++;
    } else if (star >= 0) {
      // The last star takes one more character.
      at = star + 1;
      n = ++retryAt;
    } else return false;
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}
