/**
 * Lineage of one document: what the activities of a pipeline read and write. Units are stored; a unit
 * is computed again if its document or one that it depends on has changed.
 */
import type { Confidence } from '../data-factory/expressions/value';
import type { Json } from '../data-factory/json';
import type { Asset } from './assets/asset';

export const endKinds = ['reads', 'writes', 'deletes', 'inspects', 'executes'] as const;
export type LineageEndKind = (typeof endKinds)[number];

/** Where the JSON says so: a pointer into the activity, and the expression behind a name. */
export interface Evidence {
  readonly pointer: string;
  readonly expression?: string;
}

export interface LineageEnd extends Evidence {
  readonly kind: LineageEndKind;
  /** Id of the asset. */
  readonly asset: string;
  readonly confidence: Confidence;
  /** A copy beside the data, of a staged copy or of refused rows; or data that decides what is done. */
  readonly mark?: 'staging' | 'log' | 'control';
  /** Why the end is not exact. */
  readonly reason?: string;
}

export type Influence = 'DIRECT' | 'INDIRECT';

export interface ColumnPair {
  readonly source: string;
  /** `*` if the column decides which rows are written. */
  readonly target: string;
  readonly type: Influence;
  readonly transformation?: string;
}

/** How the columns of a pair are known. */
export type ColumnState = 'explicit' | 'inferred' | 'open' | 'dynamic' | 'unknown';

/** Data that flows from one asset to another within an activity. */
export interface LineagePair extends Evidence {
  readonly source: string;
  readonly target: string;
  readonly type: Influence;
  readonly confidence: Confidence;
  readonly columnState: ColumnState;
  readonly columns?: readonly ColumnPair[];
  readonly reason?: string;
}

export interface ActivityLineage {
  readonly path: string;
  readonly type: string;
  /** True if the activity or one of its containers is deactivated. */
  readonly inactive?: true;
  readonly ends: readonly LineageEnd[];
  readonly pairs: readonly LineagePair[];
  /** Bindings or items above the limit, which are not shown. */
  readonly omitted?: number;
}

/** A value that a caller passes. Undefined members are known at run time only. */
export interface PassedValue {
  readonly value: Json;
  readonly confidence: Confidence;
}

/** A call of a pipeline by an activity or a trigger. */
export interface PipelineCall {
  /** Row key of the pipeline. */
  readonly callee: string;
  /** Values of parameters by lower-case name. Null if known at run time only. */
  readonly values: Readonly<Record<string, PassedValue | null>>;
}

export interface LineageUnit {
  readonly rowKey: string;
  /** Name of the document in its own case. */
  readonly name: string;
  /** Version of the document that the unit was computed from. */
  readonly hash: string;
  /** Row keys of other documents that it was computed from, whether they exist or not. */
  readonly dependsOn: readonly string[];
  /** Digest of the calls that bind its parameters. */
  readonly binding: string;
  readonly calls: readonly PipelineCall[];
  readonly activities: readonly ActivityLineage[];
  readonly assets: readonly Asset[];
  readonly warnings: readonly string[];
}
