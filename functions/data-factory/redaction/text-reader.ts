/**
 * The one reader of texts: returns a text without its secrets. Every string that is stored or shown passes it. The
 * place of a text decides how strictly it is judged. Expressions stay readable: their literals are judged as the text
 * that they form at run time, so `concat('Password=', 'x')` is read as `Password=x`.
 */
import { addUnlessHarmless, scanBody } from './body-text';
import { scanCommandLine } from './command-line';
import { scanConnectionString } from './connection-text';
import { globalParameterReferences } from '../references';
import { partsOf, type Expression, type Part } from './expressions';
import {
  hole,
  merged,
  overMarks,
  redacted,
  without,
  withoutRanges,
  type AddRange,
  type Range,
} from './ranges';
import { scanPairs } from './pairs';
import { judgeName } from './secret-names';
import { scanElements, scanStatements, scanUsers } from './statements';
import { scanTokens } from './token-shapes';
import { isRelativeUrl, scanRelativeUrl, scanUrls, scanWebhooks } from './urls';

/**
 * `open`: everything is shown that no rule hits. `code`: the same, but only literals of scripts and queries are values.
 * `url`: a text that may be a URL without scheme and host. `connection`, `body`: only pairs and members are shown that
 * are known to be harmless. `closed`: nothing but expressions is shown.
 */
export type Place = 'open' | 'code' | 'url' | 'connection' | 'body' | 'closed';

