/**
 * SQL and scripts of data flows. Names and values outside literals are columns and variables, so each literal is a
 * text of its own: a connection string of `OPENROWSET`, the body of a REST source, a query in a query.
 */
import { scanBody } from '../body-text';
import { scanAssignedCalls, scanCalls } from './call-arguments';
import { addSecret, endOfLiteral, literalAt, literalsOf, type Literal } from './literals';
import { nameBefore } from '../pair-names';
import { shifted, type AddRange } from '../ranges';
import { judgeName, judgeVariable } from '../secret-names';
import { hasNoContent, isMixed, isName } from '../value-rules';

/** Reads a text as one that is no code. `depth` is the number of comments around it. */
export type ScanText = (text: string, add: AddRange, depth: number) => void;

/** A comment is read twice, so each one in another doubles the work. */
const maxDepth = 3;

export function scanCode(given: string, scanText: ScanText, add: AddRange, depth = 0): void {
  // Fillers of escaped quotes in an expression. The text keeps its length.
  const text = given.replaceAll('\0', ' ');
  const { literals, comments } = literalsOf(text);
  let last: Literal | undefined;
  for (const literal of literals) {
    const { start, end } = literal;
    if (last && isConnected(text, last, literal)) add(start, end);
    else if (isBody(text, start - 1)) scanBody(text.slice(start, end), shifted(add, start));
    else if (end - start >= 8)
      scanText(withPlainQuotes(text.slice(start, end)), shifted(add, start), depth);
    last = literal;
  }
  if (depth < maxDepth)
    for (const comment of comments) scanComment(text, comment, scanText, add, depth + 1);
  if (literals.length > 0) {
    scanDefaults(text, literals, add);
    scanCalls(text, literals, add);
    scanAssignedCalls(text, literals, add);
    scanConditions(text, literals, add);
  }
  scanInserts(text, add);
}

/** A query in a literal has literals of its own. The text keeps its length. */
const withPlainQuotes = (literal: string): string =>
  literal.includes("\\'") ? literal.replaceAll("\\'", " '") : literal;

/** `body: '…'` of a source in a data flow. */
const isBody = (text: string, quoteAt: number): boolean =>
  /\b(?:requestBody|body)\s{0,4}:\s{0,4}$/.test(text.slice(Math.max(0, quoteAt - 24), quoteAt));

