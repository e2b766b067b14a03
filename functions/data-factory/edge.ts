/**
 * Edge: a typed relation between two resources of one factory, with its evidence in JSON. Names are
 * compared without case, so an edge has the row key of its target even if the target does not
 * exist.
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
  'usesManagedVirtualNetwork',
  'usesParameter',
  'triggers',
]);
export type EdgeKind = z.infer<typeof edgeKind>;

/** A transformation is part of its data flow and has no row of its own. */
export const endKind = z.enum([...resourceKind.options, 'transformation']);

export interface EdgeEnd {
  readonly kind: ResourceKind | 'transformation';
  /** For a template its expression, which is resolved at run time. */
  readonly name: string;
  /** Absent for templates and transformations, which have no row. */
  readonly rowKey?: string;
  /** Pipeline of an activity. */
  readonly parent?: string;
  readonly path?: string;
  readonly template?: true;
  /** True if the target would be in the same JSON and is not there. */
  readonly missing?: true;
}

export interface Edge {
  readonly kind: EdgeKind;
  readonly source: EdgeEnd & { readonly rowKey: string };
  readonly target: EdgeEnd;
  /** Row key of the document that contains the reference, and JSON pointers into its body. */
  readonly evidence: { readonly rowKey: string; readonly pointers: readonly string[] };
  /** Outcomes of the target after which the source starts. Only for dependencies. */
  readonly conditions?: readonly string[];
  /** Parameters that the source passes to the target. */
  readonly parameters?: JsonObject;
  /** True if the activity or one of its containers is deactivated. */
  readonly inactive?: true;
}

/** Row key of the document that holds the JSON of a resource: for an activity its pipeline. */
export function documentOf(rowKey: string): string {
  const [kind, pipeline] = rowKey.split('|');
  return kind === 'activity' ? `pipeline|${pipeline}` : rowKey;
}

/** Stable key, unique among the edges of one document. */
export function edgeKey({ kind, source, target, evidence }: Edge): string {
  const { rowKey, kind: targetKind, parent = '', name } = target;
  const end = rowKey ?? `${targetKind}|${parent}|${name}`;
  const location = `${evidence.rowKey}${evidence.pointers[0] ?? ''}`;
  return createHash('sha256')
    .update(JSON.stringify([source.rowKey, kind, end, location]))
    .digest('base64url')
    .slice(0, 22);
}
