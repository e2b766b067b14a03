/** Names before a separator, in texts. */
import { isSplitName, judgeName, type NameVerdict } from './secret-names';

export const maxName = 64;

/** The name before a separator, without its quotes. Undefined if there is none. */
export function nameBefore(text: string, at: number): string | undefined {
  let end = skipBack(text, at, operators, maxSpace);
  const closed = skipQuotes(text, end);
  const isQuoted = closed < end;
  end = closed;
  const first = Math.max(0, end - maxName);
  let start = end;
  while (start > first && isNameCharacter(text.charCodeAt(start - 1), isQuoted)) start--;
  while (start < end && text[start] === ' ') start++;
  if (start === end) return undefined;
  const name = text.slice(start, end);
  if (isQuoted || text[start - 1] !== ' ') return name;
  let before = start - 1;
  while (before > first && isLetter(text.charCodeAt(before - 1))) before--;
  if (start - 1 - before < 2) return name;
  const both = text.slice(before, end);
  return judgeName(name) !== 'plain' || isSplitName(both) ? both : name;
}

const operators = ' \t\r\n\u00a0=!<>:+-：＝→⇒';
/** Most characters between a name, its separator and its value. */
export const maxSpace = 40;

function skipBack(text: string, at: number, characters: string, most: number): number {
  let end = at;
  while (end > 0 && at - end < most && characters.includes(text[end - 1]!)) end--;
  return end;
}

const closings = /(?:["'`\]\0]|\\{1,8}u00(?:22|27)|\\|&quot;|&#3[49];|%2[27]|%5[BbDd])+$/i;

function skipQuotes(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  // Most names are not quoted: letters other than the digits of an encoded quote end here.
  if (isLetter(code) || code === 95) return end;
  const from = Math.max(0, end - 16);
  const found = closings.exec(text.slice(from, end));
  return found ? end - found[0].length : end;
}

const isLetter = (code: number): boolean =>
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  (code > 127 && code < 0xfff0 && code !== 160);

const isNameCharacter = (code: number, isQuoted: boolean): boolean =>
  isLetter(code) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 46 ||
  code === 36 ||
  code === 64 ||
  code === 35 ||
  code === 45 ||
  (isQuoted && code === 32);

/** `primary key` and `first pass` are plain: two words are judged together if the last is not plain. */
export function judgeLast(name: string): NameVerdict {
  const last = name.slice(name.lastIndexOf(' ') + 1);
  const verdict = judgeName(last);
  if (verdict === 'plain') return last !== name && isSplitName(name) ? 'secret' : 'plain';
  const isKey = /^[@#$.]*keys?$/i.test(last);
  if (last === name) return isKey ? 'weak' : verdict;
  const both = judgeName(name);
  return both === 'plain' || isKey ? both : verdict;
}
