/**
 * Who refers to what, in short: edges are read from the JSON that says them, and this index tells whose JSON to open.
 * An edge that stays inside its owner (containment, dependencies of activities) needs no entry.
 */
import type { Edge, EdgeKind } from '../data-factory/edge';

export interface IndexedReference {
  readonly kind: EdgeKind;
  /** A row key; empty for templates, which lead nowhere yet. */
  readonly target: string;
  readonly count: number;
}

/** By the row key of the owner, the resource in whose JSON the edges stand. */
export type ReferenceIndex = ReadonlyMap<string, readonly IndexedReference[]>;

/** Of the edges of one owner: one entry for each kind and target. */
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

/** Nobody outside has such an edge: whoever looks for it opens the owner of its target. */
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
