/** Values of the options of a data-flow script: texts, parameters, and what is joined from them. */
import {
  joinTexts,
  known,
  textOf,
  unknown,
  type Value,
} from '../../data-factory/expressions/value';
import type { Node, Statement } from '../../data-factory/data-flow-script/syntax';

/** Values of the first of the names that the statement has, one per member of a list. */
export function optionValues(
  statement: Statement | undefined,
  names: readonly string[],
  parameters: ReadonlyMap<string, Value>,
): readonly Value[] {
  for (const name of names) {
    const option = statement?.args.find(
      (each) => each.kind === 'option' && each.name.toLowerCase() === name.toLowerCase(),
    );
    if (option?.kind !== 'option') continue;
    const { value } = option;
    const nodes = value.kind === 'operation' && value.isList ? value.operands : [value];
    return nodes.map((node) => nodeValue(node, parameters));
  }
  return [];
}

/** Other expressions than texts, parameters and what is joined from them are known at run time only. */
function nodeValue(node: Node, parameters: ReadonlyMap<string, Value>): Value {
  if (node.kind === 'literal') return known(node.value);
  const joined =
    node.kind === 'operation' && (node.isSum || node.operands.length === 1)
      ? node.operands
      : node.kind === 'call' && node.name === 'concat'
        ? node.args
        : undefined;
  if (joined) return joinTexts(joined.map((each) => nodeValue(each, parameters)));
  if (node.kind !== 'parameter') return unknown('data flow expression');
  const value = parameters.get(node.name.toLowerCase());
  return value === undefined ? unknown(node.name) : unquoted(value);
}

/** A number, or a text that lacks its quotes. Anything else is computed by the data flow. */
const isPlain = /^[\p{L}\p{N}_./ -]*$/u;

/** A parameter holds an expression of the data flow: a text is in quotes. */
function unquoted(value: Value): Value {
  if (value.kind === 'known') {
    const [, , text] = /^\s*(["'])(.*)\1\s*$/s.exec(textOf(value.value)) ?? [];
    if (text !== undefined) return { ...value, value: text };
    return isPlain.test(textOf(value.value)) ? value : unknown('data flow expression', value.reads);
  }
  const [first, last] = [value.parts[0], value.parts.at(-1)];
  if (typeof first !== 'string' || typeof last !== 'string') return value;
  const quote = first.trimStart()[0];
  if ((quote !== '"' && quote !== "'") || last.trimEnd().at(-1) !== quote) return value;
  const inner = [
    first.trimStart().slice(1),
    ...value.parts.slice(1, -1),
    last.trimEnd().slice(0, -1),
  ];
  return { ...value, parts: inner.filter((part) => part !== '') };
}
