/** What the names in an expression stand for. */
import type { Value } from './value';

/** Values by lower-case name. */
export type Values = Pick<ReadonlyMap<string, Value>, 'get'>;

/** Value of a variable, whose own expression sees the given scope. Undefined if it is not certain. */
export type VariableValue = (name: string, scope: Scope) => Value | undefined;

/**
 * A name that is absent is known at run time only. Names of a pipeline are absent in a dataset, whose
 * expressions see its own parameters and global parameters.
 */
export interface Scope {
  readonly pipelineName?: string;
  readonly factoryName?: string;
  readonly pipelineParameters?: Values;
  readonly globalParameters?: Values;
  readonly datasetParameters?: Values;
  readonly linkedServiceParameters?: Values;
  /** The current item of a ForEach. */
  readonly item?: Value;
  readonly variables?: VariableValue;
}
