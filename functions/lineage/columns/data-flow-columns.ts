/** Lineage within a data flow: which source columns each sink column comes from. */
import { parseScript } from '../../data-factory/data-flow-script/parser';
import { scriptOf } from '../../data-factory/data-flow-script/script-text';
import {
  ScriptSyntaxError,
  type Script,
  type Statement,
} from '../../data-factory/data-flow-script/syntax';
import { getField, getText, isList, type Json } from '../../data-factory/json';
import type { ColumnPair } from '../lineage-unit';
import { cachesIn } from './column-references';
import { columnRule, passIndirectly, sinkState, sourceState, type Input } from './column-rules';
import { distinctOrigins, emptyState, type StreamState } from './stream-state';

/** What one sink writes from one source. */
export interface StreamPair {
  readonly source: string;
  readonly sink: string;
  readonly columns: readonly ColumnPair[];
  /** True if undeclared columns pass, too. */
  readonly open: boolean;
}

export interface DataFlowColumns {
  readonly pairs: readonly StreamPair[];
  readonly script: Script | undefined;
  readonly warnings: readonly string[];
}

/** JSON of a flowlet by name. Undefined if there is none. */
export type FindFlowlet = (name: string) => Json | undefined;

const maxFlowletDepth = 10;

export function dataFlowColumns(properties: Json, findFlowlet: FindFlowlet): DataFlowColumns {
  const warnings: string[] = [];
  const settings = getField(properties, 'typeProperties');
  const script = tryParse(settings, warnings);
  if (!script) return { pairs: [], script, warnings };
  const flow = new Flow(script, flowletsOf(settings), findFlowlet, [], warnings);
  const pairs = script.statements
    .filter((each) => each.type === 'sink' && !isCache(each))
    .flatMap((sink) => pairsOf(sink.name, flow.stateOf(sink.name)));
  return { pairs, script, warnings: [...new Set(warnings)] };
}

/** A cached sink holds rows for lookups of the same data flow. */
export const isCache = ({ args }: Statement): boolean =>
  args.some(
    (each) =>
      each.kind === 'option' &&
      each.name.toLowerCase() === 'store' &&
      each.value.kind === 'literal' &&
      each.value.value.toLowerCase() === 'cache',
  );

function pairsOf(sink: string, state: StreamState): StreamPair[] {
  return state.sources.map((source) => {
    const columns = [...state.columns.values()].flatMap(({ name, origins }) =>
      origins
        .filter(({ stream }) => stream === source)
        .map(({ column, type, transformation }): ColumnPair => ({
          source: column,
          target: name,
          type,
          ...(transformation !== undefined && { transformation }),
        })),
    );
    const controls = state.controls
      .filter(({ stream }) => stream === source)
      .map(({ column, transformation = 'condition' }): ColumnPair => ({
        source: column,
        target: '*',
        type: 'INDIRECT',
        transformation,
      }));
    return { source, sink, columns: [...columns, ...controls], open: state.open.includes(source) };
  });
}

function tryParse(settings: Json | undefined, warnings: string[]): Script | undefined {
  try {
    return parseScript(scriptOf(settings));
  } catch (error) {
    if (!(error instanceof ScriptSyntaxError)) throw error;
    warnings.push(`The script of a data flow cannot be read. ${error.message}`);
    return undefined;
  }
}

/** Names of flowlets by lower-case name of the transformation that calls them. */
function flowletsOf(settings: Json | undefined): ReadonlyMap<string, string> {
  const list = getField(settings, 'transformations');
  return new Map(
    (isList(list) ? list : []).flatMap((each) => {
      const name = getText(each, 'name');
      const flowlet = getText(getField(each, 'flowlet'), 'referenceName');
      return name !== undefined && flowlet !== undefined
        ? [[name.toLowerCase(), flowlet] as const]
        : [];
    }),
  );
}

class Flow {
  private readonly statements: ReadonlyMap<string, Statement>;
  private readonly states = new Map<string, StreamState>();
  private readonly visiting = new Set<string>();
  /** Streams that a caller passes to the inputs of a flowlet, in order. */
  private readonly given = new Map<string, StreamState>();

