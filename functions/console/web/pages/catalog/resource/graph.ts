/** Nodes and edges around a resource. Pure. */
import { wordsOf } from '../../../parts/format';
import { placesOf, type GraphEdge, type GraphNode } from '../../../parts/graph/layout';
import { relationLabels, type Edge, type End } from '../catalog';

export interface ResourceNode extends GraphNode {
  /** Absent for a template or a transformation, which cannot be opened. */
  readonly id?: string | undefined;
}

/** A node without an id is known by kind, parent and name. */
export const keyOf = ({ id, kind, parent, name }: End): string =>
  id ?? `${kind}|${parent ?? ''}|${name}`;

export function layoutGraph(
  relations: readonly Edge[],
  currentKey = '',
): {
  readonly nodes: readonly ResourceNode[];
  readonly edges: readonly GraphEdge[];
} {
  const ends = new Map<string, End>();
  const edges = new Map<string, GraphEdge>();
  for (const { kind, source, target } of relations) {
    const [from, to] = [keyOf(source), keyOf(target)];
    ends.set(from, source).set(to, target);
    const key = `${from} ${kind} ${to}`;
    edges.set(key, { key, from, to, label: relationLabels[kind][0] });
  }
  const places = placesOf(ends.keys(), edges.values());
  const nodes = [...ends].map(([key, { id, name, kind }]) => ({
    key,
    id,
    name,
    detail: wordsOf(kind),
    isCurrent: key === currentKey,
    ...places.get(key)!,
  }));
  return { nodes, edges: [...edges.values()] };
}
