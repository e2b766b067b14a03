/** Columns that an expression of a data-flow script refers to. */
import type { Node } from '../../data-factory/data-flow-script/syntax';
import { distinctOrigins, indirect, type Origin, type StreamState } from './stream-state';

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
      if (each.name.includes('#')) found.push(...cachedOrigins(each, state, matched));
      else if (byText.has(each.name)) found.push(...namedColumns(each.args, state));
      else each.args.forEach(visit);
    }
  };
  visit(node);
  return distinctOrigins(found);
}

/** A column by name. In an open stream with one source, a name that is not declared is its column. */
export function originsOf(name: string, state: StreamState, stream?: string): readonly Origin[] {
  const own = stream === undefined ? undefined : state.streams.get(stream.toLowerCase());
  if (own) return originsOf(name, own);
  const column = state.columns.get(name.toLowerCase());
  if (column) return column.origins;
  const [only, ...others] = state.open;
  return only !== undefined && others.length === 0
    ? [{ stream: only, column: name, type: 'DIRECT' }]
    : [];
}

/** `cache#lookup(keys).column`: the keys decide which row of the cached sink is used. */
function cachedOrigins(
  { name, args, members = [] }: Node & { kind: 'call' },
  state: StreamState,
  matched: readonly Origin[] | undefined,
): readonly Origin[] {
  const cache = state.streams.get(cacheKey(name));
  const [column] = members;
  const all = [...(cache?.columns.values() ?? [])].flatMap(({ origins }) => origins);
  const keys = args.flatMap((each) => originsIn(each, state, matched));
  return [
    ...(cache && column !== undefined ? originsOf(column, cache) : all),
    ...indirect(keys, 'lookup'),
  ];
}

const cacheKey = (call: string): string => call.slice(0, call.indexOf('#') + 1);

/** Lower-case names of the cached sinks that expressions use. */
export function cachesIn(nodes: readonly Node[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === 'call') {
      if (node.name.includes('#')) found.add(cacheKey(node.name).slice(0, -1));
      node.args.forEach(visit);
    } else if (node.kind === 'operation') node.operands.forEach(visit);
    else if (node.kind === 'assignment' || node.kind === 'option') visit(node.value);
  };
  nodes.forEach(visit);
  return found;
}

function namedColumns(args: readonly Node[], state: StreamState): readonly Origin[] {
  const [first] = args;
  const names =
    first?.kind === 'literal' ? [first] : first?.kind === 'operation' ? first.operands : [];
  return names.flatMap((each) =>
    each.kind === 'literal' ? originsOf(each.value.split(/[.[]/)[0] ?? '', state) : [],
  );
}
