/** Columns that an expression of a data-flow script refers to. */
import type { Node } from '../../data-factory/data-flow-script/syntax';
import { distinctOrigins, type Origin, type StreamState } from './stream-state';

/** Functions that name columns by text. */
const byText = new Set(['byname', 'bynames', 'byitem', 'bypath', 'byorigin']);

/** Origins of all columns of the expression. */
export function originsIn(
  node: Node,
  state: StreamState,
  matched?: readonly Origin[],
): readonly Origin[] {
  const found: Origin[] = [];
  const visit = (each: Node): void => {
    if (each.kind === 'column') found.push(...originsOf(each.name, state, each.stream));
    else if (each.kind === 'matched') found.push(...(matched ?? []));
    else if (each.kind === 'operation') each.operands.forEach(visit);
    else if (each.kind === 'assignment') visit(each.value);
    else if (each.kind === 'option') visit(each.value);
    else if (each.kind === 'call') {
      if (byText.has(each.name)) found.push(...namedColumns(each.args, state));
      else each.args.forEach(visit);
    }
  };
  visit(node);
  return distinctOrigins(found);
}

/** A column by name. In an open stream with one source, a name that is not declared is its column. */
export function originsOf(name: string, state: StreamState, stream?: string): readonly Origin[] {
  const key = name.toLowerCase();
  const column =
    (stream === undefined ? undefined : state.qualified.get(`${stream.toLowerCase()}@${key}`)) ??
    state.columns.get(key);
  if (column) return column.origins;
  const [only, ...others] = state.open;
  return only !== undefined && others.length === 0
    ? [{ stream: only, column: name, type: 'DIRECT' }]
    : [];
}

function namedColumns(args: readonly Node[], state: StreamState): readonly Origin[] {
  const [first] = args;
  const names =
    first?.kind === 'literal' ? [first] : first?.kind === 'operation' ? first.operands : [];
  return names.flatMap((each) =>
    each.kind === 'literal' ? originsOf(each.value.split(/[.[]/)[0] ?? '', state) : [],
  );
}
