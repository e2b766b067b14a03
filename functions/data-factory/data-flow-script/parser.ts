/** Parser of data-flow scripts: recursive descent with a limit of depth. */
import { tokensOf, type Token } from './lexer';
import { parameterBlock } from './parameters';
import {
  maxScriptDepth,
  ScriptSyntaxError,
  type Node,
  type Script,
  type Statement,
  type StreamReference,
} from './syntax';

/** Throws ScriptSyntaxError. */
export function parseScript(script: string): Script {
  const { names, end } = parameterBlock(script);
  return { parameters: names, statements: new Parser(tokensOf(script, end)).statements() };
}

class Parser {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  statements(): Statement[] {
    const statements: Statement[] = [];
    while (this.token.kind !== 'end') statements.push(this.statement());
    return statements;
  }

  private statement(): Statement {
    const inputs: StreamReference[] = [];
    for (;;) {
      const name = this.takeName('The name of a transformation');
      if (this.isSymbol('(')) {
        const args = this.args(0);
        this.take('~>');
        return { inputs, type: name.toLowerCase(), args, ...this.outputs() };
      }
      const branch = this.takeIf('@') ? this.takeName('The name of an output') : undefined;
      inputs.push({ name, ...(branch !== undefined && { branch }) });
      this.takeIf(',');
    }
  }

  private outputs(): Pick<Statement, 'name' | 'branches'> {
    const name = this.takeName('The name of a stream');
    const branches: string[] = [];
    if (this.isSymbol('@') && this.isSymbol('(', 1)) {
      this.at += 2;
      while (!this.takeIf(')')) {
        branches.push(this.takeName('The name of an output'));
        this.takeIf(',');
      }
    }
    return { name, branches };
  }

  private args(depth: number): Node[] {
    this.take('(');
    const args: Node[] = [];
    while (!this.takeIf(')')) {
      args.push(this.argument(depth + 1));
      if (!this.takeIf(',') && !this.isSymbol(')')) throw this.unexpected();
    }
    return args;
  }

  private argument(depth: number): Node {
    if (depth > maxScriptDepth)
      throw new ScriptSyntaxError(`The script is nested more than ${maxScriptDepth} deep.`);
    const { kind, value } = this.token;
    if (kind === 'name' && this.isSymbol(':', 1)) {
      this.at += 2;
      return { kind: 'option', name: value, value: this.argument(depth + 1) };
    }
    if (kind === 'name' && this.isWord('as', 1)) {
      this.at += 2;
      return { kind: 'declaration', name: value, type: this.type() };
    }
    const target = this.expression(depth);
    if (!this.takeIf('=') && !this.takeIf(':=')) return target;
    return { kind: 'assignment', target, value: this.argument(depth + 1) };
  }

  /** Text of a type, to the comma or bracket behind it. */
  private type(): string {
    let text = '';
    for (let open = 0; this.token.kind !== 'end'; this.at++) {
      const { kind, value } = this.token;
      if (kind === 'symbol' && open === 0 && (value === ',' || value === ')')) break;
      if (kind === 'symbol' && (value === '(' || value === '[')) open++;
      if (kind === 'symbol' && (value === ')' || value === ']')) open--;
      text += kind === 'name' && text !== '' ? ` ${value}` : value;
    }
    return text;
  }

  /** Operands between operators. Precedence does not matter for the columns that are used. */
  private expression(depth: number): Node {
    const operands: Node[] = [this.operand(depth)];
    let isSum = true;
    while (this.token.kind === 'symbol' && operators.has(this.token.value)) {
      isSum &&= this.token.value === '+';
      this.at++;
      operands.push(this.operand(depth));
    }
    if (operands.length === 1) return operands[0]!;
    return { kind: 'operation', operands, ...(isSum && { isSum }) };
  }

  private operand(depth: number): Node {
    if (depth > maxScriptDepth)
      throw new ScriptSyntaxError(`The script is nested more than ${maxScriptDepth} deep.`);
    let operand = this.primary(depth);
    while (this.isSymbol('[')) {
      const index = this.list(depth);
      operand = { kind: 'operation', operands: [operand, index] };
      if (this.isSymbol('.')) this.members();
    }
    return operand;
  }

  private primary(depth: number): Node {
    const { kind, value } = this.token;
    if (kind === 'symbol') return this.bracketed(depth);
    if (kind === 'end') throw this.unexpected();
    this.at++;
    if (kind === 'text' || kind === 'number') return { kind: 'literal', value };
    if (kind === 'parameter') {
      this.members();
      if (value === '$$' || value.startsWith('#') || value === '$#') return { kind: 'matched' };
      return { kind: 'parameter', name: value.slice(1) };
    }
    if (this.isSymbol('(')) {
      const args = this.args(depth);
      this.members();
      return { kind: 'call', name: value.toLowerCase(), args };
    }
    if (this.token.kind === 'parameter' && this.token.value.startsWith('#')) {
      // `stream#lookup(keys)` reads a cached sink.
      const call = `${value}${this.token.value}`.toLowerCase();
      this.at++;
      const args = this.isSymbol('(') ? this.args(depth) : [];
      return { kind: 'call', name: call, args, members: this.members() };
    }
    let name = value;
    let stream: string | undefined;
    while (this.isSymbol('@') && this.tokens[this.at + 1]?.kind === 'name') {
      this.at++;
      stream = value;
      name = this.takeName('The name of a column');
    }
    const members = this.members();
    return { kind: 'column', name, members, ...(stream !== undefined && { stream }) };
  }

  private bracketed(depth: number): Node {
    if (this.isSymbol('(')) return { kind: 'operation', operands: this.args(depth) };
    if (this.isSymbol('[')) return this.list(depth);
    if (this.isSymbol('@') && this.isSymbol('(', 1)) {
      this.at++;
      return { kind: 'call', name: '@', args: this.args(depth) };
    }
    if (!prefixes.has(this.token.value)) throw this.unexpected();
    this.at++;
    return this.operand(depth + 1);
  }

  /** `[a, b]`, and `[condition => value]` of a map. */
  private list(depth: number): Node {
    this.take('[');
    const operands: Node[] = [];
    while (!this.takeIf(']')) {
      operands.push(this.argument(depth + 1));
      if (!this.takeIf(',') && !this.takeIf('->') && !this.isSymbol(']')) throw this.unexpected();
    }
    return { kind: 'operation', operands, isList: true };
  }

  private members(): string[] {
    const members: string[] = [];
    while (this.takeIf('.')) members.push(this.takeName('The name of a member'));
    return members;
  }

  private get token(): Token {
    return this.tokens[this.at]!;
  }

  private isSymbol(value: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'symbol' && token.value === value;
  }

  private isWord(value: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'name' && token.value === value;
  }

  private takeIf(symbol: string): boolean {
    const found = this.isSymbol(symbol);
    if (found) this.at++;
    return found;
  }

  private take(symbol: string): void {
    if (!this.takeIf(symbol)) throw this.unexpected(`"${symbol}" is missing`);
  }

  private takeName(what: string): string {
    if (this.token.kind !== 'name') throw this.unexpected(`${what} is missing`);
    return this.tokens[this.at++]!.value;
  }

  private unexpected(sentence = 'A part is missing or unexpected'): ScriptSyntaxError {
    return new ScriptSyntaxError(`${sentence} in line ${this.token.line}.`);
  }
}

const prefixes = new Set(['!', '-', '+', '~', ':']);
const operators = new Set('=== !== <=> == != <= >= && || < > + - * / % ^ | & ~ ? : ->'.split(' '));
