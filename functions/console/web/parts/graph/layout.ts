/** Places nodes from left to right. Pure. */
import { Graph, layout } from '@dagrejs/dagre';

export const nodeSize = { width: 190, height: 52 };

export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface GraphNode extends Place {
  readonly key: string;
  readonly name: string;
  /** Below the name. */
  readonly detail: string;
  readonly isCurrent: boolean;
}

export interface GraphEdge extends Link {
  readonly key: string;
  readonly label: string;
  /** Class of the line, such as one that makes it dashed. */
  readonly className?: string;
}

/** The upper left corner of each node by its key. */
export function placesOf(keys: Iterable<string>, links: Iterable<Link>): Map<string, Place> {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 150 });
  graph.setDefaultEdgeLabel(() => ({}));
  const all = [...keys];
  for (const key of all) graph.setNode(key, { ...nodeSize });
  for (const { from, to } of links) graph.setEdge(from, to);
  layout(graph);
  return new Map(
    all.map((key) => {
      const { x, y } = graph.node(key) as Place;
      return [key, { x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }];
    }),
  );
}
