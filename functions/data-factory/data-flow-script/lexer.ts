/** Splits a data-flow script into tokens. Reads each character once. */
import { maxScriptLength, ScriptSyntaxError } from './syntax';

export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'parameter' | 'symbol' | 'end';
  readonly value: string;
  /** Line, for messages. */
  readonly line: number;
}

/**
 * Comments and white space, then one token. What is not closed reaches to the end of the script and is
 * refused by the parser.
 */
const pattern =
  /(\s+|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)|\/\/[^\n]*)|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|`([^`]*)`|\{((?:[^}\\]|\\[\s\S])*)\}|(\$\$|\$#|\$[\p{L}_][\p{L}\p{N}_]*|#[\p{L}_][\p{L}\p{N}_]*)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[\p{L}]*)|([\p{L}_][\p{L}\p{N}_]*)|(~>|===|!==|<=>|==|!=|<=|>=|&&|\|\||->|:=|[(),@[\].:=<>!+\-*/%^|&~?#])/uy;

export function tokensOf(script: string, from = 0): Token[] {
  if (script.length > maxScriptLength)
    throw new ScriptSyntaxError(`The script is longer than ${maxScriptLength} characters.`);
  const tokens: Token[] = [];
  let line = script.slice(0, from).split('\n').length;
  for (let at = from; at < script.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const found = pattern.exec(script);
    if (!found) throw new ScriptSyntaxError(`Unexpected character in line ${line}.`);
    const [all, space, double, single, ticked, braced, parameter, number, name, symbol] = found;
    const text = double ?? single ?? ticked;
    if (text !== undefined) tokens.push({ kind: 'text', value: unescaped(text), line });
    else if (braced !== undefined) tokens.push({ kind: 'name', value: unescaped(braced), line });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', value: parameter, line });
    else if (number !== undefined) tokens.push({ kind: 'number', value: number, line });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name, line });
    else if (space === undefined) tokens.push({ kind: 'symbol', value: symbol ?? all, line });
    for (const unit of all) if (unit === '\n') line++;
  }
  return [...tokens, { kind: 'end', value: '', line }];
}

const unescaped = (text: string) =>
  text.includes('\\') ? text.replace(/\\([\s\S])/g, '$1') : text;
