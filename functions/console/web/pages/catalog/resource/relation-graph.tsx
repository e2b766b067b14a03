/** The graph around a resource. A list beside it has the same content for the keyboard. */
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge as FlowEdge,
  type Node as FlowNode,
  type NodeProps,
} from '@xyflow/react';
import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { wordsOf } from '../../../parts/format';
import type { Edge } from '../catalog';
import { layoutGraph, nodeSize } from './graph';

interface Props {
  readonly relations: readonly Edge[];
  readonly currentKey: string;
  /** Reads the relations of the node, too. */
  readonly onExpand: (resourceId: string) => void;
}

interface Shown extends Record<string, unknown> {
  readonly name: string;
  readonly kind: string;
  readonly isCurrent: boolean;
}

const nodeTypes = { resource: ResourceNode };

export function RelationGraph({ relations, currentKey, onExpand }: Props) {
  const scheme = useComputedColorScheme('light');
  const { nodes, edges } = useMemo(() => layoutGraph(relations), [relations]);
  const flowNodes: FlowNode<Shown>[] = nodes.map(({ key, name, kind, x, y }) => ({
    id: key,
    type: 'resource',
    position: { x, y },
    data: { name, kind, isCurrent: key === currentKey },
    width: nodeSize.width,
    height: nodeSize.height,
    focusable: false,
  }));
  const flowEdges: FlowEdge[] = edges.map(({ key, from, to, label }) => ({
    id: key,
    source: from,
    target: to,
    label,
    markerEnd: { type: MarkerType.ArrowClosed },
    focusable: false,
  }));
  return (
    <div className="graph">
      <ReactFlow
        key={`${currentKey} ${nodes.length}`}
        nodes={flowNodes}
        edges={flowEdges}
        nodeTypes={nodeTypes}
        colorMode={scheme}
        fitView
        fitViewOptions={{ maxZoom: 1 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onNodeClick={(_, { id }) => {
          const resourceId = nodes.find(({ key }) => key === id)?.id;
          if (resourceId !== undefined) onExpand(resourceId);
        }}
        aria-label="Graph of relations. The list beside it has the same content."
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function ResourceNode({ data: { name, kind, isCurrent } }: NodeProps<FlowNode<Shown>>) {
  return (
    <div className="graph-node" {...(isCurrent && { 'data-current': true })}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="graph-node-name" title={name}>
        {name}
      </div>
      <div className="graph-node-kind">{wordsOf(kind)}</div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}
