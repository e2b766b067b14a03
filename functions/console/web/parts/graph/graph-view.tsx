/**
 * Nodes and edges, to look at and to click. A list beside it has the same content for the keyboard
 * and for screen readers.
 */
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { useComputedColorScheme } from '@mantine/core';
import { nodeSize, type GraphEdge, type GraphNode } from './layout';

interface Props {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly label: string;
  readonly onNode?: (key: string) => void;
  readonly onEdge?: (key: string) => void;
}

type Shown = Pick<GraphNode, 'name' | 'detail' | 'isCurrent'> & Record<string, unknown>;

const nodeTypes = { named: NamedNode };

export function GraphView({ nodes, edges, label, onNode, onEdge }: Props) {
  const scheme = useComputedColorScheme('light');
  const flowNodes: Node<Shown>[] = nodes.map(({ key, name, detail, isCurrent, x, y }) => ({
    id: key,
    type: 'named',
    position: { x, y },
    data: { name, detail, isCurrent },
    width: nodeSize.width,
    height: nodeSize.height,
    focusable: false,
  }));
  const flowEdges: Edge[] = edges.map(({ key, from, to, label: text, className }) => ({
    id: key,
    source: from,
    target: to,
    label: shortened(text),
    markerEnd: { type: MarkerType.ArrowClosed },
    focusable: false,
    ...(className !== undefined && { className }),
  }));
  return (
    <div className="graph" {...(onEdge && { 'data-lineage': true })}>
      <ReactFlow
        // Other nodes are fitted into the view again.
        key={nodes.map(({ key }) => key).join(' ')}
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
        onNodeClick={(_, { id }) => onNode?.(id)}
        onEdgeClick={(_, { id }) => onEdge?.(id)}
        aria-label={label}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

/** A label has to fit between two nodes. */
const maxLabel = 20;
const shortened = (text: string) =>
  text.length > maxLabel ? `${text.slice(0, maxLabel - 1)}…` : text;

function NamedNode({ data: { name, detail, isCurrent } }: NodeProps<Node<Shown>>) {
  return (
    <div className="graph-node" {...(isCurrent && { 'data-current': true })}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="graph-node-name" title={name}>
        <bdi>{name}</bdi>
      </div>
      <div className="graph-node-kind">{detail}</div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}
