/** The run history of a factory at a point in time: 45 days, including runs in progress. */
import { guidOf } from '../etag';
import type { Factory } from '../factories/factory';
import { field, inner, textOf, type Json } from '../json';
import { errorOf, inputOf, noError, outputOf } from './activity-output';
import { calledRunId, dayMs, planDay, stepsOf, type DayPlan, type PlannedRun } from './day-plan';
import type { ActivityStep } from './timeline';

/** A run in Data Factory's format, and the time that the query window applies to. */
export interface RunRow {
  readonly lastUpdated: number;
  readonly run: Json;
}

export interface RunHistory {
  pipelineRuns(now: number): RunRow[];
  pipelineRun(runId: string, now: number): RunRow | undefined;
  triggerRuns(now: number): RunRow[];
  /** Undefined if the run does not exist. */
  activityRuns(runId: string, now: number): RunRow[] | undefined;
}

const retentionDays = 45;
/** Time for which Data Factory queues a run or activity before it starts. */
const queueMs = 4_000;

export function createRunHistory(factory: Factory): RunHistory {
  const work = {
    factory: factory.name,
    pipelines: factory.idle ? [] : factory.resources('pipeline'),
    triggers: factory
      .resources('trigger')
      .filter(({ properties }) => field(properties, 'runtimeState') !== 'Stopped'),
  };
  const plans = new Map<number, DayPlan>();
  const byId = new Map<string, PlannedRun>();
  const planOf = (day: number): DayPlan => {
    const known = plans.get(day);
    if (known) return known;
    const plan = planDay(work, day);
    plans.set(day, plan);
    for (const run of plan.runs) byId.set(run.runId, run);
    return plan;
  };
  const plansAt = (now: number): DayPlan[] => {
    const today = Math.floor(now / dayMs);
    return Array.from({ length: retentionDays + 2 }, (_, back) => planOf(today - back));
  };
  const isRetained = (now: number) => (row: RunRow) =>
    row.lastUpdated >= now - retentionDays * dayMs;
  const planned = (runId: string, now: number) => {
    plansAt(now);
    const run = byId.get(runId.toLowerCase());
    return run && run.start <= now ? run : undefined;
  };
  /** Rows of runs that cannot change any more. */
  const settled = new WeakMap<PlannedRun, RunRow>();
  const rowOf = (run: PlannedRun, now: number): RunRow => {
    const isSettled = Math.max(run.end, run.supersededAt ?? 0) <= now;
    const row = (isSettled && settled.get(run)) || toPipelineRun(factory, run, now);
    if (isSettled) settled.set(run, row);
    return row;
  };

  return {
    pipelineRuns: (now) =>
      plansAt(now)
        .flatMap(({ runs }) => runs)
        .filter(({ start }) => start <= now)
        .map((run) => rowOf(run, now))
        .filter(isRetained(now)),
    pipelineRun(runId, now) {
      const run = planned(runId, now);
      return run && rowOf(run, now);
    },
    triggerRuns: (now) =>
      plansAt(now)
        .flatMap(({ triggerRuns }) => triggerRuns)
        .filter(({ at }) => at <= now)
        .map((fired) => ({
          lastUpdated: fired.at,
          run: {
            triggerName: fired.trigger.name,
            triggerRunId: fired.id,
            triggerType: field(fired.trigger.properties, 'type'),
            triggerRunTimestamp: iso(fired.at),
            status: 'Succeeded',
            message: null,
            properties: { TriggerTime: iso(fired.at), ScheduleTime: iso(fired.at) },
            triggeredPipelines: Object.fromEntries(
              fired.runs.map(({ pipeline, runId }) => [pipeline.name, runId]),
            ),
            runDimension: {},
            dependencyStatus: {},
          },
        }))
        .filter(isRetained(now)),
    activityRuns(runId, now) {
      const run = planned(runId, now);
      if (!run) return undefined;
      const isInHistory = (called: string) => planned(called, now) !== undefined;
      return stepsOf(run)
        .filter(({ start }) => start + queueMs <= now)
        .map((step) => toActivityRun(run, step, now, isInHistory));
    },
  };
}

const iso = (time: number) => new Date(time).toISOString();

function toPipelineRun(factory: Factory, planned: PlannedRun, now: number): RunRow {
  const { runId, groupId, pipeline, start, end, outcome, invokedBy, supersededAt } = planned;
  const isDone = end <= now;
  const status = isDone ? outcome : now < start + queueMs ? 'Queued' : 'InProgress';
  const lastUpdated = isDone ? end : start;
  return {
    lastUpdated,
    run: {
      id: `${factory.id}/pipelineruns/${runId}`,
      runId,
      debugRunId: null,
      runGroupId: groupId,
      pipelineName: pipeline.name,
      parameters: parametersOf(pipeline.properties),
      invokedBy,
      runStart: iso(start),
      runEnd: isDone ? iso(end) : null,
      durationMs: isDone ? end - start : null,
      status,
      message: status === 'Failed' ? messageOf(planned) : '',
      lastUpdated: iso(lastUpdated),
      annotations: field(pipeline.properties, 'annotations') ?? [],
      runDimension: {},
      isLatest: supersededAt === undefined || supersededAt > now,
    },
  };
}

function messageOf(run: PlannedRun): string {
  const broken = stepsOf(run).findLast(({ outcome }) => outcome === 'Failed');
  return broken
    ? `Operation on target ${broken.name} failed: ${textOf(errorOf(broken)['message'])}`
    : '';
}

/** Parameter values of a run are always text. */
function parametersOf(properties: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inner(properties, 'parameters')).map(([name, parameter]) => {
      const value = field(parameter, 'defaultValue') ?? 'value';
      return [name, typeof value === 'string' ? value : JSON.stringify(value)];
    }),
  );
}

function toActivityRun(
  { runId, pipeline }: PlannedRun,
  step: ActivityStep,
  now: number,
  isInHistory: (runId: string) => boolean,
): RunRow {
  const isDone = step.end <= now;
  const status = isDone ? step.outcome : 'InProgress';
  const called = calledRunId(step);
  const lastUpdated = isDone ? step.end : step.start;
  const computed = inner(step.activity, 'linkedServiceName')['referenceName'];
  return {
    lastUpdated,
    run: {
      activityRunId: guidOf(step.key),
      activityName: step.name,
      activityType: step.type,
      pipelineName: pipeline.name,
      pipelineRunId: runId,
      linkedServiceName: typeof computed === 'string' ? computed : '',
      status,
      activityRunStart: iso(step.start),
      activityRunEnd: isDone ? iso(step.end) : null,
      durationMs: isDone ? step.end - step.start : null,
      retryAttempt: step.retryAttempt,
      input: inputOf(step),
      output:
        status === 'Succeeded' ? outputOf(step, isInHistory(called) ? called : undefined) : {},
      error: status === 'Failed' ? errorOf(step) : noError(step.name),
      userProperties: {},
      additionalProperties: {},
    },
  };
}
