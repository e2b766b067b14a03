/**
 * What joins two things of one factory: a typed edge, and the evidence for it in somebody's JSON. Names compare without
 * case, so an edge leads to the very id its target has, whether the target is there or not.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { resourceKind, type ResourceKind } from './resource';
import type { JsonObject } from './json';

export const edgeKind = z.enum([
  'contains',
  'dependsOn',
  'calls',
  'usesDataset',
  'usesDataFlow',
  'usesLinkedService',
  'usesIntegrationRuntime',
  'usesCredential',
  'usesParameter',
  'triggers',
]);
export type EdgeKind = z.infer<typeof edgeKind>;

/** Transformations have no row of their own: they are a part of their data flow. */
export const endKind = z.enum([...resourceKind.options, 'transformation']);

export interface EdgeEnd {
  readonly kind: ResourceKind | 'transformation';
  /** Of a template its expression, which only a run can resolve. */
  readonly name: string;
  /** Absent where there is no such row by nature: templates and transformations. */
  readonly rowKey?: string;
  /** Of an activity its pipeline. */
  readonly parent?: string;
  readonly path?: string;
  readonly template?: true;
  /** Known to be missing when the edge was read, since it could only stand in the same JSON. */
  readonly missing?: true;
}

export interface Edge {
  readonly kind: EdgeKind;
  readonly source: EdgeEnd & { readonly rowKey: string };
  readonly target: EdgeEnd;
  /** Where it is said: the row whose JSON it is, and JSON pointers into it. */
  readonly evidence: { readonly rowKey: string; readonly pointers: readonly string[] };
  /** Of a dependency: with which outcomes of the target the source begins. */
  readonly conditions?: readonly string[];
  /** What the source hands over. */
  readonly parameters?: JsonObject;
  /** Its activity, or a container around it, is switched off. */
  readonly inactive?: true;
}

/** The row whose change may change the edges of a source: of an activity its pipeline. */
export function documentOf(rowKey: string): string {
  const [kind, pipeline] = rowKey.split('|');
  return kind === 'activity' ? `pipeline|${pipeline}` : rowKey;
}

/** The same for the same edge for ever, and another one for every other edge of its owner. */
export function edgeKey({ kind, source, target, evidence }: Edge): string {
  const { rowKey, kind: targetKind, parent = '', name } = target;
  const end = rowKey ?? `${targetKind}|${parent}|${name}`;
  const said = `${evidence.rowKey}${evidence.pointers[0] ?? ''}`;
  return createHash('sha256')
    .update(JSON.stringify([source.rowKey, kind, end, said]))
    .digest('base64url')
    .slice(0, 22);
}
