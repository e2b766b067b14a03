/**
 * Reference index: which document refers to which resource. Edges are extracted from JSON on
 * request, and the index tells which JSON to read. Edges inside one document (containment, activity
 * dependencies) have no entry.
 */
import type { Edge, EdgeKind } from '../data-factory/edge';

export interface IndexedReference {
  readonly kind: EdgeKind;
  /** Row key of the target. Empty for a template, which has no target yet. */
  readonly target: string;
  readonly count: number;
}

/** By row key of the document, the resource whose JSON contains the references. */
export type ReferenceIndex = ReadonlyMap<string, readonly IndexedReference[]>;

/** Takes the edges of one document. Returns one entry per kind and target. */
export function indexReferences(edges: readonly Edge[]): IndexedReference[] {
  const found = new Map<string, IndexedReference>();
  for (const edge of edges) {
    if (isInternal(edge)) continue;
    const { kind, target } = edge;
    const { rowKey = '' } = target;
    const known = found.get(`${kind} ${rowKey}`);
    found.set(`${kind} ${rowKey}`, { kind, target: rowKey, count: (known?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

/**
 * Whether both ends are in the same document, so the edge is found by reading the document of its
 * target.
 */
export const isInternal = ({ kind, target }: Edge): boolean =>
  kind === 'contains' || (kind === 'dependsOn' && target.kind === 'activity');

export const sameReferences = (
  one: readonly IndexedReference[] = [],
  other: readonly IndexedReference[] = [],
): boolean =>
  one.length === other.length &&
  one.every(({ kind, target, count }, n) => {
    const twin = other[n]!;
    return kind === twin.kind && target === twin.target && count === twin.count;
  });