  constructor(
    script: Script,
    private readonly flowlets: ReadonlyMap<string, string>,
    private readonly findFlowlet: FindFlowlet,
    private readonly callers: readonly string[],
    private readonly warnings: string[],
    inputs: readonly Input[] = [],
  ) {
    this.statements = new Map(script.statements.map((each) => [each.name.toLowerCase(), each]));
    script.statements
      .filter(({ type }) => type === 'input')
      .forEach((each, index) => {
        this.given.set(each.name.toLowerCase(), inputs[index]?.state ?? emptyState);
      });
  }

  stateOf(name: string, branch?: string): StreamState {
    const key = name.toLowerCase();
    const statement = this.statements.get(key);
    if (!statement) {
      this.warnings.push(`A data flow has no stream "${name}".`);
      return emptyState;
    }
    const isFlowlet = this.flowlets.has(key);
    const stateKey = isFlowlet ? `${key}@${branch?.toLowerCase() ?? ''}` : key;
    const known = this.states.get(stateKey);
    if (known) return known;
    if (this.visiting.has(key)) {
      this.warnings.push(`Stream "${name}" of a data flow depends on itself.`);
      return emptyState;
    }
    this.visiting.add(key);
    const state = this.evaluate(statement, branch);
    this.visiting.delete(key);
    this.states.set(stateKey, state);
    return state;
  }

  private evaluate(statement: Statement, branch: string | undefined): StreamState {
    const { type, name } = statement;
    if (type === 'source') return sourceState(statement);
    const given = this.given.get(name.toLowerCase());
    if (given) return given;
    const caches = [...cachesIn(statement.args)].map(
      (cache) => [cache, this.stateOf(cache)] as const,
    );
    const inputs = statement.inputs.map((input, index): Input => {
      const state = this.stateOf(input.name, input.branch);
      return { stream: input.name, state: index === 0 ? withCaches(state, caches) : state };
    });
    const flowlet = this.flowlets.get(name.toLowerCase());
    if (flowlet !== undefined) return this.inlined(flowlet, inputs, branch);
    if (type === 'sink') return sinkState(statement, inputs);
    const rule = columnRule(type);
    if (rule) return rule(statement, inputs);
    this.warnings.push(`A data flow has the unknown transformation "${type}".`);
    return passIndirectly(statement, inputs);
  }

  /** The state of an output of a flowlet: of the named one, or of all. */
  private inlined(name: string, inputs: readonly Input[], branch: string | undefined): StreamState {
    const key = name.toLowerCase();
    const properties = this.findFlowlet(name);
    const script = properties && tryParse(getField(properties, 'typeProperties'), this.warnings);
    if (this.callers.includes(key) || this.callers.length >= maxFlowletDepth)
      this.warnings.push(`Flowlet "${name}" calls itself.`);
    else if (!properties) this.warnings.push(`The factory has no flowlet "${name}".`);
    else if (script) {
      const flowlets = flowletsOf(getField(properties, 'typeProperties'));
      const callers = [...this.callers, key];
      const flow = new Flow(script, flowlets, this.findFlowlet, callers, this.warnings, inputs);
      const outputs = script.statements.filter(({ type }) => type === 'output');
      const own = outputs.filter((each) => each.name.toLowerCase() === branch?.toLowerCase());
      return merged((own.length > 0 ? own : outputs).map((each) => flow.stateOf(each.name)));
    }
    return passIndirectly({ inputs: [], type: 'flowlet', args: [], name, branches: [] }, inputs);
  }
}

/** The columns of cached sinks can be used by name. Their sources are sources of the stream. */
const withCaches = (
  state: StreamState,
  caches: readonly (readonly [string, StreamState])[],
): StreamState =>
  caches.length === 0
    ? state
    : {
        ...state,
        streams: new Map([
          ...state.streams,
          ...caches.map(([name, own]) => [`${name}#`, own] as const),
        ]),
        sources: [...new Set([...state.sources, ...caches.flatMap(([, own]) => own.sources)])],
      };

function merged(states: readonly StreamState[]): StreamState {
  const [first, ...others] = states;
  if (first === undefined) return emptyState;
  return others.reduce(
    (all, state) => ({
      columns: new Map([...state.columns, ...all.columns]),
      streams: all.streams,
      open: [...new Set([...all.open, ...state.open])],
      controls: distinctOrigins([...all.controls, ...state.controls]),
      sources: [...new Set([...all.sources, ...state.sources])],
    }),
    first,
  );
}
