/** Tables that a SQL text reads and writes. Placeholders of the text stay within the names. */
import { LRUCache } from 'lru-cache';
import { joinTexts, known, textOf, type Value } from '../../data-factory/expressions/value';
import { isObject, type Json, type JsonObject } from '../../data-factory/json';
import { dialectOf, type SqlParser } from './sql-parser';
import { plainStatement } from './plain-statements';
import { splitStatements } from './sql-statements';

/** Parts of a qualified name: server, database, schema and table, of which the first may be absent. */
export type QualifiedName = readonly Value[];

export interface SqlTables {
  readonly reads: readonly QualifiedName[];
  readonly writes: readonly QualifiedName[];
  readonly executes: readonly QualifiedName[];
  /** Why a part of the text is not understood. */
  readonly reason?: string;
}

const maxLength = 50_000;
/** By dialect and text, bounded by length: the activities and bindings of a factory repeat most texts. */
const cache = new LRUCache<string, ParsedSql>({
  maxSize: 4_000_000,
  sizeCalculation: (_, key) => key.length + 200,
});

export function sqlTables(parser: SqlParser, sql: Value, serviceType: string): SqlTables {
  const parts = sql.kind === 'known' ? [textOf(sql.value)] : sql.parts;
  const text = parts.map((part, n) => (typeof part === 'string' ? part : mark(n))).join('');
  if (text.length > maxLength)
    return nothing(`The SQL text is longer than ${maxLength} characters.`);
  const dialect = dialectOf(serviceType);
  const key = `${dialect} ${text}`;
  const parsed = cache.get(key) ?? parseSql(parser, text, dialect);
  cache.set(key, parsed);
  const restore = (names: readonly (readonly string[])[]) =>
    names.map((name) => name.map((each) => withPlaceholders(each, sql)));
  return {
    reads: restore(parsed.reads),
    writes: restore(parsed.writes),
    executes: restore(parsed.executes),
    ...(parsed.reason !== undefined && { reason: parsed.reason }),
  };
}

const nothing = (reason: string): SqlTables => ({ reads: [], writes: [], executes: [], reason });

/** An identifier in every dialect, in place of a placeholder. */
const mark = (n: number) => `placeholder__${n}__`;
const marks = /placeholder__(\d+)__/gi;

function withPlaceholders(name: string, sql: Value): Value {
  if (sql.kind === 'known') return { ...sql, value: name };
  const values: Value[] = [];
  let from = 0;
  for (const { 0: found, 1: n, index } of name.matchAll(marks)) {
    const part = sql.parts[Number(n)];
    if (part === undefined || typeof part === 'string') continue;
    values.push(known(name.slice(from, index), 'defaulted'));
    values.push({ kind: 'pattern', parts: [part], reads: sql.reads });
    from = index + found.length;
  }
  return joinTexts([...values, known(name.slice(from), 'defaulted', sql.reads)]);
}

interface ParsedSql {
  readonly reads: readonly (readonly string[])[];
  readonly writes: readonly (readonly string[])[];
  readonly executes: readonly (readonly string[])[];
  readonly reason?: string;
}

/** Parses the whole text, or each statement if that fails. */
function parseSql(
  parser: SqlParser,
  text: string,
  dialect: ReturnType<typeof dialectOf>,
): ParsedSql {
  const tables = new TableCollector();
  const statements = splitStatements(text);
  const isPlain = statements.some((each) => plainStatement(each) !== undefined);
  if (!isPlain && tryParse(parser, text, dialect, tables)) return tables.result();
  const failed = statements.filter(
    (each) => !tables.addPlain(each) && !tryParse(parser, each, dialect, tables),
  ).length;
  if (failed === 0) return tables.result();
  return {
    ...tables.result(),
    reason:
      statements.length === 1
        ? 'The SQL text cannot be parsed.'
        : `${failed} of ${statements.length} statements of the SQL text cannot be parsed.`,
  };
}

function tryParse(
  parser: SqlParser,
  text: string,
  dialect: ReturnType<typeof dialectOf>,
  tables: TableCollector,
): boolean {
  try {
    const tree = parser.parse(text, dialect) as Json;
    // Statements that the grammar does not know are read as assignments.
    if (JSON.stringify(tree).includes('"vars":[')) return false;
    tables.addStatements(tree);
    return true;
  } catch {
    return false;
  }
}

