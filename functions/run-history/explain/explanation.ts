/** Why a pipeline run failed. */
import type { TimedChange } from '../ports';
import type { ActivityRun, PipelineRun, RunItem } from '../run';
import type { Failure } from './failure-path';

/** One pipeline run of the chain from the run that was asked for to the run that caused it. */
export interface ExplainedRun extends RunItem<PipelineRun> {
  /** Absent if no activity made the run fail, or if its activity runs were not read. */
  readonly failure?: Failure;
}

/** An earlier run of the pipeline that holds the cause. */
export interface EarlierRun extends RunItem<PipelineRun> {
  /** The last attempt of the failing activity. Absent if the activity runs were not read. */
  readonly activity?: ActivityRun;
}

/** What is missing for a complete explanation. */
export type Gap =
  'activity_runs_not_read' | 'pipeline_not_in_catalog' | 'started_run_not_found' | 'more_changes';

export interface RunExplanation {
  /** The asked run first. */
  readonly chain: readonly ExplainedRun[];
  readonly earlierRuns: readonly EarlierRun[];
  /** The last run of the asked pipeline that succeeded before. Absent if none is stored. */
  readonly lastSuccess?: RunItem<PipelineRun>;
  /** Changes of the pipelines of the chain since then, newest first. */
  readonly changes: readonly TimedChange[];
  readonly gaps: readonly Gap[];
}
