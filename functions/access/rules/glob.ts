/** Patterns with `*` and `?`, compared without case, in linear space and without regular expressions. */

export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = Array.from(folded(pattern));
  const given = Array.from(folded(text));
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
