/** Columns of a stream after a transformation, by the type of the transformation. */
import type { Node, Statement } from '../../data-factory/data-flow-script/syntax';
import { originsIn, originsOf } from './column-references';
import {
  columnsOf,
  distinctOrigins,
  emptyState,
  indirect,
  oneAfterTheOther,
  sideBySide,
  type Origin,
  type StreamColumn,
  type StreamState,
} from './stream-state';

export interface Input {
  readonly stream: string;
  readonly state: StreamState;
}

type Rule = (statement: Statement, inputs: readonly Input[]) => StreamState;

/** Undefined for a transformation that is not known. */
export const columnRule = (type: string): Rule | undefined =>
  Object.hasOwn(rules, type) ? rules[type] : undefined;

/** An unknown transformation: its columns may depend on anything. */
export const passIndirectly: Rule = (_, inputs) => {
  const state = single(inputs);
  const columns = [...state.columns.values()].map(({ name, origins }) => ({
    name,
    origins: indirect(origins, 'unknown transformation'),
  }));
  return { ...state, columns: columnsOf(columns), streams: new Map() };
};

/** A source declares its columns. Undeclared columns pass if there are none or the schema may drift. */
export function sourceState({ args, name }: Statement): StreamState {
  const declared = declarations(args, 'output');
  const columns = declared.map((column): StreamColumn => ({
    name: column,
    origins: [{ stream: name, column, type: 'DIRECT' }],
  }));
  const isOpen = declared.length === 0 || isOption(args, 'allowSchemaDrift', 'true');
  return {
    ...emptyState,
    columns: columnsOf(columns),
    open: isOpen ? [name] : [],
    sources: [name],
  };
}

/** A sink without a mapping writes all columns. */
export const sinkState = (statement: Statement, inputs: readonly Input[]): StreamState =>
  select(statement, inputs);

const single = ([first, ...others]: readonly Input[]): StreamState =>
  first === undefined
    ? emptyState
    : others.length === 0
      ? first.state
      : sideBySide([first, ...others].map(({ stream, state }) => [stream, state]));

const select: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  const mapping = callIn(args, 'mapcolumn');
  if (!mapping) return state;
  const isPatterned = mapping.args.some(isPattern);
  const columns = mapping.args.flatMap((each) => mapped(each, state, type));
  return {
    ...state,
    columns: columnsOf(columns),
    streams: new Map(),
    open: isPatterned ? state.open : [],
  };
};

/** One entry of a mapping: a column, `name = column`, or a pattern. */
function mapped(node: Node, state: StreamState, type: string): StreamColumn[] {
  if (node.kind === 'column')
    return [
      { name: node.members.at(-1) ?? node.name, origins: originsOf(node.name, state, node.stream) },
    ];
  if (node.kind === 'assignment') {
    const name = nameOf(node.target);
    const plain = node.value.kind === 'column' && node.value.members.length === 0;
    const origins = originsIn(node.value, state);
    return name === undefined ? [] : [{ name, origins: plain ? origins : via(origins, type) }];
  }
  if (isPattern(node)) return patternColumns(node, state);
  return [];
}

/** `each(match(condition), name = expression)`: the condition is known at run time. */
function patternColumns(node: Node & { kind: 'call' }, state: StreamState): StreamColumn[] {
  const assignment = node.args.find((each) => each.kind === 'assignment');
  const all = [...state.columns.values()];
  const name = assignment && nameOf(assignment.target);
  if (name !== undefined)
    return [
      {
        name,
        origins: indirect(distinctOrigins(all.flatMap(({ origins }) => origins)), 'pattern'),
      },
    ];
  return all.map((column) => ({ name: column.name, origins: via(column.origins, 'pattern') }));
}

const isPattern = (node: Node): node is Node & { kind: 'call' } =>
  node.kind === 'call' && node.name === 'each';

/** New columns from expressions; all others pass. */
const derive: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  return withColumns(state, assigned(args, state, type));
};

const window: Rule = (statement, inputs) => {
  const state = single(inputs);
  const order = statement.args.filter((each) => each.kind === 'call');
  const controls = indirect(originsOfAll(order, state), statement.type);
  const columns = assigned(statement.args, state, statement.type).map(({ name, origins }) => ({
    name,
    origins: distinctOrigins([...origins, ...controls]),
  }));
  return withColumns(state, columns);
};

/** A number per row, which depends on the order of rows. */
const numbered: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  const order = indirect(
    originsOfAll(
      args.filter((each) => each.kind !== 'option'),
      state,
    ),
    type,
  );
  const option = args.find((each) => each.kind === 'option' && /column$/i.test(each.name));
  const own = option?.kind === 'option' ? nameOf(option.value) : undefined;
  const names = own === undefined ? declarations(args, 'output') : [own];
  return withColumns(
    state,
    names.map((name) => ({ name, origins: order })),
  );
};

/** Keys and aggregates survive, nothing else. */
const aggregate: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  const keys = (callIn(args, 'groupby')?.args ?? []).flatMap((each) => mapped(each, state, type));
  const patterns = args.filter(isPattern).flatMap((each) => patternColumns(each, state));
  const own = assigned(args, state, type);
  const controls = indirect(
    keys.flatMap(({ origins }) => origins),
    type,
  );
  return {
    ...state,
    columns: columnsOf([...keys, ...own, ...patterns]),
    streams: new Map(),
    open: args.some(isPattern) ? state.open : [],
    controls: distinctOrigins([...state.controls, ...controls]),
  };
};

/**
 * Values of a column become names of columns, so the set stays open. An aggregate without a name of its
 * own is only part of such names.
 */
