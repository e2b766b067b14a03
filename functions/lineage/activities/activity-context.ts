/** What the reader of an activity is given. */
import type { Scope } from '../../data-factory/expressions/scope';
import type { Json } from '../../data-factory/json';
import type { UnitDocuments } from '../documents';
import type { SqlParser } from '../sql/sql-parser';
import type { FixedDatasets } from './fixed-datasets';
import type { ActivityBuilder, UnitBuilder } from './unit-builder';

export interface ActivityContext {
  readonly documents: UnitDocuments;
  readonly fixedDatasets: FixedDatasets;
  readonly scope: Scope;
  readonly sql: SqlParser;
  readonly unit: UnitBuilder;
  readonly activity: ActivityBuilder;
  readonly body: Json;
  /** Assets that earlier activities of the pipeline have read, by lower-case name of the activity. */
  readonly outputs: ReadonlyMap<string, readonly string[]>;
  /** Scope of placeholders: one pipeline. */
  readonly pipelineKey: string;
  /** Scope of unknown hosts: one factory. */
  readonly factoryKey: string;
  readonly warn: (sentence: string) => void;
}
