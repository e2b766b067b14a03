/**
 * Statements whose tables are named by their first words, in dialects that the parser does not know in
 * full: CALL and EXEC of a procedure, COPY INTO a table, MERGE of two tables.
 */

export interface PlainStatement {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly executes?: readonly string[];
  /** True if a part of the statement names further tables. */
  readonly isPartial?: boolean;
}

const part = String.raw`(?:\[[^\]]{1,200}\]|"[^"]{1,200}"|${'`'}[^${'`'}]{1,200}${'`'}|[\w$]{1,200})`;
const name = `(${part}(?:\\s*\\.\\s*${part}){0,3})`;
const call = new RegExp(`^\\s*call\\s+${name}\\s*\\(`, 'i');
const copy = new RegExp(
  `^\\s*copy\\s+into\\s+${name}\\s+(?:\\([^)]{0,2000}\\)\\s*)?from\\s+['@]`,
  'i',
);
const merge = new RegExp(
  `^\\s*merge\\s+(?:into\\s+)?${name}\\s+(?:with\\s*\\([^)]{0,100}\\)\\s*)?(?:(?:as\\s+)?${part}\\s+)?using\\s+(?:${name}|(\\())`,
  'i',
);

/** Undefined if the statement is none of these. */
export function plainStatement(sql: string): PlainStatement | undefined {
  const procedure = call.exec(sql)?.[1];
  if (procedure !== undefined) return { executes: parts(procedure) };
  const copied = copy.exec(sql)?.[1];
  if (copied !== undefined) return { writes: parts(copied) };
  const [, target, source] = merge.exec(sql) ?? [];
  if (target === undefined) return undefined;
  return source === undefined
    ? { writes: parts(target), isPartial: true }
    : { writes: parts(target), reads: parts(source) };
}

const pieces = new RegExp(part, 'g');

const parts = (qualified: string): string[] =>
  [...qualified.matchAll(pieces)].map(([piece]) => piece.replace(/^[["`]|[\]"`]$/g, ''));
