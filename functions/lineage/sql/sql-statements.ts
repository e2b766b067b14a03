/** Splits a SQL text at semicolons outside of quotes and comments. Reads each character once. */

const piece =
  /'(?:[^']|'')*'|"[^"]*"|\[[^\]]*\]|`[^`]*`|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|[\s\S]/g;

export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  for (const [text] of sql.matchAll(piece)) {
    if (text !== ';') {
      current += text;
      continue;
    }
    statements.push(current);
    current = '';
  }
  return [...statements, current].filter((each) => /\w/.test(each));
}
