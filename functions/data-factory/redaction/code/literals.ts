/** Literals and comments of SQL and of scripts of data flows. */
import type { AddRange } from '../ranges';
import { judgeVariable } from '../secret-names';
import { hasNoContent, isIdentifierList } from '../value-rules';

export interface Literal {
  /** Positions inside the quotes. */
  readonly start: number;
  readonly end: number;
}

const isDataFlow = (text: string): boolean => /~>|^\s{0,200}parameters\s{0,8}\{/.test(text);

/** Quotes are doubled in SQL. In data flows, they follow a backslash. */
export function literalsOf(text: string): { literals: Literal[]; comments: Literal[] } {
  const literals: Literal[] = [];
  const comments: Literal[] = [];
  const hasBackslash = isDataFlow(text);
  const opening = /['"]|--|\/\*/g;
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const start = match.index + match[0].length;
    if (match[0] === '--' || match[0] === '/*') {
      const close = text.indexOf(match[0] === '--' ? '\n' : '*/', start);
      const end = close < 0 ? text.length : close;
      comments.push({ start, end });
      opening.lastIndex = end;
      continue;
    }
    const end = endOfLiteral(text, start, match[0], hasBackslash);
    literals.push({ start, end });
    opening.lastIndex = end + 1;
  }
  return { literals, comments };
}

/** Comments become spaces. The text keeps its length. */
export function withoutComments(text: string): string {
  let result = '';
  let from = 0;
  for (const { start, end } of literalsOf(text).comments) {
    const open = start - 2;
    const close = text.startsWith('*/', end) ? end + 2 : end;
    result += text.slice(from, open) + ' '.repeat(close - open);
    from = close;
  }
  return result + text.slice(from);
}

export function endOfLiteral(
  text: string,
  start: number,
  quote: string,
  hasBackslash: boolean,
): number {
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (hasBackslash && character === '\\') at++;
    else if (character === quote) {
      if (text[at + 1] !== quote) return at;
      at++;
    }
  }
  return text.length;
}

/** The first literal whose content begins after a position. */
export function literalAt(literals: readonly Literal[], from: number): Literal | undefined {
  let low = 0;
  let high = literals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (literals[middle]!.start <= from) low = middle + 1;
    else high = middle;
  }
  return literals[low];
}

/** Hides a literal that stands where the value of a name does, if the name is that of a secret. */
export function addSecret(
  text: string,
  { start, end }: Literal,
  name: string,
  add: AddRange,
): void {
  const value = text.slice(start, end);
  const verdict = judgeVariable(name);
  if (verdict === 'plain' || hasNoContent(value)) return;
  if (verdict === 'secret' || !isIdentifierList(value)) add(start, end);
}
