/** Parser of SQL. Each dialect is loaded with its first text: three are most of a megabyte of code. */
import { ReadingTime } from './reading-time';

export type SqlDialect = 'transactsql' | 'snowflake' | 'postgresql';

export interface SqlParser {
  /** Of all texts that this parser reads. */
  readonly time: ReadingTime;
  /** Syntax tree or trees of the statements. Throws if the text is not understood. */
  parse(sql: string, dialect: SqlDialect): unknown;
}

interface DialectParser {
  astify(sql: string, options: { readonly database: string }): unknown;
}

interface DialectModule {
  readonly Parser: new () => DialectParser;
}

/** The packages are CommonJS, and loaded without a promise because lineage is computed without one. */
const modules: Readonly<Record<SqlDialect, () => DialectModule>> = {
  transactsql: () => require('node-sql-parser/build/transactsql.js') as DialectModule,
  snowflake: () => require('node-sql-parser/build/snowflake.js') as DialectModule,
  postgresql: () => require('node-sql-parser/build/postgresql.js') as DialectModule,
};

const parsers = new Map<SqlDialect, DialectParser>();

function parserOf(dialect: SqlDialect): DialectParser {
  const parser = parsers.get(dialect) ?? new (modules[dialect]().Parser)();
  parsers.set(dialect, parser);
  return parser;
}

/** A parser for the texts of one factory. */
export const newSqlParser = (): SqlParser => ({
  time: new ReadingTime(),
  parse: (sql, dialect) => parserOf(dialect).astify(sql, { database: dialect }),
});

/** Dialect of a type of linked service. Others are close enough to PostgreSQL for their queries. */
export function dialectOf(serviceType: string): SqlDialect {
  const type = serviceType.toLowerCase();
  if (/sql(server|database|dw|mi)|rdsforsqlserver|synapse|warehouse/.test(type))
    return 'transactsql';
  return type === 'snowflake' ? 'snowflake' : 'postgresql';
}