/** Shortest text that can hold a name and a secret. */
const minLength = 5;
/** Characters that connect a name with its value. Without them, only tokens and sentences can be secrets. */
const hasConnector = /[=:：＝<%@?"'`]|->|\s[-/]|^[-/]/;
const hasSentence =
  /(?:is|ist|was|by|lautet|to|bearer|basic|passw\w*|passwort|kennwort|passphrase|passcode|pwd|secret|token|key|apikey)\s/i;

const mayHoldSecret = (text: string): boolean =>
  text.length >= minLength && (text.length >= 16 || hasConnector.test(text));

/** Short texts without a secret: types, names and paths occur many times in a factory. */
const clean = new Set<string>();
const maxClean = 20_000;
const maxCleanLength = 80;

export function readText(text: string, place: Place = 'open'): string {
  if (text === '' || text === redacted) return text;
  if (place !== 'open') return withoutSecrets(text, place);
  if (!mayHoldSecret(text) || clean.has(text)) return text;
  const read = withoutSecrets(text, place);
  if (read === text && text.length <= maxCleanLength) {
    if (clean.size >= maxClean) clean.clear();
    clean.add(text);
  }
  return read;
}

function withoutSecrets(text: string, place: Place): string {
  if ((place === 'code' || place === 'url') && !mayHoldSecret(text)) return text;
  const ranges: Range[] = [];
  const add: AddRange = (start, end) => {
    if (end > start) ranges.push({ start, end });
  };
  const parts = partsOf(text);
  if (parts) readParts(text, parts, place, add);
  else scan(text, place, add);
  if (ranges.length === 0) return text;
  return withoutRanges(
    text,
    without(overMarks(text, merged(ranges)), globalParameterReferences(text)),
  );
}

/** Texts that are read as one, such as the lines of a script. */
export function readLines(lines: readonly string[], place: Place): readonly string[] {
  const text = lines.join('\n');
  const read = readText(text, place);
  if (read === text) return lines;
  const result = read.split('\n');
  // A secret that spans lines takes their breaks with it.
  return result.length === lines.length
    ? result
    : lines
        .map((line) => readText(line, place))
        .map((line, index) => (line === lines[index] && read.includes(line) ? line : redacted));
}

function scan(text: string, place: Place, add: AddRange): void {
  if (place === 'closed') return addUnlessHarmless(text, 0, text.length, add);
  if (place === 'body') scanBody(text, add);
  if (place === 'connection') scanConnectionString(text, add);
  if (place === 'url' || isRelativeUrl(text)) scanRelativeUrl(text, add);
  scanTokens(text, add);
  scanWebhooks(text, add);
  if (!hasConnector.test(text) && !hasSentence.test(text)) return;
  if (text.includes('://')) scanUrls(text, add);
  scanPairs(text, place === 'code' || isCode(text) ? 'code' : 'text', add);
  scanStatements(text, add);
  scanElements(text, add);
  scanUsers(text, add);
  if (/\s[-/]|^[-/]|['"`,([=][-/]|jdbc:oracle|sqlplus|connect\s/i.test(text))
    scanCommandLine(text, add);
}

const sqlStart =
  /^\s{0,200}(?:--[^\n]{0,400}\n\s{0,200}){0,10}(?:\(\s{0,40})?(?:select|insert|update|delete\s+from|merge|create|alter|drop|exec|execute|truncate|with\s|declare|begin|grant|set\s+@|if\s+(?:not|exists|object_id)|copy\s+into|call)\b/i;
/** SQL, or a script of a data flow. */
const isCode = (text: string): boolean =>
  sqlStart.test(text.slice(0, 8_000)) || /\)\s{0,20}~>/.test(text);

/** A text as it is at run time. Expressions are holes. */
class Assembled {
  text = '';
  private readonly pieces: {
    readonly at: number;
    readonly from: number;
    readonly length: number;
  }[] = [];
  private readonly holes: { readonly at: number; readonly expression: Expression }[] = [];

  addText(source: string, start: number, end: number, isLiteral: boolean): void {
    const given = source.slice(start, end);
    this.pieces.push({ at: this.text.length, from: start, length: given.length });
    // The second quote of an escaped pair becomes a filler, so that positions stay the same.
    this.text += isLiteral ? given.replaceAll("''", "'\0") : given;
  }

  addHole(expression: Expression): void {
    this.holes.push({ at: this.text.length, expression });
    this.text += hole;
  }

  /** Reads the text, and each expression: strictly if it is part of a secret. */
  read(source: string, place: Place, add: AddRange): void {
    const found: Range[] = [];
    if (this.text !== hole)
      scan(this.text, place, (start, end) => {
        if (end > start) found.push({ start, end });
      });
    const ranges = merged(found);
    this.addPieces(ranges, add);
    let next = 0;
    for (const { at, expression } of this.holes) {
      while (next < ranges.length && ranges[next]!.end <= at) next++;
      const isSecret = next < ranges.length && ranges[next]!.start <= at;
      const own = this.text === hole ? place : place === 'closed' || isSecret ? 'closed' : 'open';
      readExpression(source, expression, own, add);
    }
  }

  private addPieces(ranges: readonly Range[], add: AddRange): void {
    let first = 0;
    for (const range of ranges) {
      while (
        first < this.pieces.length &&
        this.pieces[first]!.at + this.pieces[first]!.length <= range.start
      )
        first++;
      for (let index = first; index < this.pieces.length; index++) {
        const { at, from, length } = this.pieces[index]!;
        if (at >= range.end) break;
        let start = Math.max(range.start, at);
        const end = Math.min(range.end, at + length);
        if (this.text[start] === '\0') start++;
        const value = this.text.slice(start, end);
        if (value.trim() !== '') add(from + start - at, from + end - at);
      }
    }
  }
}

function readParts(source: string, parts: readonly Part[], place: Place, add: AddRange): void {
  const [only] = parts;
  if (parts.length === 1 && only?.expression)
    return readExpression(source, only.expression, place, add);
  const assembled = new Assembled();
  for (const { expression, start, end } of parts)
    if (expression) assembled.addHole(expression);
    else assembled.addText(source, start, end, false);
  assembled.read(source, place, add);
}

/** The arguments name resources, properties or formats. */
// prettier-ignore
const namingCalls = new Set([
  'activity', 'parameters', 'variables', 'pipeline', 'dataset', 'linkedservice', 'trigger', 'triggerbody', 'triggeroutputs', 'item', 'items',
  'resourceid', 'reference', 'formatdatetime', 'utcnow', 'adddays', 'addhours', 'addminutes', 'addseconds', 'addtotime',
  'subtractfromtime', 'getpasttime', 'getfuturetime', 'converttimezone', 'convertfromutc', 'converttoutc', 'startofday', 'startofhour',
  'startofmonth', 'dayofweek', 'ticks', 'getenv', 'environment', 'param', 'result', 'outputs',
]);
const comparisons = new Set([
  'equals',
  'contains',
  'startswith',
  'endswith',
  'greater',
  'greaterorequals',
  'less',
  'lessorequals',
  'indexof',
  'lastindexof',
  'and',
  'or',
  'not',
  'empty',
  'in',
]);
const setters = new Set(['setproperty', 'addproperty']);

function readExpression(source: string, expression: Expression, place: Place, add: AddRange): void {
  if (expression.type === 'other') return;
  if (expression.type === 'literal') {
    const { start, end } = expression;
    if (place === 'open' && !mayHoldSecret(source.slice(start, end))) return;
    const assembled = new Assembled();
    assembled.addText(source, expression.start, expression.end, true);
    return assembled.read(source, place, add);
  }
  const { name, args, indexes } = expression;
  for (const index of indexes)
    if (index.type === 'call') readExpression(source, index, 'open', add);
  if (namingCalls.has(name))
    return args.forEach((each) => readExpression(source, each, 'open', add));
  if (name === 'concat') return readConcat(source, args, place, add);
  if (setters.has(name)) return readSetter(source, args, place, add);
  if (comparisons.has(name)) {
    const isSecret = args.some((each) => namesSecret(source, each));
    return args.forEach((each) => readExpression(source, each, isSecret ? 'closed' : 'open', add));
  }
  const [first, ...others] = args;
  if (name === 'if' && first) {
    readExpression(source, first, 'open', add);
    return others.forEach((each) => readExpression(source, each, place, add));
  }
  args.forEach((each) => readExpression(source, each, place, add));
}

/** Adjacent literals form one text. Nested calls of concat belong to it. */
function readConcat(
  source: string,
  args: readonly Expression[],
  place: Place,
  add: AddRange,
): void {
  const assembled = new Assembled();
  const append = (list: readonly Expression[]): void => {
    for (const each of list)
      if (each.type === 'literal') assembled.addText(source, each.start, each.end, true);
      else if (each.type === 'call' && each.name === 'concat' && each.indexes.length === 0)
        append(each.args);
      else assembled.addHole(each);
  };
  append(args);
  assembled.read(source, place, add);
}

/** `setProperty(object, 'name', value)`: the name decides. */
function readSetter(
  source: string,
  args: readonly Expression[],
  place: Place,
  add: AddRange,
): void {
  const [object, key, ...values] = args;
  if (object) readExpression(source, object, place, add);
  const isSecret =
    key?.type === 'literal' && judgeName(source.slice(key.start, key.end)) === 'secret';
  for (const value of values) readExpression(source, value, isSecret ? 'closed' : place, add);
}

/** Whether an expression reads something with a secret name: `pipeline().parameters.password`. */
function namesSecret(source: string, expression: Expression): boolean {
  if (expression.type !== 'call') return false;
  const { args, members, indexes, name } = expression;
  const last = members.at(-1);
  if (last !== undefined && judgeName(last) === 'secret') return true;
  const [first] = args;
  const isNamed = /^(?:variables|parameters)$/.test(name) && first?.type === 'literal';
  if (isNamed && judgeName(source.slice(first.start, first.end)) === 'secret') return true;
  return indexes.some(
    (index) =>
      index.type === 'literal' && judgeName(source.slice(index.start, index.end)) === 'secret',
  );
}