type Role = 'reads' | 'writes' | 'executes';

/** Roles of the tables of a statement by its type, for the keys that hold tables. */
const tableRoles: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  insert: { table: 'writes' },
  replace: { table: 'writes' },
  update: { table: 'writes' },
  delete: { table: 'writes' },
  truncate: { name: 'writes' },
  create: { table: 'writes' },
  exec: { module: 'executes' },
};

class TableCollector {
  private readonly found: Record<Role, Map<string, readonly string[]>> = {
    reads: new Map(),
    writes: new Map(),
    executes: new Map(),
  };

  private reason: string | undefined;

  result = (): ParsedSql => ({
    ...(this.reason !== undefined && { reason: this.reason }),
    reads: [...this.found.reads.values()],
    writes: [...this.found.writes.values()],
    executes: [...this.found.executes.values()],
  });

  addStatements(tree: Json): void {
    this.visit(tree, new Set(), 0);
  }

  /** Whether all tables of the statement are known. */
  addPlain(statement: string): boolean {
    const found = plainStatement(statement);
    for (const role of ['reads', 'writes', 'executes'] as const) {
      const parts = found?.[role];
      if (parts) this.found[role].set(parts.join('\n').toLowerCase(), parts);
    }
    return found !== undefined && found.isPartial !== true;
  }

  private visit(node: Json | undefined, common: ReadonlySet<string>, depth: number): void {
    if (depth > 200 || node === null || typeof node !== 'object') return;
    if (Array.isArray(node))
      return node.forEach((each: Json) => this.visit(each, common, depth + 1));
    if (!isObject(node)) return;
    const names = new Set([...common, ...commonTables(node)]);
    const type = typeof node['type'] === 'string' ? node['type'].toLowerCase() : '';
    const roles = tableRoles[type] ?? {};
    const aliases = type === 'update' || type === 'delete' ? aliasesOf(node['from']) : noAliases;
    for (const [key, role] of Object.entries(roles))
      for (const table of listOf(node[key])) {
        const alias = aliases.get(keyOf(table));
        this.add(role, table['db'] ? table : (alias ?? table), names);
      }
    const written = new Set(Object.keys(roles).flatMap((key) => listOf(node[key]).map(keyOf)));
    for (const table of listOf(node['from']))
      if (typeof table['table'] === 'string' && !(type !== 'select' && written.has(keyOf(table))))
        this.add('reads', table, names);
    for (const [key, member] of Object.entries(node))
      if (!(key in roles)) this.visit(member, names, depth + 1);
  }

  private add(role: Role, table: JsonObject, common: ReadonlySet<string>): void {
    const parts = partsOf(table);
    const last = parts.at(-1);
    if (last === undefined || last === '') return;
    if (role === 'executes' && /^sp_executesql$/i.test(last)) {
      this.reason = 'The SQL text is built when it is executed.';
      return;
    }
    if (parts.length === 1 && (common.has(last.toLowerCase()) || /^[#@]/.test(last))) return;
    this.found[role].set(parts.join('\n').toLowerCase(), parts);
  }
}

const noAliases: ReadonlyMap<string, JsonObject> = new Map();

const listOf = (json: Json | undefined): readonly JsonObject[] =>
  (Array.isArray(json) ? (json as readonly Json[]) : [json ?? null]).filter(isObject);

const partsOf = ({ server, db, schema, table }: JsonObject): string[] =>
  [server, db, schema, table].flatMap((part) =>
    typeof part === 'string' && part !== '' ? part.replace(/^[[`"]|[\]`"]$/g, '') : [],
  );

const keyOf = (table: JsonObject) => partsOf(table).join('\n').toLowerCase();

/** Names of common table expressions, which are no tables. */
function commonTables({ with: list }: JsonObject): string[] {
  return listOf(list).flatMap(({ name }) => {
    const value = isObject(name) ? name['value'] : name;
    return typeof value === 'string' ? [value.toLowerCase()] : [];
  });
}

const aliasesOf = (from: Json | undefined) =>
  new Map(
    listOf(from).flatMap((table) =>
      typeof table['as'] === 'string' ? [[table['as'].toLowerCase(), table] as const] : [],
    ),
  );
