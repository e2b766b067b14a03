/** Events of a pipeline run and of its activity runs, in the order in which they happened. */
import type { FactoryRef } from '../../data-factory/resource';
import type { LineageUnit } from '../../lineage/lineage-unit';
import { isFinished, type ActivityRun, type PipelineRun } from '../../run-history/run';
import {
  baseEvent,
  type Facets,
  type OpenLineageDataset,
  type RunEvent,
  type RunState,
} from './event';
import { facetsOf, type MakeFacet } from './facets';
import { jobDatasets, type FindAsset } from './job-datasets';
import { jobName, runIdFrom } from './names';
import { jobTypeFacet } from './static-events';

export interface RunInput {
  readonly run: PipelineRun;
  /** Undefined if the activity runs were not read. */
  readonly activities: readonly ActivityRun[] | undefined;
  readonly factory: FactoryRef;
  /** Lineage of the pipeline, if it exists. */
  readonly unit: LineageUnit | undefined;
  /** Paths of activities by lower-case name, of this pipeline and of the one that called it. */
  readonly paths: ReadonlyMap<string, string>;
  readonly callerPaths: ReadonlyMap<string, string>;
  /** When the trigger was due. Undefined if no schedule started the run. */
  readonly nominalTime: string | undefined;
  readonly find: FindAsset;
  readonly producer: string;
}

/** The parts of a run that are known one after the other. */
export interface RunEvents {
  readonly start: readonly RunEvent[];
  readonly activities: readonly RunEvent[];
  readonly end: readonly RunEvent[];
}

export function runEvents(input: RunInput): RunEvents {
  const { run, factory, producer, nominalTime } = input;
  const facet = facetsOf(producer);
  const { namespace, name } = jobName(factory, run.pipeline);
  const facets: Facets = {
    ...parentFacet(input, facet),
    ...(nominalTime !== undefined && {
      nominalTime: facet('NominalTimeRunFacet', { nominalStartTime: nominalTime }),
    }),
  };
  const event = (eventType: RunState, at: string, more: Facets = {}): RunEvent => ({
    ...baseEvent('RunEvent', producer, at),
    eventType,
    run: { runId: runIdFrom(namespace, run.runId), facets: { ...facets, ...more } },
    job: { namespace, name, facets: { jobType: jobTypeFacet('Pipeline', facet) } },
    inputs: [],
    outputs: [],
  });
  const state = isFinished(run) ? endStateOf(run.status) : undefined;
  return {
    start: [event('START', run.start)],
    activities: (input.activities ?? []).flatMap((each) => activityEvents(input, each, facet)),
    end: state
      ? [event(state, run.end ?? run.lastUpdated, errorFacet(state, run.message, facet))]
      : [],
  };
}

/** An activity that was skipped never ran. */
function activityEvents(input: RunInput, activity: ActivityRun, facet: MakeFacet): RunEvent[] {
  const { run, factory, unit, paths, find, producer } = input;
  if (/^(skipped|inactive)$/i.test(activity.status)) return [];
  const path = paths.get(activity.activity.toLowerCase()) ?? activity.activity;
  const { namespace, name } = jobName(factory, run.pipeline, path);
  const parent = jobName(factory, run.pipeline);
  const facets: Facets = {
    parent: facet('ParentRunFacet', {
      run: { runId: runIdFrom(parent.namespace, run.runId) },
      job: { ...parent },
    }),
  };
  const lineage = unit?.activities.find((each) => each.path === path);
  const { inputs, outputs } = jobDatasets(lineage, find, facet);
  const state = endStateOf(activity.status);
  const event = (eventType: RunState, at: string, by: Partial<RunEvent>, more: Facets = {}) => ({
    ...baseEvent('RunEvent', producer, at),
    eventType,
    run: { runId: runIdFrom(namespace, activity.runId), facets: { ...facets, ...more } },
    job: { namespace, name, facets: { jobType: jobTypeFacet(activity.type, facet) } },
    inputs,
    outputs,
    ...by,
  });
  const start = event('START', activity.start, {});
  if (!state) return [start];
  const counted = {
    inputs: withStatistics(inputs, 'inputFacets', inputStatistics(activity, facet)),
    outputs: withStatistics(outputs, 'outputFacets', outputStatistics(activity, facet)),
  };
  const error = errorFacet(state, activity.error?.message ?? activity.error?.code, facet);
  return [start, event(state, endOf(activity), counted, error)];
}

const endOf = ({ start, end, durationMs = 0 }: ActivityRun): string =>
  end ?? new Date(Date.parse(start) + durationMs).toISOString();

/** Undefined while the run is not finished. */
const endStateOf = (status: string): Exclude<RunState, 'START'> | undefined =>
  endStates[status.toLowerCase()];

const endStates: Readonly<Record<string, Exclude<RunState, 'START'>>> = {
  succeeded: 'COMPLETE',
  failed: 'FAIL',
  timedout: 'FAIL',
  cancelled: 'ABORT',
};

/** The activity that called the pipeline. */
function parentFacet({ run, factory, callerPaths }: RunInput, facet: MakeFacet): Facets {
  const { name, id, pipeline, pipelineRunId } = run.invokedBy ?? {};
  if (pipeline === undefined || pipelineRunId === undefined) return {};
  const isActivity = name !== undefined && id !== undefined;
  const path = isActivity ? (callerPaths.get(name.toLowerCase()) ?? name) : '';
  const job = jobName(factory, pipeline, path);
  const runId = runIdFrom(job.namespace, isActivity ? id : pipelineRunId);
  const root = jobName(factory, pipeline);
  return {
    parent: facet('ParentRunFacet', {
      run: { runId },
      job: { ...job },
      root: {
        run: { runId: runIdFrom(root.namespace, pipelineRunId) },
        job: { ...root },
      },
    }),
  };
}

/** Messages are redacted when they are stored. */
const errorFacet = (state: RunState, message: string | undefined, facet: MakeFacet): Facets =>
  state === 'FAIL' && message !== undefined
    ? {
        errorMessage: facet('ErrorMessageRunFacet', {
          message,
          programmingLanguage: 'Azure Data Factory',
        }),
      }
    : {};

/** Counts of an activity belong to its dataset only if it has one. */
const withStatistics = (
  datasets: readonly OpenLineageDataset[],
  member: 'inputFacets' | 'outputFacets',
  facets: Facets,
): readonly OpenLineageDataset[] =>
  datasets.length === 1 && Object.keys(facets).length > 0
    ? [{ ...datasets[0]!, [member]: facets }]
    : datasets;

function inputStatistics({ metrics = {} }: ActivityRun, facet: MakeFacet): Facets {
  const counts = integers({
    rowCount: metrics['rowsRead'],
    size: metrics['dataRead'],
    fileCount: metrics['filesRead'],
  });
  return counts ? { inputStatistics: facet('InputStatisticsInputDatasetFacet', counts) } : {};
}

function outputStatistics({ metrics = {} }: ActivityRun, facet: MakeFacet): Facets {
  const counts = integers({
    rowCount: metrics['rowsCopied'] ?? metrics['rowsWritten'],
    size: metrics['dataWritten'],
    fileCount: metrics['filesWritten'],
  });
  return counts ? { outputStatistics: facet('OutputStatisticsOutputDatasetFacet', counts) } : {};
}

/** Undefined if nothing is known. */
function integers(
  counts: Readonly<Record<string, number | undefined>>,
): Record<string, number> | undefined {
  const known = Object.entries(counts).flatMap(([name, count]) =>
    Number.isSafeInteger(count) ? [[name, count!] as const] : [],
  );
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}
