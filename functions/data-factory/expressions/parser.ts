/** Parser of the expression language: recursive descent with limits of length and depth. */
import { nextToken, type Token } from './lexer';
import {
  ExpressionSyntaxError,
  maxExpressionDepth,
  maxExpressionLength,
  type Expression,
  type TextPart,
  type TextSyntax,
} from './syntax';

/**
 * Parses a text as Data Factory reads it: `@expression`, `@@text`, text with `@{expression}`, or
 * `[expression]` of an ARM template. Throws ExpressionSyntaxError.
 */
export function parseText(text: string): TextSyntax {
  if (!text.includes('@')) return armSyntax(text) ?? { parts: [text] };
  if (text.startsWith('@@')) return { parts: [text.slice(1)] };
  if (text.startsWith('@') && text[1] !== '{') {
    const { expression, end } = parseFrom(text, 1);
    if (nextToken(text, end).kind !== 'end')
      throw new ExpressionSyntaxError('Text follows the expression.');
    return { whole: expression, parts: [expression] };
  }
  return { parts: interpolated(text) };
}

/** A text with `@{…}`. `@@{` is the text `@{`. */
function interpolated(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let plain = '';
  for (let from = 0; ;) {
    const start = text.indexOf('@{', from);
    if (start < 0) {
      plain += text.slice(from);
      break;
    }
    if (text[start - 1] === '@' && start > from) {
      plain += `${text.slice(from, start - 1)}@{`;
      from = start + 2;
      continue;
    }
    plain += text.slice(from, start);
    if (plain !== '') parts.push(plain);
    plain = '';
    const { expression, end } = parseFrom(text, start + 2);
    const close = closingBrace(text, end);
    parts.push(expression);
    from = close + 1;
  }
  return plain === '' ? parts : [...parts, plain];
}

function closingBrace(text: string, from: number): number {
  const close = text.slice(from).search(/\S/) + from;
  if (text[close] !== '}') throw new ExpressionSyntaxError('An interpolation is not closed.');
  return close;
}

/** Functions that begin an expression of an ARM template. `[dbo].[Orders]` is a name. */
const armFunctions = new Set(['concat', 'parameters', 'variables', 'if', 'replace', 'tolower']);

function armSyntax(text: string): TextSyntax | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  const [, name] = /^\[\s*([A-Za-z]+)\s*\(/.exec(text) ?? [];
  if (name === undefined || !armFunctions.has(name.toLowerCase())) return undefined;
  const { expression, end } = parseFrom(text, 1);
  return text.slice(end).trim() === ']' ? { whole: expression, parts: [expression] } : undefined;
}

function parseFrom(text: string, start: number): { expression: Expression; end: number } {
  if (text.length > maxExpressionLength)
    throw new ExpressionSyntaxError(
      `The expression is longer than ${maxExpressionLength} characters.`,
    );
  const parser = new Parser(text, start);
  return { expression: parser.parse(0), end: parser.end };
}

class Parser {
  /** Position behind the last token that was taken. */
  end: number;
  private token: Token;

  constructor(
    private readonly text: string,
    start: number,
  ) {
    this.end = start;
    this.token = nextToken(text, start);
  }

  parse(depth: number): Expression {
    if (depth > maxExpressionDepth)
      throw new ExpressionSyntaxError(
        `The expression is nested more than ${maxExpressionDepth} deep.`,
      );
    let found = this.primary(depth);
    for (let members = depth; ; members++) {
      if (members > maxExpressionDepth)
        throw new ExpressionSyntaxError(
          `The expression has more than ${maxExpressionDepth} members.`,
        );
      const { kind, value } = this.token;
      const optional = value.startsWith('?');
      if (kind !== 'symbol' || !/^\??[.[]$/.test(value)) return found;
      this.take();
      found = { kind: 'member', target: found, key: this.key(value, depth), optional };
    }
  }

  private key(symbol: string, depth: number): Expression {
    if (symbol.endsWith('[')) {
      const key = this.parse(depth + 1);
      this.expect(']');
      return key;
    }
    const { kind, value } = this.token;
    if (kind !== 'name' && kind !== 'number') throw this.error('A member has no name.');
    this.take();
    return { kind: 'literal', value };
  }

  private primary(depth: number): Expression {
    const { kind, value } = this.token;
    if (kind === 'symbol' || kind === 'end' || kind === 'unexpected')
      throw this.error('The expression is incomplete.');
    this.take();
    if (kind === 'text') return { kind: 'literal', value };
    if (kind === 'number') return { kind: 'literal', value: Number(value) };
    if (this.token.value === '(' && this.token.kind === 'symbol')
      return { kind: 'call', name: value.toLowerCase(), args: this.args(depth) };
    const constant = constants.get(value.toLowerCase());
    if (constant === undefined) throw new ExpressionSyntaxError(`"${value}" is not a function.`);
    return { kind: 'literal', value: constant };
  }

  private args(depth: number): Expression[] {
    this.take();
    const args: Expression[] = [];
    if (this.token.value === ')' && this.token.kind === 'symbol') {
      this.take();
      return args;
    }
    for (;;) {
      args.push(this.parse(depth + 1));
      const { kind, value } = this.token;
      if (kind !== 'symbol' || (value !== ',' && value !== ')'))
        throw this.error('Arguments are not separated by a comma.');
      this.take();
      if (value === ')') return args;
    }
  }

  private expect(symbol: string): void {
    if (this.token.kind !== 'symbol' || this.token.value !== symbol)
      throw this.error(`"${symbol}" is missing.`);
    this.take();
  }

  /** The next token may be text behind an interpolation, which is no part of the expression. */
  private take(): void {
    this.end = this.token.end;
    this.token = nextToken(this.text, this.end);
  }

  private error(sentence: string): ExpressionSyntaxError {
    const { kind, value } = this.token;
    return new ExpressionSyntaxError(kind === 'unexpected' ? value : sentence);
  }
}

const constants = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
