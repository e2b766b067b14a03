/** Parser of SQL, loaded with the first text: three dialects are most of a megabyte of code. */

export type SqlDialect = 'transactsql' | 'snowflake' | 'postgresql';

export interface SqlParser {
  /** Syntax tree or trees of the statements. Throws if the text is not understood. */
  parse(sql: string, dialect: SqlDialect): unknown;
}

let loading: Promise<SqlParser> | undefined;

export const loadSqlParser = (): Promise<SqlParser> => (loading ??= load());

async function load(): Promise<SqlParser> {
  const [transactsql, snowflake, postgresql] = await Promise.all([
    import('node-sql-parser/build/transactsql.js'),
    import('node-sql-parser/build/snowflake.js'),
    import('node-sql-parser/build/postgresql.js'),
  ]);
  const parsers = {
    transactsql: newParser(transactsql),
    snowflake: newParser(snowflake),
    postgresql: newParser(postgresql),
  };
  return {
    parse: (sql, dialect) => parsers[dialect].astify(sql, { database: dialect }),
  };
}

/** Parses equal texts once. The rounds of an update and the items of a loop repeat most of them. */
export function memoized(parser: SqlParser): SqlParser {
  const parsed = new Map<string, { readonly tree: unknown } | { readonly error: unknown }>();
  return {
    parse(sql, dialect) {
      const key = `${dialect}|${sql}`;
      let result = parsed.get(key);
      if (!result) {
        try {
          result = { tree: parser.parse(sql, dialect) };
        } catch (error) {
          result = { error };
        }
        parsed.set(key, result);
      }
      if ('error' in result) throw result.error;
      return result.tree;
    },
  };
}

interface DialectModule {
  readonly Parser: new () => {
    astify(sql: string, options: { readonly database: string }): unknown;
  };
}

/** The packages are CommonJS: without a bundler, Node.js finds their exports in `default`. */
function newParser(module: DialectModule | { readonly default: DialectModule }) {
  const { Parser } = 'Parser' in module ? module : module.default;
  return new Parser();
}

/** Dialect of a type of linked service. Others are close enough to PostgreSQL for their queries. */
export function dialectOf(serviceType: string): SqlDialect {
  const type = serviceType.toLowerCase();
  if (/sql(server|database|dw|mi)|rdsforsqlserver|synapse|warehouse/.test(type))
    return 'transactsql';
  return type === 'snowflake' ? 'snowflake' : 'postgresql';
}
