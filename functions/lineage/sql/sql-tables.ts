/** Tables that a SQL text reads and writes. Placeholders of the text stay within the names. */
import { LRUCache } from 'lru-cache';
import { joinTexts, known, textOf, type Value } from '../../data-factory/expressions/value';
import { parseSql, type ParsedSql } from './parse-sql';
import { dialectOf, type SqlDialect, type SqlParser } from './sql-parser';
import type { NameParts, TableRead } from './statement-tables';

/** Parts of a qualified name: server, database, schema and table, of which the first may be absent. */
export type QualifiedName = readonly Value[];

export interface QualifiedRead extends Omit<TableRead, 'name'> {
  readonly name: QualifiedName;
}

export interface TableFlow {
  readonly reads: readonly QualifiedRead[];
  readonly writes: readonly QualifiedName[];
  readonly executes: readonly QualifiedName[];
  /** True if the rows are returned, and not written anywhere. */
  readonly isResult: boolean;
}

export interface SqlTables {
  /** One per statement, since data flows within a statement and through temporary tables only. */
  readonly flows: readonly TableFlow[];
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
    return { flows: [], reason: `The SQL text is longer than ${maxLength} characters.` };
  const dialect = dialectOf(serviceType);
  const key = `${dialect} ${text}`;
  const parsed = cache.get(key) ?? readInTime(parser, text, dialect);
  // What could not be read for other texts may be read with another factory.
  if (parsed !== tooSlow || !parser.time.isSpent) cache.set(key, parsed);
  const restore = (name: NameParts) => name.map((each) => withPlaceholders(each, sql));
  return {
    flows: parsed.flows.map(({ reads, writes, executes, isResult }) => ({
      reads: reads.map((read) => ({ ...read, name: restore(read.name) })),
      writes: writes.map(restore),
      executes: executes.map(restore),
      isResult,
    })),
    ...(parsed.reason !== undefined && { reason: parsed.reason }),
  };
}

const tooSlow: ParsedSql = { flows: [], reason: 'The SQL text takes too long to parse.' };

const readInTime = (parser: SqlParser, text: string, dialect: SqlDialect): ParsedSql =>
  parser.time.read(text.length, () => parseSql(parser, text, dialect)) ?? tooSlow;

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
