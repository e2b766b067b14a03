/** Columns of a stream of a data flow, with the columns of the sources that they come from. */
import type { Influence } from '../lineage-unit';

export interface Origin {
  /** Name of the source stream. */
  readonly stream: string;
  readonly column: string;
  readonly type: Influence;
  readonly transformation?: string;
}

export interface StreamColumn {
  readonly name: string;
  readonly origins: readonly Origin[];
}

export interface StreamState {
  /** By lower-case name. */
  readonly columns: ReadonlyMap<string, StreamColumn>;
  /** Streams by lower-case name: inputs of a join as `stream@column` names them, and cached sinks. */
  readonly streams: ReadonlyMap<string, StreamState>;
  /** Sources whose columns are not all declared, and pass through. */
  readonly open: readonly string[];
  /** Columns that decide which rows there are. */
  readonly controls: readonly Origin[];
  /** All sources that rows come from. */
  readonly sources: readonly string[];
}

export const emptyState: StreamState = {
  columns: new Map(),
  streams: new Map(),
  open: [],
  controls: [],
  sources: [],
};

/** Above these numbers further columns and origins are left out. */
const maxColumns = 5_000;
const maxOrigins = 200;

export function columnsOf(list: Iterable<StreamColumn>): ReadonlyMap<string, StreamColumn> {
  const columns = new Map<string, StreamColumn>();
  for (const column of list) {
    if (columns.size >= maxColumns) break;
    const key = column.name.toLowerCase();
    if (!columns.has(key)) columns.set(key, column);
  }
  return columns;
}

export function distinctOrigins(origins: readonly Origin[]): readonly Origin[] {
  if (origins.length < 2) return origins;
  const found = new Map<string, Origin>();
  for (const origin of origins) {
    const key = `${origin.stream}\n${origin.column}`;
    const other = found.get(key);
    // A direct influence says more than an indirect one.
    if (!other || (other.type === 'INDIRECT' && origin.type === 'DIRECT')) found.set(key, origin);
    if (found.size >= maxOrigins) break;
  }
  return [...found.values()];
}

export const indirect = (origins: readonly Origin[], transformation: string): readonly Origin[] =>
  origins.map((origin) => ({ ...origin, type: 'INDIRECT', transformation }));

/** Rows of several streams side by side, as a join makes them. */
export function sideBySide(states: readonly (readonly [string, StreamState])[]): StreamState {
  return {
    columns: columnsOf(states.flatMap(([, state]) => [...state.columns.values()])),
    streams: new Map([
      ...states.flatMap(([, state]) => [...state.streams]),
      ...states.map(([stream, state]) => [stream.toLowerCase(), state] as const),
    ]),
    ...joined(states.map(([, state]) => state)),
  };
}

export const joined = (
  states: readonly StreamState[],
): Pick<StreamState, 'open' | 'controls' | 'sources'> => ({
  open: [...new Set(states.flatMap(({ open }) => open))],
  controls: distinctOrigins(states.flatMap(({ controls }) => controls)),
  sources: [...new Set(states.flatMap(({ sources }) => sources))],
});

/** Rows of several streams one after the other. */
export function oneAfterTheOther(states: readonly StreamState[], byName: boolean): StreamState {
  const [first] = states;
  const lists = states.map(({ columns }) => [...columns.values()]);
  const columns = byName
    ? mergeByName(lists.flat())
    : (lists[0] ?? []).map(({ name }, position) => ({
        name,
        origins: distinctOrigins(lists.flatMap((list) => list[position]?.origins ?? [])),
      }));
  return first === undefined
    ? emptyState
    : { columns: columnsOf(columns), streams: new Map(), ...joined(states) };
}

function mergeByName(columns: readonly StreamColumn[]): StreamColumn[] {
  const merged = new Map<string, StreamColumn>();
  for (const { name, origins } of columns) {
    const known = merged.get(name.toLowerCase());
    merged.set(name.toLowerCase(), {
      name: known?.name ?? name,
      origins: distinctOrigins([...(known?.origins ?? []), ...origins]),
    });
  }
  return [...merged.values()];
}
