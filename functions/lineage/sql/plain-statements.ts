/**
 * Statements whose tables are named by their first words, in dialects that the parser does not know in
 * full. What they select from is left to the parser as a query.
 */
import { bracketed, findWord, hasFurtherLine } from './sql-statements';

export interface PlainStatement {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly executes?: readonly string[];
  /** Query whose rows are written. */
  readonly query?: string;
  /** Statements behind this one use another database or schema. */
  readonly use?: { readonly database?: string; readonly schema?: string };
}

const part = String.raw`(?:\[[^\]]{1,200}\]|"[^"]{1,200}"|${'`'}[^${'`'}]{1,200}${'`'}|[\w$#@]{1,200})`;
const name = `(${part}(?:\\s*\\.\\s*(?:${part})?){0,3})`;
const start = (pattern: string) => new RegExp(`^\\s*${pattern}`, 'i');

const use = start(`use\\s+(?:(database|schema|role|warehouse|secondary)\\s+)?${name}\\s*$`);
const call = start(`call\\s+${name}\\s*\\(`);
const execute = start(`exec(?:ute)?\\s+(?:@\\w+\\s*=\\s*)?${name}(?=\\s|$)(?!\\s*\\()`);
const copy = start(`copy\\s+into\\s+${name}\\s+(?:\\([^)]{0,2000}\\)\\s*)?from\\s+['@]`);
const overwrite = start(`insert\\s+overwrite\\s+(?:into\\s+|table\\s+)?${name}\\s+(?=select|with)`);
const insertResult = start(
  `insert\\s+(?:into\\s+)?${name}\\s+(?:\\([^)]{0,4000}\\)\\s*)?exec(?:ute)?\\s+${name}`,
);
const merge = start(
  `merge\\s+(?:top\\s*\\([^)]{0,20}\\)\\s*)?(?:into\\s+)?${name}\\s+(?:with\\s*\\([^)]{0,100}\\)\\s*)?(?:(?:as\\s+)?${part}\\s+)?using\\s+(?:${name}|(?=\\())`,
);
const selectInto = new RegExp(`\\binto\\s+${name}\\s+(?=from\\b)`, 'i');
const insert = start(`insert\\s+(?:into\\s+)?${name}\\s*(?:\\([^)]{0,4000}\\)\\s*)?`);
const insertValues = start(
  `insert\\s+(?:into\\s+)?${name}\\s*(?:\\([^)]{0,4000}\\)\\s*)?values\\s*\\(`,
);
const update = start(`update\\s+${name}\\s+set\\b`);
const remove = start(`delete\\s+from\\s+${name}\\s*(?:where\\b|$)`);
const truncate = start(`truncate\\s+(?:table\\s+)?${name}\\s*$`);
/** Words that lead to further tables, also in a further statement behind a line break. */
const further =
  /\b(?:select|from|join|using|output|returning|exec|execute|call)\b|(?<!\b(?:do|key)\s{1,10})\b(?:insert|update|delete|merge|truncate)\b/i;
const unload = /^\s*copy\s+into\s+['@][^\s(]{1,1000}\s+from\s+(?=\(\s*(?:select|with)\b)/i;
const verbs: ReadonlySet<string> = new Set(['insert', 'merge', 'update', 'delete', 'select']);

/** Undefined if the statement is none of these. */
export function plainStatement(sql: string): PlainStatement | undefined {
  const [, what, used] = use.exec(sql) ?? [];
  if (used !== undefined) return { use: usedPlace(what?.toLowerCase(), parts(used)) };
  const procedure = (call.exec(sql) ?? execute.exec(sql))?.[1];
  if (procedure !== undefined && !procedure.startsWith('@')) return { executes: parts(procedure) };
  const only = onlyWritten(sql);
  if (only !== undefined) return { writes: parts(only) };
  const [unloading] = unload.exec(sql) ?? [];
  if (unloading !== undefined)
    return { query: bracketed(sql, unloading.length)?.slice(1, -1) ?? '' };
  const copied = copy.exec(sql)?.[1];
  if (copied !== undefined) return { writes: parts(copied) };
  const [inserting = '', target, source] = insertResult.exec(sql) ?? [];
  if (target !== undefined && !hasFurtherLine(sql.slice(inserting.length)))
    return { writes: parts(target), executes: parts(source ?? '') };
  const [overwriting, overwritten] = overwrite.exec(sql) ?? [];
  if (overwriting !== undefined && overwritten !== undefined)
    return { writes: parts(overwritten), query: sql.slice(overwriting.length) };
  return mergeOf(sql, '') ?? withExpressions(sql) ?? intoTable(sql);
}

/** The table of a statement without another one: no parser is as fast. */
function onlyWritten(sql: string): string | undefined {
  const [begin = '', written] =
    remove.exec(sql) ?? insertValues.exec(sql) ?? update.exec(sql) ?? truncate.exec(sql) ?? [];
  return further.test(sql.slice(begin.length)) ? undefined : written;
}

function usedPlace(what: string | undefined, names: readonly string[]) {
  if (what === 'schema') {
    const [schema = '', database] = names.toReversed();
    return { schema, ...(database !== undefined && { database }) };
  }
  if (what !== undefined && what !== 'database') return {};
  const [database = '', schema] = names;
  return { database, ...(schema !== undefined && { schema }) };
}

/** `using` names a table, a common table expression or a query in brackets. */
function mergeOf(sql: string, common: string): PlainStatement | undefined {
  const [begin, target, source] = merge.exec(sql) ?? [];
  if (begin === undefined || target === undefined) return undefined;
  const writes = parts(target);
  if (source !== undefined)
    return common === ''
      ? { writes, reads: parts(source) }
      : { writes, query: `${common} select * from ${source}` };
  const query = bracketed(sql, begin.length);
  return query === undefined ? undefined : { writes, query: `${common} select * from ${query} q` };
}

/** `WITH x AS (…) INSERT INTO y SELECT …`: T-SQL has the common table expressions in front. */
function withExpressions(sql: string): PlainStatement | undefined {
  if (!/^\s*with\b/i.test(sql)) return undefined;
  const at = findWord(sql, verbs);
  if (at < 0) return undefined;
  const [common, rest] = [sql.slice(0, at), sql.slice(at)];
  const [begin, target] = insert.exec(rest) ?? [];
  if (begin !== undefined && target !== undefined)
    return { writes: parts(target), query: `${common}${rest.slice(begin.length)}` };
  return mergeOf(rest, common) ?? intoTable(sql);
}

/** `SELECT … INTO x FROM …` creates a table. */
function intoTable(sql: string): PlainStatement | undefined {
  if (!/^\s*(?:with|select)\b/i.test(sql)) return undefined;
  const at = findWord(sql, intoWord);
  if (at < 0) return undefined;
  const [begin, target] = selectInto.exec(sql.slice(at)) ?? [];
  return begin === undefined || target === undefined
    ? undefined
    : { writes: parts(target), query: sql.slice(0, at) + sql.slice(at + begin.length) };
}

const intoWord: ReadonlySet<string> = new Set(['into']);

const pieces = new RegExp(`${part}|\\.`, 'g');

/** Parts of a name. `x..y` leaves out the schema, which is then empty. */
export function parts(qualified: string): string[] {
  const found: string[] = [''];
  for (const [text] of qualified.matchAll(pieces))
    if (text === '.') found.push('');
    else found[found.length - 1] = text.replace(/^[["`]|[\]"`]$/g, '');
  return found;
}
