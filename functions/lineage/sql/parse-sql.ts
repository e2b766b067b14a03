/** Reads the statements of a SQL text: by their first words, or by the parser. */
import { isObject, type Json } from '../../data-factory/json';
import { plainStatement } from './plain-statements';
import type { SqlDialect, SqlParser } from './sql-parser';
import { SqlSession, type SqlFlow } from './sql-session';
import { splitLines, splitStatements } from './sql-statements';
import { TableCollector, type NameParts } from './statement-tables';

export interface ParsedSql {
  readonly flows: readonly SqlFlow[];
  readonly reason?: string;
}

/** Statements that neither read nor write. */
const idle =
  /^\s*(?:begin(?:\s+tran(?:saction)?)?|commit(?:\s+\w+)?|rollback(?:\s+\w+)?|set\s+nocount\s+\w+|set\s+xact_abort\s+\w+|print\s(?:[^\n]*\S)?|alter\s+session\s.*)\s*$/is;
/** What these define is executed later, if at all. */
const definition =
  /^\s*(?:create|alter)\s+(?:or\s+(?:alter|replace)\s+)?(?:proc|procedure|function|trigger)\b/i;

export function parseSql(parser: SqlParser, text: string, dialect: SqlDialect): ParsedSql {
  const reader = new SqlReader(parser, dialect);
  const statements = splitStatements(text);
  const isPlain = statements.some(
    (each) => idle.test(each) || definition.test(each) || plainStatement(each),
  );
  if (!isPlain && reader.parse(text)) return reader.result();
  const failed = statements.filter((each) => !reader.read(each)).length;
  if (failed === 0) return reader.result();
  return {
    ...reader.result(),
    reason:
      statements.length === 1
        ? 'The SQL text cannot be parsed.'
        : `${failed} of ${statements.length} statements of the SQL text cannot be parsed.`,
  };
}

class SqlReader {
  private readonly session = new SqlSession();
  private reason: string | undefined;

  constructor(
    private readonly parser: SqlParser,
    private readonly dialect: SqlDialect,
  ) {}

  result = (): ParsedSql => ({
    flows: this.session.flows.filter(
      ({ reads, writes, executes }) => reads.length + writes.length + executes.length > 0,
    ),
    ...(this.reason !== undefined && { reason: this.reason }),
  });

  /** Whether all tables of the statement are known. */
  read(statement: string): boolean {
    if (idle.test(statement)) return true;
    if (definition.test(statement)) return false;
    const lines = splitLines(statement);
    // A procedure without brackets ends where the next line begins a statement.
    if (/^\s*exec/i.test(statement) && lines.length > 1) return this.readEach(lines);
    if (plainStatement(statement)) return this.plain(statement);
    if (this.parse(statement)) return true;
    return lines.length > 1 && this.readEach(lines);
  }

  private readEach = (lines: readonly string[]): boolean =>
    lines.filter((line) => !idle.test(line) && !this.plain(line) && !this.parse(line)).length === 0;

  private plain(statement: string): boolean {
    const found = plainStatement(statement);
    if (!found) return false;
    if (found.use) {
      this.session.use(found.use);
      return true;
    }
    const tables = new TableCollector();
    if (found.writes) tables.add('writes', found.writes);
    if (found.executes) tables.add('executes', found.executes);
    if (found.reads) tables.addRead(found.reads, 'DIRECT');
    const trees = found.query === undefined ? [] : this.treesOf(found.query);
    trees?.forEach((tree) => tables.addStatement(tree));
    this.addTables(tables, []);
    return trees !== undefined;
  }

  /** Whether the parser understands the text. */
  parse(text: string): boolean {
    const trees = this.treesOf(text);
    for (const tree of trees ?? []) {
      if (isObject(tree) && tree['type'] === 'use' && typeof tree['db'] === 'string') {
        this.session.use({ database: tree['db'] });
        continue;
      }
      const tables = new TableCollector();
      tables.addStatement(tree);
      this.addTables(tables, declaredBy(tree, tables));
    }
    return trees !== undefined;
  }

  private addTables(tables: TableCollector, declared: readonly NameParts[]): void {
    const found = tables.result();
    this.reason ??= found.reason;
    this.session.add(found, declared);
  }

  private treesOf(text: string): readonly Json[] | undefined {
    try {
      const tree = this.parser.parse(this.accepted(text), this.dialect) as Json;
      // Statements that the grammar does not know are read as assignments.
      if (JSON.stringify(tree).includes('"vars":[')) return undefined;
      return Array.isArray(tree) ? (tree as readonly Json[]) : [tree];
    } catch {
      return undefined;
    }
  }

  /** The grammar of T-SQL does not know names without a schema: `sales..Orders`. */
  private accepted = (text: string): string =>
    this.dialect === 'transactsql' ? text.replace(/([\w\]])\.\.(?=[\w[#])/g, '$1.dbo.') : text;
}

/** Temporary tables that a statement creates. */
const declaredBy = (tree: Json, tables: TableCollector): readonly NameParts[] =>
  isObject(tree) && tree['type'] === 'create' && typeof tree['temporary'] === 'string'
    ? tables.result().writes
    : [];
