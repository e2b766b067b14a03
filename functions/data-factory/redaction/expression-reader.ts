/** Reads the literals of expressions as the text that they form at run time. */
import type { Expression, Part } from './expressions';
import { hole, merged, type AddRange, type Range } from './ranges';
import { isOptionItem } from './command-line';
import { judgeName, judgeVariable } from './secret-names';
import { isMixed, isName } from './value-rules';

/**
 * `open`: everything is shown that no rule hits. `code`: the same, but only literals of scripts and queries are values.
 * `url`: a text that may be a URL without scheme and host. `connection`, `body`: only pairs and members are shown that
 * are known to be harmless. `closed`: nothing but expressions is shown.
 */
export type Place = 'open' | 'code' | 'url' | 'user' | 'connection' | 'body' | 'closed';

/** Adds the ranges of a text that hold secrets. */
export type Scan = (text: string, place: Place, add: AddRange) => void;

type Call = Extract<Expression, { type: 'call' }>;
type Literal = Extract<Expression, { type: 'literal' }>;

/** The arguments name resources, properties or formats. */
// prettier-ignore
const namingCalls = new Set([
  'activity', 'parameters', 'variables', 'pipeline', 'dataset', 'linkedservice', 'trigger', 'triggerbody', 'triggeroutputs', 'item', 'items',
  'resourceid', 'reference', 'formatdatetime', 'utcnow', 'adddays', 'addhours', 'addminutes', 'addseconds', 'addtotime',
  'subtractfromtime', 'getpasttime', 'getfuturetime', 'converttimezone', 'convertfromutc', 'converttoutc', 'startofday', 'startofhour',
  'startofmonth', 'dayofweek', 'ticks', 'getenv', 'environment', 'param', 'result', 'outputs',
]);
// prettier-ignore
const comparisons = new Set([
  'equals', 'contains', 'startswith', 'endswith', 'greater', 'greaterorequals', 'less', 'lessorequals', 'indexof', 'lastindexof', 'and', 'or',
  'not', 'empty', 'in',
]);
const setters = new Set(['setproperty', 'addproperty']);
const lists = new Set(['createarray', 'array', 'union']);

/** `<password>`, `{{DB_PASSWORD}}`, `$(pwd)`, `__TOKEN__`. */
const namesSecretMark = (mark: string): boolean =>
  /^[^\p{L}\d\s]{1,3}[\p{L}\d _.-]{2,60}[^\p{L}\d\s]{1,3}$/u.test(mark) &&
  judgeVariable(mark) === 'secret';

/** Whether a literal follows the name of a secret and looks like one: `'PWD', '…'`. */
const isSecretItem = (name: string, value: string): boolean =>
  judgeVariable(name) === 'secret' && isMixed(value) && !isName(value);

const isConcat = (expression: Expression): expression is Call =>
  expression.type === 'call' && expression.name === 'concat' && expression.indexes.length === 0;

export class ExpressionReader {
  constructor(
    private readonly source: string,
    private readonly scan: Scan,
    private readonly mayHoldSecret: (text: string) => boolean,
    private readonly add: AddRange,
    /** Is given each expression whose value is a secret. */
    private readonly onSecret?: (expression: Expression) => void,
  ) {}

  readParts(parts: readonly Part[], place: Place): void {
    const [only] = parts;
    if (parts.length === 1 && only?.expression) return this.read(only.expression, place);
    const assembled = new Assembled(this.source);
    for (const { expression, start, end } of parts)
      if (!expression) assembled.addText(start, end, false);
      else if (isConcat(expression)) this.append(expression.args, assembled);
      else assembled.addHole(expression);
    this.readAssembled(assembled, place);
  }

  private read(expression: Expression, place: Place): void {
    if (expression.type === 'other') {
      // `@12345678` is a number for Data Factory, and may be meant as a password.
      const { start, end } = expression;
      if (place === 'closed' && /^\d{6,}$/.test(this.source.slice(start, end)))
        this.add(start, end);
      return;
    }
    if (expression.type === 'literal') return this.readLiteral(expression, place);
    for (const index of expression.indexes) if (index.type === 'call') this.read(index, 'open');
    this.readCall(expression, place);
  }

  private readLiteral({ start, end }: Literal, place: Place): void {
    if (place === 'open' && !this.mayHoldSecret(this.source.slice(start, end))) return;
    const assembled = new Assembled(this.source);
    assembled.addText(start, end, true);
    this.readAssembled(assembled, place);
  }

  private readCall({ name, args }: Call, place: Place): void {
    if (namingCalls.has(name)) return this.readAll(args, 'open');
    if (name === 'concat') return this.readConcat(args, place);
    if (name === 'base64') return this.readBase64(args, place);
    if (name === 'replace') return this.readReplace(args, place);
    if (setters.has(name)) return this.readSetter(args, place);
    if (lists.has(name)) return this.readList(args, place);
    if (comparisons.has(name))
      return this.readAll(args, this.namesSecret(args) ? 'closed' : 'open');
    const [first, ...others] = args;
    if (name === 'if' && first) {
      this.read(first, 'open');
      return this.readAll(others, this.namesSecret(others) ? 'closed' : place);
    }
    // The other arguments are used in the place of the secret.
    this.readAll(args, name === 'coalesce' && this.namesSecret(args) ? 'closed' : place);
  }

