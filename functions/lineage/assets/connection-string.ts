/** Pairs of a connection string whose values may be expressions. */
import { joinTexts, known, textOf, type Value } from '../../data-factory/expressions/value';

/** Values by lower-case name. A placeholder may be within a value, but not in place of a name. */
export function connectionPairs(given: Value): ReadonlyMap<string, Value> {
  const text = given.kind === 'known' ? fromAddress(given) : given;
  const parts = text.kind === 'known' ? [textOf(text.value)] : text.parts;
  const pairs = new Map<string, Value>();
  let current: Value[] = [];
  const finish = () => {
    const [first, ...rest] = current;
    current = [];
    if (first?.kind !== 'known' || typeof first.value !== 'string') return;
    const equals = first.value.indexOf('=');
    if (equals < 1) return;
    const name = first.value.slice(0, equals).trim().toLowerCase();
    const start = known(first.value.slice(equals + 1).trimStart(), first.confidence, first.reads);
    const value = joinTexts([start, ...rest]);
    pairs.set(name, value.kind === 'known' ? unquoted(value) : value);
  };
  for (const part of parts) {
    if (typeof part !== 'string') {
      current.push({ kind: 'pattern', parts: [part], reads: text.reads });
      continue;
    }
    const confidence = text.kind === 'known' ? text.confidence : 'defaulted';
    const [continued, ...begun] = part.split(';');
    current.push(known(continued!, confidence, text.reads));
    for (const each of begun) {
      finish();
      current.push(known(each, confidence, text.reads));
    }
  }
  finish();
  return pairs;
}

function unquoted(value: Value & { kind: 'known' }): Value {
  const [, quoted] = /^\s*["'](.*)["']\s*$/s.exec(textOf(value.value)) ?? [];
  return { ...value, value: quoted ?? textOf(value.value).trim() };
}

/** `jdbc:snowflake://host/?db=x&user=y` as `Server=host;db=x;user=y`. Other texts are as they are. */
function fromAddress(text: Value & { kind: 'known' }): Value & { kind: 'known' } {
  const [, host, query = ''] =
    /^\s*jdbc:[a-z]+:\/\/([^/?;]+)\/?\??(.*)$/is.exec(textOf(text.value)) ?? [];
  if (host === undefined) return text;
  return { ...text, value: `Server=${host};${query.replaceAll('&', ';')}` };
}