const pivot: Rule = (statement, inputs) => {
  const state = single(inputs);
  const by = indirect(originsOfAll(callIn(statement.args, 'pivotby')?.args ?? [], state), 'pivot');
  const { columns, ...result } = aggregate(statement, inputs);
  const nameless = columns.get('')?.origins ?? [];
  return {
    ...result,
    columns: new Map([...columns].filter(([name]) => name !== '')),
    controls: distinctOrigins([...result.controls, ...by, ...indirect(nameless, 'pivot')]),
    open: state.sources,
  };
};

const unpivot: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  const kept = (callIn(args, 'ungroupby')?.args ?? []).flatMap((each) => mapped(each, state, type));
  const others = [...state.columns.values()].filter(
    ({ name }) => !kept.some((each) => each.name.toLowerCase() === name.toLowerCase()),
  );
  const origins = via(distinctOrigins(others.flatMap((column) => column.origins)), type);
  const own = declarations(args, 'output').map((name) => ({ name, origins }));
  return { ...state, columns: columnsOf([...kept, ...own]), streams: new Map(), open: [] };
};

/** All columns of both sides; the condition decides which rows there are. */
const join: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  return controlled(state, args, state, type);
};

const exists: Rule = ({ args, type }, inputs) => {
  const both = single(inputs);
  const [first] = inputs;
  const own = controlled(first?.state ?? emptyState, args, both, type);
  // The other stream decides about rows, also if it is not known by which of its columns.
  const others = both.sources
    .filter((source) => !own.sources.includes(source))
    .filter((source) => !own.controls.some(({ stream }) => stream === source))
    .map((stream): Origin => ({ stream, column: '*', type: 'INDIRECT', transformation: type }));
  return { ...own, sources: both.sources, controls: [...own.controls, ...others] };
};

const union: Rule = ({ args }, inputs) =>
  oneAfterTheOther(
    inputs.map(({ state }) => state),
    !isOption(args, 'byName', 'false'),
  );

/** Rows pass or do not; columns stay as they are. */
const pass: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  return controlled(state, args, state, type);
};

const cast: Rule = (_, inputs) => single(inputs);

/** The response of a service depends on what was sent to it. */
const externalCall: Rule = ({ args, type }, inputs) => {
  const state = single(inputs);
  const sent = callIn(args, 'mapcolumn')?.args ?? [];
  const origins = indirect(
    sent.length > 0
      ? originsOfAll(sent, state)
      : distinctOrigins([...state.columns.values()].flatMap((column) => column.origins)),
    type,
  );
  return withColumns(
    state,
    declarations(args, 'output').map((name) => ({ name, origins })),
  );
};

const rules: Readonly<Record<string, Rule>> = {
  select,
  derive,
  parse: derive,
  stringify: derive,
  aggregate,
  pivot,
  unpivot,
  join,
  lookup: join,
  exists,
  union,
  filter: pass,
  split: pass,
  sort: pass,
  alterrow: pass,
  assert: pass,
  cast,
  keygenerate: numbered,
  rank: numbered,
  window,
  folddown: select,
  flatten: select,
  call: externalCall,
  output: pass,
};

function controlled(
  state: StreamState,
  args: readonly Node[],
  scope: StreamState,
  type: string,
): StreamState {
  const conditions = args.filter((each) => each.kind !== 'option');
  const own = indirect(originsOfAll(conditions, scope), type);
  return { ...state, controls: distinctOrigins([...state.controls, ...own]) };
}

const withColumns = (state: StreamState, columns: readonly StreamColumn[]): StreamState => {
  const next = new Map(state.columns);
  for (const column of columns) next.set(column.name.toLowerCase(), column);
  return { ...state, columns: next };
};

/** Columns that arguments assign. Later ones may use earlier ones. */
function assigned(args: readonly Node[], state: StreamState, type: string): StreamColumn[] {
  let scope = state;
  return args.flatMap((each): StreamColumn[] => {
    if (each.kind !== 'assignment') return [];
    const name = nameOf(each.target);
    if (name === undefined) return [];
    const plain = each.value.kind === 'column' && each.value.members.length === 0;
    const origins = originsIn(each.value, scope);
    const column = { name, origins: plain ? origins : via(origins, type) };
    scope = withColumns(scope, [column]);
    return [column];
  });
}

const originsOfAll = (nodes: readonly Node[], state: StreamState) =>
  distinctOrigins(nodes.flatMap((each) => originsIn(each, state)));

const via = (origins: readonly Origin[], transformation: string): readonly Origin[] =>
  origins.map((origin) => ({ ...origin, transformation }));

const nameOf = (node: Node): string | undefined =>
  node.kind === 'column' ? node.name : node.kind === 'literal' ? node.value : undefined;

const callIn = (args: readonly Node[], name: string) =>
  args.find((each): each is Node & { kind: 'call' } => each.kind === 'call' && each.name === name);

/** Names in `output(name as type, …)`. */
export const declarations = (args: readonly Node[], name: string): string[] =>
  (callIn(args, name)?.args ?? []).flatMap((each) =>
    each.kind === 'declaration' ? [each.name] : each.kind === 'column' ? [each.name] : [],
  );

/** An option may be given as a text or as a call: `true` or `true()`. */
const isOption = (args: readonly Node[], name: string, value: string): boolean =>
  args.some(
    (each) =>
      each.kind === 'option' &&
      each.name.toLowerCase() === name.toLowerCase() &&
      (each.value.kind === 'call' || each.value.kind === 'column') &&
      each.value.name.toLowerCase() === value,
  );
