/** Secrets among the arguments of functions, which their position or the name of the result tells. */
import { literalAt, addSecret, type Literal } from './literals';
import type { AddRange } from '../ranges';
import { judgeVariable } from '../secret-names';

/** Functions with a key, a password or a passphrase as the argument of this number, from 0. */
const functions: readonly (readonly [RegExp, number])[] = [
  [
    /\b(?:pgp_sym_(?:en|de)crypt(?:_bytea)?|(?:aes|des|des3)_?(?:en|de)crypt|(?:try_)?(?:en|de)crypt(?:_raw)?|hmac|utl_http\s{0,2}\.\s{0,2}set_wallet|decryptbykeyauto(?:asymkey|cert))\s{0,4}\(/gi,
    1,
  ],
  [
    /\b(?:dbms_cloud\s{0,2}\.\s{0,2}create_credential|utl_http\s{0,2}\.\s{0,2}set_authentication|utl_smtp\s{0,2}\.\s{0,2}auth|(?:decrypt|sign)by(?:asymkey|cert))\s{0,4}\(/gi,
    2,
  ],
  // Table functions of ClickHouse: server, database, table, user, password.
  [/\b(?:mysql|postgresql|mongodb|redis|remote(?:secure)?)\s{0,4}\((?=\s{0,4}')/gi, 4],
  // Server, `database.table`, user, password.
  [/\bremote(?:secure)?\s{0,4}\((?=\s{0,4}'[^']{0,400}'\s{0,4},\s{0,4}'?[\w`"]{1,100}\.)/gi, 3],
];
/**
 * Table functions and engines of ClickHouse that read files. After the address may stand an id and its secret:
 * `s3('https://…', 'id', 'secret', 'CSV')`.
 */
const fileFunctions =
  /\b(?:s3|gcs|oss|cosn|deltalake|iceberg|hudi)(?:s3|cluster|queue)?\s{0,4}\((?=\s{0,4}['\w])/gi;
/** A format, a structure of columns or a compression. */
const formatOrStructure =
  /^(?:(?:CSV|TSV|TabSeparated|TSKV|JSON|Parquet|ORC|Avro|Arrow|Native|RowBinary|Values|LineAs|Raw|Protobuf|MsgPack|CapnProto|Regexp|Template|CustomSeparated|One|Npy|BSON|MySQLDump|XML|Form|DWARF|Hive)\w{0,60}|auto|none|gzip|gz|zstd|zst|xz|lzma|lz4|bz2|br|brotli|deflate|snappy|[^]*\s[^]*)$/;
const maxArguments = 2_000;
/** Each call is read again as an argument of the calls around it. */
const maxDepth = 12;

export function scanCalls(text: string, literals: readonly Literal[], add: AddRange): void {
  for (const [pattern, number] of functions)
    for (const { index, 0: found } of text.matchAll(pattern)) {
      const from = startOfArgument(text, index + found.length, number, literals);
      const literal = from === undefined ? undefined : literalAt(literals, from);
      if (literal && /^\s{0,8}(?:N|E|U&)?['"]$/i.test(text.slice(from, literal.start)))
        add(literal.start, literal.end);
    }
  scanFileFunctions(text, literals, add);
}

/** The literals after the address and the id, up to one that tells the format. */
function scanFileFunctions(text: string, literals: readonly Literal[], add: AddRange): void {
  for (const { index, 0: found } of text.matchAll(fileFunctions)) {
    let isAfterAddress = false;
    let count = 0;
    for (const { start, end } of literalsOfCall(text, index + found.length, literals)) {
      const value = text.slice(start, Math.min(end, start + 4_000));
      if (!isAfterAddress) isAfterAddress = value.includes('://');
      else if (formatOrStructure.test(value)) break;
      else if (count++ > 0) add(start, end);
    }
  }
}

/** Undefined if the call has fewer arguments. */
function startOfArgument(
  text: string,
  from: number,
  number: number,
  literals: readonly Literal[],
): number | undefined {
  let depth = 0;
  let argument = 0;
  const end = Math.min(text.length, from + maxArguments);
  for (let at = from; at < end && argument < number; at++) {
    const character = text[at];
    if (character === "'" || character === '"') at = literalAt(literals, at)?.end ?? end;
    else if (character === '(') {
      if (++depth > maxDepth) return undefined;
    } else if (character === ')' && depth-- === 0) return undefined;
    else if (character === ',' && depth === 0 && ++argument === number) return at + 1;
  }
  return undefined;
}

/** `@password varchar(20) = CAST('…' AS varchar(20))`, `pwd = CONCAT('…', x)`. */
const assigned =
  /([@\p{L}_][\p{L}\p{N}_@$#]{0,63})["`\]]?(?:\s{1,8}(?:as\s{1,4})?[a-z]\w{1,30}(?:\s{0,2}\([\w\s,]{1,12}\))?)?\s{0,8}=\s{0,8}(?:(?:try_)?(?:cast|convert)|concat|isnull|coalesce|nullif|[lr]?trim|upper|lower|reverse)\s{0,4}\(/giu;

export function scanAssignedCalls(text: string, literals: readonly Literal[], add: AddRange): void {
  for (const { index, 0: found, 1: name } of text.matchAll(assigned)) {
    if (judgeVariable(name!) === 'plain') continue;
    for (const literal of literalsOfCall(text, index + found.length, literals))
      addSecret(text, literal, name!, add);
  }
}

/** The literals up to the closing bracket. */
function* literalsOfCall(
  text: string,
  from: number,
  literals: readonly Literal[],
): Generator<Literal> {
  let depth = 0;
  const end = Math.min(text.length, from + maxArguments);
  for (let at = from; at < end; at++) {
    const character = text[at];
    if (character === '(' && ++depth > maxDepth) return;
    if (character === ')' && depth-- === 0) return;
    if (character !== "'" && character !== '"') continue;
    const literal = literalAt(literals, at);
    if (!literal) return;
    yield literal;
    at = literal.end;
  }
}
