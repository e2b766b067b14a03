/** Nodes and edges around a resource, placed from left to right. Pure. */
import { Graph, layout } from '@dagrejs/dagre';
import { relationLabels, type Edge, type End } from '../catalog';

export interface GraphNode {
  readonly key: string;
  /** Absent for a template or a transformation, which cannot be opened. */
  readonly id?: string | undefined;
  readonly name: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
}

export interface GraphEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export const nodeSize = { width: 190, height: 52 };

/** A node without an id is known by kind, parent and name. */
export const keyOf = ({ id, kind, parent, name }: End): string =>
  id ?? `${kind}|${parent ?? ''}|${name}`;

export function layoutGraph(relations: readonly Edge[]): {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
} {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 110 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ends = new Map<string, End>();
  const edges = new Map<string, GraphEdge>();
  for (const { kind, source, target } of relations) {
    const [from, to] = [keyOf(source), keyOf(target)];
    ends.set(from, source).set(to, target);
    const key = `${from} ${kind} ${to}`;
    edges.set(key, { key, from, to, label: relationLabels[kind][0] });
  }
  for (const key of ends.keys()) graph.setNode(key, { ...nodeSize });
  for (const { from, to } of edges.values()) graph.setEdge(from, to);
  layout(graph);
  const nodes = [...ends].map(([key, { id, name, kind }]) => {
    const { x, y } = graph.node(key) as { readonly x: number; readonly y: number };
    return { key, id, name, kind, x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 };
  });
  return { nodes, edges: [...edges.values()] };
}