/** `concat('Bearer ', '…')`, `'Password=' + '…'`. */
function isConnected(text: string, last: Literal, next: Literal): boolean {
  const between = text.slice(last.end + 1, Math.min(next.start - 1, last.end + 21));
  if (!/^\s*(?:,|\+|\|\|)\s*N?$/.test(between)) return false;
  const lead = text.slice(Math.max(last.start, last.end - 80), last.end);
  if (/\b(?:bearer|basic)\s$/i.test(lead)) return true;
  const separator = /[=:]\s{0,4}['"]?$/.exec(lead);
  const name = separator && nameBefore(lead, separator.index);
  return typeof name === 'string' && judgeName(name) === 'secret';
}

/** In a comment, `name: value` is a note. `name = value` may be code, in which the value is a name or a literal. */
function scanComment(
  text: string,
  { start, end }: Literal,
  scanText: ScanText,
  add: AddRange,
  depth: number,
): void {
  const comment = text.slice(start, end);
  // A single quote may be an apostrophe.
  const quotes = comment.match(/'/g)?.length ?? 0;
  if (quotes > 0 && quotes % 2 === 0) scanCode(comment, scanText, shifted(add, start), depth);
  const addValue: AddRange = (from, to) => {
    const value = comment.slice(from, to);
    const isValue = /[:'"]\s*$/.test(comment.slice(Math.max(0, from - 4), from));
    if (isValue || (isMixed(value) && !isName(value))) add(start + from, start + to);
  };
  scanText(comment, addValue, depth);
}

/** `pwd as string ('…')` of a data flow, `DECLARE @pwd nvarchar(50) = N'…'` of SQL. */
const parameterDefault =
  /([^\s(){},'"]{1,64}|\{[^{}]{1,64}\})\s{1,8}as\s{1,8}[a-z]{2,20}(?:\[\])?(?:\([\d,\s]{1,12}\))?\s{0,8}\(/gi;
const declaration =
  /@([\p{L}_][\p{L}\p{N}_$#]{0,63})\s{1,8}(?:as\s{1,4})?[a-z]\w{1,30}(?:\s{0,2}\([\w\s,]{1,12}\))?\s{0,8}=\s{0,8}N?(?=')/giu;

/** `v_pwd CONSTANT VARCHAR2(30) := '…'` of PL/SQL. */
const assignment =
  /(?<![\w@.])([\p{L}_][\p{L}\p{N}_$#]{0,63})\s{1,8}(?:constant\s{1,8})?[a-z]\w{1,30}(?:\s{0,2}\([\w\s,]{1,12}\))?\s{0,8}:=\s{0,8}N?(?=')/giu;

function scanDefaults(text: string, literals: readonly Literal[], add: AddRange): void {
  let read = 0;
  // Much cheaper than the search, and false for most texts. So is the test of conditions.
  const mayHaveDefault = /\sas\s/i.test(text);
  for (const { index, 0: found, 1: name } of mayHaveDefault ? text.matchAll(parameterDefault) : [])
    if (index >= read) read = hideUpToBracket(text, index + found.length, literals, name!, add);
  for (const pattern of text.includes(':=') ? [declaration, assignment] : [declaration])
    for (const { index, 0: found, 1: name } of text.matchAll(pattern)) {
      const literal = literalAt(literals, index + found.length);
      if (literal) addSecret(text, literal, name!, add);
    }
}

/** Returns the position up to which literals were read. */
function hideUpToBracket(
  text: string,
  start: number,
  literals: readonly Literal[],
  name: string,
  add: AddRange,
): number {
  let from = start;
  if (judgeName(name) === 'plain') return from;
  for (let literal = literalAt(literals, from); literal; literal = literalAt(literals, from)) {
    if (/[)}]/.test(text.slice(from, literal.start - 1).replace(/\([^()]*\)/g, ''))) break;
    addSecret(text, literal, name, add);
    from = literal.end + 1;
  }
  return from;
}

/**
 * `password <> '…'`, `password IN ('…', '…')`, and names after the value: `'…' AS password`. Without
 * `AS`, a name with a value of its own is the next option: `URL = '…' CREDENTIALS = (…)`.
 */
const condition =
  /([@\p{L}_][\p{L}\p{N}_@$#]{0,63})["`\]]?\s{0,4}(?:<>|!=|\s(?:not\s{1,4})?(?:like\s{0,4}|in\s{0,4}\())\s{0,4}N?(?=')/giu;
const alias =
  /^'\s{1,8}(as\s{1,8})?["`[]?([\p{L}_][\p{L}\p{N}_$#]{0,63})(["`\]]?\s{0,8}[=(]|\s{1,8}['"])?/iu;

function scanConditions(text: string, literals: readonly Literal[], add: AddRange): void {
  const mayHaveCondition = /(?:<>|!=|like|in\s{0,4}\()\s{0,8}N?'/i.test(text);
  for (const { index, 0: found, 1: name } of mayHaveCondition ? text.matchAll(condition) : []) {
    if (judgeVariable(name!) === 'plain') continue;
    const from = index + found.length;
    let literal = literalAt(literals, from);
    for (let count = 0; literal && count < 50; count++) {
      addSecret(text, literal, name!, add);
      const next = literalAt(literals, literal.end + 1);
      const isNext = next && /^'\s{0,8},\s{0,8}N?'$/.test(text.slice(literal.end, next.start));
      literal = isNext && found.endsWith('(') ? next : undefined;
    }
  }
  for (const literal of literals) {
    const [, as, name, next] = alias.exec(text.slice(literal.end, literal.end + 100)) ?? [];
    const isAlias = as !== undefined || next === undefined;
    if (name !== undefined && isAlias) addSecret(text, literal, name, add);
  }
}

const insert =
  /\binsert\s{1,8}(?:into\s{1,8})?[^\s(]{1,256}\s{0,8}\(([^()]{1,4000})\)\s{0,8}(?:values\s{0,8}(?=\()|select\s)/gi;

/** `INSERT INTO users (name, password) VALUES ('u', '…')`: the columns name the values. */
function scanInserts(text: string, add: AddRange): void {
  let read = 0;
  for (const { index, 0: found, 1: list } of text.matchAll(insert)) {
    if (index < read) continue;
    const columns = list!.split(',').map((column) => judgeName(column.trim()) === 'secret');
    if (!columns.includes(true)) continue;
    read = index + found.length;
    if (!/values\s*$/i.test(found)) read = hideColumns(text, read, columns, add);
    while (text[read] === '(') {
      read = hideColumns(text, read + 1, columns, add);
      read += /^\s{0,8},?\s{0,8}/.exec(text.slice(read, read + 20))![0].length;
    }
  }
}

/** Returns the position after the closing bracket. */
function hideColumns(
  text: string,
  from: number,
  columns: readonly boolean[],
  add: AddRange,
): number {
  let column = 0;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (character === "'") {
      const end = endOfLiteral(text, at + 1, character, false);
      if (columns[column] && !hasNoContent(text.slice(at + 1, end))) add(at + 1, end);
      at = end;
    } else if (character === '(') depth++;
    else if (character === ')' && depth-- === 0) return at + 1;
    else if (character === ',' && depth === 0) column++;
  }
  return text.length;
}
