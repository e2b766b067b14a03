/** Cuts a SQL text into statements, outside of quotes and comments. Reads each character once. */

/** What is not closed ends with the text: a search from each beginning would take too long. */
const quoted = String.raw`'(?:[^']|'')*'|"[^"]*"|\[[^\]]*(?:\]|$)|${'`'}[^${'`'}]*${'`'}`;
const comment = String.raw`--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)`;
const piece = new RegExp(`(${quoted})|(${comment})|[\\w$@#]+|[\\s\\S]`, 'g');
const batchEnd = /^[ \t]*go[ \t]*$/gim;

/** Statements between semicolons and between batches, without comments. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  for (const [text, , skipped] of sql.matchAll(piece)) {
    if (skipped !== undefined) current += ' ';
    else if (text === ';') {
      statements.push(current);
      current = '';
    } else current += text;
  }
  return [...statements, current]
    .flatMap((each) => each.split(batchEnd))
    .filter((each) => /\w/.test(each));
}

const statementStart =
  /^(?=[ \t]*(?:insert|delete|update|truncate|merge|exec|execute|declare|drop|use|print)\b)/gim;

/** Statements that only line breaks separate: each begins a line with its verb. */
export const splitLines = (statement: string): string[] =>
  statement.split(statementStart).filter((each) => /\w/.test(each));

/** Whether a line behind the first one begins a statement. */
export const hasFurtherLine = (rest: string): boolean => rest.search(statementStart) > 0;

/** Position of the first of the words outside of quotes and brackets. Negative if there is none. */
export function findWord(sql: string, words: ReadonlySet<string>, from = 0): number {
  let open = 0;
  piece.lastIndex = 0;
  for (const { 0: text, index } of sql.slice(from).matchAll(piece)) {
    if (text === '(') open++;
    else if (text === ')') open--;
    else if (open === 0 && words.has(text.toLowerCase())) return from + index;
  }
  return -1;
}

/** The text in brackets that begins at a position. Undefined if it is not closed. */
export function bracketed(sql: string, from: number): string | undefined {
  let open = 0;
  for (const { 0: text, index } of sql.slice(from).matchAll(piece)) {
    if (text === '(') open++;
    else if (text === ')' && --open === 0) return sql.slice(from, from + index + 1);
  }
  return undefined;
}
