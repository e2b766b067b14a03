/** Splits an expression into tokens. Reads each character once. */
export interface Token {
  /** `unexpected`: no token begins here, or it is not closed. Its value says so. */
  readonly kind: 'name' | 'text' | 'number' | 'symbol' | 'end' | 'unexpected';
  readonly value: string;
  /** Position behind the token. */
  readonly end: number;
}

const nameOrNumber = /[\p{L}_$][\p{L}\p{N}_$-]*|[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const space = /\s*/y;

export function nextToken(text: string, from: number): Token {
  space.lastIndex = from;
  space.test(text);
  const start = space.lastIndex;
  const first = text[start];
  if (first === undefined) return { kind: 'end', value: '', end: start };
  if (first === "'") return quotedText(text, start);
  if (first === '?' && (text[start + 1] === '.' || text[start + 1] === '['))
    return { kind: 'symbol', value: `?${text[start + 1]}`, end: start + 2 };
  if ('(),.[]'.includes(first)) return { kind: 'symbol', value: first, end: start + 1 };
  nameOrNumber.lastIndex = start;
  const [value] = nameOrNumber.exec(text) ?? [];
  if (value === undefined)
    return {
      kind: 'unexpected',
      value: `Unexpected character at position ${start + 1}.`,
      end: start,
    };
  const kind = /^[+\-\d]/.test(value) ? 'number' : 'name';
  return { kind, value, end: start + value.length };
}

/** `''` is a quote within the text. */
function quotedText(text: string, start: number): Token {
  let value = '';
  for (let from = start + 1; ;) {
    const quote = text.indexOf("'", from);
    if (quote < 0)
      return { kind: 'unexpected', value: 'A text in quotes is not closed.', end: start };
    value += text.slice(from, quote);
    if (text[quote + 1] !== "'") return { kind: 'text', value, end: quote + 1 };
    value += "'";
    from = quote + 2;
  }
}
