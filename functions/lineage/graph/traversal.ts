/** Walks lineage from assets or a resource, nearest first, with limits of depth and work. */
import type { ColumnPair } from '../lineage-unit';
import type { GraphAsset, JobPair, LineageGraph } from './lineage-graph';

export type Direction = 'upstream' | 'downstream';

/** A pair on the way. `distance` is the number of pairs from the start to its far end. */
export interface LineageStep extends JobPair {
  readonly distance: number;
  readonly source: GraphAsset;
  readonly target: GraphAsset;
  /** Column pairs on the way. All of the pair unless a column was asked for. */
  readonly columns: readonly ColumnPair[];
}

export interface Walk {
  readonly steps: readonly LineageStep[];
  /** True if the limit of steps was reached. */
  readonly truncated: boolean;
}

/** Steps that one answer may come from. */
export const maxSteps = 20_000;

export interface WalkStart {
  readonly assets: readonly string[];
  /** Lower-case name of the column to follow. Undefined follows all. */
  readonly column?: string | undefined;
}

/** `all columns`: which columns a pair uses is not known, or it decides about whole rows. */
const allColumns = '*';

export function walkLineage(
  graph: LineageGraph,
  { assets, column }: WalkStart,
  direction: Direction,
  depth: number,
): Walk {
  const steps: LineageStep[] = [];
  const visited = new Set<string>();
  let frontier = assets.map((id): Place => ({ id, column: column?.toLowerCase() ?? allColumns }));
  for (const place of frontier) visited.add(keyOf(place));
  const seenPairs = new Set<unknown>();
  for (let distance = 1; distance <= depth && frontier.length > 0; distance++) {
    const next: Place[] = [];
    for (const place of frontier) {
      const at = graph.assets.get(place.id);
      for (const found of at ? pairsAt(at, direction) : []) {
        const source = graph.assets.get(found.pair.source);
        const target = graph.assets.get(found.pair.target);
        if (!source || !target) continue;
        const follow = followed(found, place.column, direction);
        if (!follow) continue;
        const pairKey =
          place.column === allColumns ? found.pair : `${keyOf(place)} ${stepKey(found)}`;
        if (!seenPairs.has(pairKey)) {
          seenPairs.add(pairKey);
          if (steps.length === maxSteps) return { steps, truncated: true };
          steps.push({ ...found, distance, source, target, columns: follow.columns });
        }
        const id = direction === 'downstream' ? found.pair.target : found.pair.source;
        for (const each of follow.onward) {
          const reached = { id, column: each };
          if (visited.has(keyOf(reached))) continue;
          visited.add(keyOf(reached));
          next.push(reached);
        }
      }
    }
    frontier = next;
  }
  return { steps, truncated: false };
}

interface Place {
  readonly id: string;
  readonly column: string;
}

const keyOf = ({ id, column }: Place) => `${id} ${column}`;
const stepKey = ({ job, pair }: JobPair) =>
  `${job.factory} ${job.rowKey} ${pair.source} ${pair.target} ${pair.pointer}`;

const pairsAt = ({ incoming, outgoing }: GraphAsset, direction: Direction): readonly JobPair[] =>
  direction === 'downstream' ? outgoing : incoming;

/** The columns that the walk goes on with. Undefined if the pair does not use the column. */
function followed(
  { pair }: JobPair,
  column: string,
  direction: Direction,
): { readonly columns: readonly ColumnPair[]; readonly onward: readonly string[] } | undefined {
  const all = pair.columns ?? [];
  if (column === allColumns) return { columns: all, onward: [allColumns] };
  const isKnown = pair.columnState === 'explicit' || pair.columnState === 'inferred';
  const near = direction === 'downstream' ? 'source' : 'target';
  const far = direction === 'downstream' ? 'target' : 'source';
  const own = all.filter((each) => {
    const name = each[near].toLowerCase();
    return name === column || name === allColumns;
  });
  if (own.length > 0)
    return { columns: own, onward: [...new Set(own.map((each) => each[far].toLowerCase()))] };
  // An open schema passes a column on under its own name.
  if (pair.columnState === 'open') return { columns: [], onward: [column] };
  return isKnown ? undefined : { columns: [], onward: [allColumns] };
}
