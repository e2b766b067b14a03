/**
 * Parses expressions of Data Factory (`@concat('a', item().b)`, `…@{…}…`) and of ARM templates (`[concat(…)]`), with
 * the positions of their literals. A text that does not follow the grammar is not an expression: it may be a password
 * that begins with `@`.
 */

export type Expression =
  /** `start` and `end` are the positions inside the quotes. */
  | { readonly type: 'literal'; readonly start: number; readonly end: number }
  | {
      readonly type: 'call';
      /** Lower case. */
      readonly name: string;
      readonly args: readonly Expression[];
      /** Names of the properties after the call: `activity('a').output.token`. */
      readonly members: readonly string[];
      /** Expressions between brackets after the call. */
      readonly indexes: readonly Expression[];
    }
  /** A number, `true`, `null` or a bare word. */
  | { readonly type: 'other'; readonly start: number; readonly end: number };

/** A part of a text with expressions. */
export type Part =
  | { readonly expression: undefined; readonly start: number; readonly end: number }
  | { readonly expression: Expression; readonly start: number; readonly end: number };

const maxDepth = 60;

/** Parts of a text. Undefined if the text contains no expression. */
export function partsOf(text: string): readonly Part[] | undefined {
  if (text.startsWith('@') && !text.startsWith('@@') && !text.startsWith('@{')) {
    const expression = parseWhole(text, 1, text.length);
    if (expression) return [{ expression, start: 0, end: text.length }];
  }
  if (text.startsWith('[') && !text.startsWith('[[') && text.endsWith(']') && text.includes('(')) {
    const expression = parseWhole(text, 1, text.length - 1);
    if (expression?.type === 'call') return [{ expression, start: 0, end: text.length }];
  }
  return text.includes('@{') ? interpolated(text) : undefined;
}

function parseWhole(text: string, start: number, end: number): Expression | undefined {
  const parser = new Parser(text, start);
  const expression = parser.expression();
  parser.skipSpace();
  return parser.at === end && expression && isMeaningful(text, expression) ? expression : undefined;
}

/** `@null` and `@true` are expressions, `@dmin123` is a text. */
const isMeaningful = (text: string, expression: Expression): boolean =>
  expression.type !== 'other' ||
  /^(?:null|true|false|-?\d[\d.]*)$/i.test(text.slice(expression.start, expression.end));

function interpolated(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let from = 0;
  let found = false;
  // Each failed attempt is followed by plain text, so a broken text is read at most this often.
  let failures = 0;
  for (let at = text.indexOf('@{'); at >= 0; at = text.indexOf('@{', at)) {
    if (text[at - 1] === '@' && text[at - 2] !== '@') {
      at += 2;
      continue;
    }
    const parser = new Parser(text, at + 2);
    const expression = failures < 20 ? parser.expression() : undefined;
    parser.skipSpace();
    if (!expression || text[parser.at] !== '}') {
      failures++;
      at += 2;
      continue;
    }
    if (at > from) parts.push({ expression: undefined, start: from, end: at });
    from = parser.at + 1;
    parts.push({ expression, start: at, end: from });
    at = from;
    found = true;
  }
  if (!found) return undefined;
  if (from < text.length) parts.push({ expression: undefined, start: from, end: text.length });
  return parts;
}

class Parser {
  private depth = 0;

  constructor(
    private readonly text: string,
    public at: number,
  ) {}

  /** Undefined if the text does not follow the grammar. */
  expression(): Expression | undefined {
    if (++this.depth > maxDepth) return undefined;
    this.skipSpace();
    const expression = this.text[this.at] === "'" ? this.literal() : this.callOrWord();
    this.depth--;
    return expression;
  }

  skipSpace(): void {
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9 && code !== 160) return;
    }
  }

  private literal(): Expression | undefined {
    const start = this.at + 1;
    for (let from = start; ;) {
      const end = this.text.indexOf("'", from);
      if (end < 0) return undefined;
      if (this.text[end + 1] === "'") from = end + 2;
      else {
        this.at = end + 1;
        const literal: Expression = { type: 'literal', start, end };
        return this.text[this.at] === '[' ? this.access('', [literal]) : literal;
      }
    }
  }

  private callOrWord(): Expression | undefined {
    const start = this.at;
    if (this.text[this.at] === '@') this.at++;
    const nameStart = this.at;
    while (isWord(this.text.charCodeAt(this.at))) this.at++;
    const end = this.at;
    if (end === nameStart && !/[.-]/.test(this.text[end] ?? '')) return undefined;
    this.skipSpace();
    if (this.text[this.at] !== '(') return this.number(start, end);
    this.at++;
    const args = this.args();
    return args && this.access(this.text.slice(nameStart, end).toLowerCase(), args);
  }

  private number(start: number, end: number): Expression {
    this.at = end;
    while (/[\w.+-]/.test(this.text[this.at] ?? '')) this.at++;
    return { type: 'other', start, end: this.at };
  }

  private args(): Expression[] | undefined {
    const args: Expression[] = [];
    this.skipSpace();
    if (this.text[this.at] === ')') return (this.at++, args);
    for (;;) {
      const argument = this.expression();
      if (!argument) return undefined;
      args.push(argument);
      this.skipSpace();
      const character = this.text[this.at++];
      if (character === ')') return args;
      if (character !== ',') return undefined;
    }
  }

  /** `.name`, `?.name`, `['name']`, `[0]` after a call. Spaces between them are allowed. */
  private access(name: string, args: readonly Expression[]): Expression | undefined {
    const members: string[] = [];
    const indexes: Expression[] = [];
    for (;;) {
      const before = this.at;
      this.skipSpace();
      if (this.text[this.at] === '?') this.at++;
      const character = this.text[this.at];
      if (character === '.') {
        this.at++;
        this.skipSpace();
        const start = this.at;
        while (isMember(this.text.charCodeAt(this.at))) this.at++;
        if (this.at === start) return undefined;
        members.push(this.text.slice(start, this.at));
      } else if (character === '[') {
        this.at++;
        const index = this.expression();
        this.skipSpace();
        if (!index || this.text[this.at++] !== ']') return undefined;
        indexes.push(index);
      } else {
        this.at = before;
        return { type: 'call', name, args, members, indexes };
      }
    }
  }
}

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === 95;

const isMember = (code: number): boolean =>
  isWord(code) || code === 45 || code === 36 || code === 64 || code > 127;
