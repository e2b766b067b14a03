/** The graph around a resource. A list beside it has the same content for the keyboard. */
import { useMemo } from 'react';
import { GraphView } from '../../../parts/graph/graph-view';
import type { Edge } from '../catalog';
import { layoutGraph } from './graph';

interface Props {
  readonly relations: readonly Edge[];
  readonly currentKey: string;
  /** Reads the relations of the node, too. */
  readonly onExpand: (resourceId: string) => void;
}

export function RelationGraph({ relations, currentKey, onExpand }: Props) {
  const { nodes, edges } = useMemo(
    () => layoutGraph(relations, currentKey),
    [relations, currentKey],
  );
  return (
    <GraphView
      nodes={nodes}
      edges={edges}
      label="Graph of relations. The list beside it has the same content."
      onNode={(clicked) => {
        const resourceId = nodes.find(({ key }) => key === clicked)?.id;
        if (resourceId !== undefined) onExpand(resourceId);
      }}
    />
  );
}