  private readAll(expressions: readonly Expression[], place: Place): void {
    for (const expression of expressions) this.read(expression, place);
  }

  /** Adjacent literals form one text. Nested calls of concat belong to it. */
  private readConcat(args: readonly Expression[], place: Place): void {
    const assembled = new Assembled(this.source);
    this.append(args, assembled);
    this.readAssembled(assembled, place);
  }

  private append(args: readonly Expression[], assembled: Assembled): void {
    for (const each of args)
      if (each.type === 'literal') assembled.addText(each.start, each.end, true);
      else if (isConcat(each)) this.append(each.args, assembled);
      else assembled.addHole(each);
  }

  /** `base64('user:…')`, as in a header of Basic authentication. */
  private readBase64([text, ...others]: readonly Expression[], place: Place): void {
    const user =
      text?.type === 'literal' && /^[^\s:/]{1,100}:(?=[^\s/]{4})/.exec(this.textOf(text))?.[0];
    if (user) this.add(text.start + user.length, text.end);
    this.readAll(text && !user ? [text, ...others] : others, place);
  }

  /** `replace('Password=#', '#', …)`, `replace(text, '<password>', …)`: the last argument replaces a secret. */
  private readReplace(args: readonly Expression[], place: Place): void {
    const [template, mark, value] = args;
    const isSecret =
      mark?.type === 'literal' &&
      (namesSecretMark(this.textOf(mark)) ||
        (value?.type === 'literal' && isSecretItem(this.textOf(mark), this.textOf(value))) ||
        (template?.type === 'literal' &&
          this.hides(this.textOf(template), this.textOf(mark), place)));
    this.readAll(isSecret ? args.slice(0, 2) : args, place);
    if (isSecret && value) this.read(value, 'closed');
  }

  private hides(template: string, mark: string, place: Place): boolean {
    const at = mark === '' ? -1 : template.indexOf(mark);
    if (at < 0) return false;
    let isHidden = false;
    const text = template.slice(0, at) + hole + template.slice(at + mark.length);
    this.scan(text, place, (start, end) => (isHidden ||= start <= at && at < end));
    return isHidden;
  }

  /** `setProperty(object, 'name', value)`: the name decides. */
  private readSetter([object, key, ...values]: readonly Expression[], place: Place): void {
    if (object) this.read(object, place);
    const isSecret = key?.type === 'literal' && judgeName(this.textOf(key)) === 'secret';
    this.readAll(values, isSecret ? 'closed' : place);
  }

  /** `createArray('--password', '…')`, `createArray('password', '…')`: an item hides the next one. */
  private readList(args: readonly Expression[], place: Place): void {
    let before = '';
    for (const each of args) {
      const text = each.type === 'literal' ? this.textOf(each) : '';
      const isValue = isSecretItem(before, text) || isOptionItem(before);
      this.read(each, isValue ? 'closed' : place);
      before = text;
    }
  }

  /** Reads the text, and each expression: strictly if it is part of a secret. */
  private readAssembled(assembled: Assembled, place: Place): void {
    const { text, holes } = assembled;
    const found: Range[] = [];
    if (text !== hole)
      this.scan(text, place, (start, end) => {
        if (end > start) found.push({ start, end });
      });
    const ranges = merged(found);
    assembled.addPieces(ranges, this.add);
    let next = 0;
    for (const { at, expression } of holes) {
      while (next < ranges.length && ranges[next]!.end <= at) next++;
      const isSecret = next < ranges.length && ranges[next]!.start <= at;
      if (isSecret) this.onSecret?.(expression);
      const own = text === hole ? place : place === 'closed' || isSecret ? 'closed' : 'open';
      this.read(expression, own);
    }
  }

  /** Whether one of the expressions reads something with a secret name: `pipeline().parameters.password`. */
  private namesSecret(expressions: readonly Expression[]): boolean {
    return expressions.some((each) => {
      if (each.type !== 'call') return false;
      const { args, members, indexes, name } = each;
      const last = members.at(-1);
      if (last !== undefined && judgeVariable(last) === 'secret') return true;
      const [first] = args;
      const isNamed = /^(?:variables|parameters)$/.test(name) && first?.type === 'literal';
      if (isNamed && judgeVariable(this.textOf(first)) === 'secret') return true;
      return indexes.some(
        (index) => index.type === 'literal' && judgeVariable(this.textOf(index)) === 'secret',
      );
    });
  }

  private textOf({ start, end }: Literal): string {
    return this.source.slice(start, end);
  }
}

/** A text as it is at run time. Expressions are holes. */
class Assembled {
  text = '';
  readonly holes: { readonly at: number; readonly expression: Expression }[] = [];
  private readonly pieces: {
    readonly at: number;
    readonly from: number;
    readonly length: number;
  }[] = [];

  constructor(private readonly source: string) {}

  addText(start: number, end: number, isLiteral: boolean): void {
    const given = this.source.slice(start, end);
    this.pieces.push({ at: this.text.length, from: start, length: given.length });
    // The second quote of an escaped pair becomes a filler, so that positions stay the same.
    this.text += isLiteral ? given.replaceAll("''", "'\0") : given;
  }

  addHole(expression: Expression): void {
    this.holes.push({ at: this.text.length, expression });
    this.text += hole;
  }

  /** Adds ranges of the text as ranges of the source. */
  addPieces(ranges: readonly Range[], add: AddRange): void {
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
