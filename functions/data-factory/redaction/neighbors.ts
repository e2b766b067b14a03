/** Secrets that stand beside their name or their user, without a separator that makes them a pair. */
import type { AddRange } from './ranges';
import { judgeVariable } from './secret-names';
import { hasNoContent, isMixed, isName } from './value-rules';

/** `'apiKey', '…'`, `@name = 'apiKey', @value = '…'`, `when 'apiKey' then '…'`. */
const nameAndValue =
  /(["'])([\p{L}_][\p{L}\p{N}_ .-]{0,63})\1\s{0,8}(?:,\s{0,8}(?:@\w{1,40}\s{0,4}=\s{0,4})?|then\s{1,8})N?(?=["'])/giu;
/** `auth=('user', '…')`, `HTTPBasicAuth("user", "…")`, `login('user', '…')`. */
const userAndPassword =
  /(?:auth|login|authenticate|credentials?)\s{0,2}=?\s{0,2}\(\s{0,4}(["'])[^"'\n]{0,100}\1\s{0,2},\s{0,4}(?=["'])/gi;
/** A part of a form with several parts. Its value follows an empty line. */
const formPart =
  /name="([^"\n]{1,64})"[^\n]{0,200}(?:\n[\w-]{1,40}:[^\n]{0,200}){0,4}\n\r?\n(?=[^\r\n])/gi;

export function scanNeighbors(text: string, add: AddRange): void {
  if (/["']\s{0,8}(?:,|then\s)/i.test(text)) {
    for (const { index, 0: found, 2: name } of text.matchAll(nameAndValue)) {
      if (judgeVariable(name!.trim()) !== 'secret') continue;
      const [start, end] = literalAt(text, index + found.length);
      const value = text.slice(start, end);
      if (isMixed(value) && !isName(value)) add(start, end);
    }
    for (const { index, 0: found } of text.matchAll(userAndPassword)) {
      const [start, end] = literalAt(text, index + found.length);
      if (!hasNoContent(text.slice(start, end))) add(start, end);
    }
  }
  if (!text.includes('form-data')) return;
  for (const { index, 0: found, 1: name } of text.matchAll(formPart)) {
    const start = index + found.length;
    if (judgeVariable(name!) === 'secret')
      add(start, start + /^[^\r\n]*/.exec(text.slice(start))![0].length);
  }
}

/** Start and end of the literal whose quote is at a position. */
function literalAt(text: string, at: number): [start: number, end: number] {
  const end = text.indexOf(text[at]!, at + 1);
  return [at + 1, end < 0 ? text.length : end];
}
