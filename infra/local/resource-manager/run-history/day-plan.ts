/** Plans the runs of one day with a random generator that is seeded by factory and day. */
import { guidOf } from '../etag';
import { field, inner, objects, type Json } from '../json';
import type { SourceResource } from '../factories/source-factory';
import { pickStable, seededRandom, type SeededRandom } from './seeded-random';
import { scheduleActivities, type ActivityStep, type Outcome } from './timeline';

export interface PlannedRun {
  readonly runId: string;
  /** Shared by a run and its reruns. */
  readonly groupId: string;
  readonly pipeline: SourceResource;
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
  readonly invokedBy: Json;
  /** When a rerun replaced this run. */
  readonly supersededAt?: number;
}

export interface PlannedTriggerRun {
  readonly id: string;
  readonly trigger: SourceResource;
  readonly at: number;
  readonly runs: readonly PlannedRun[];
}

export interface DayPlan {
  readonly runs: readonly PlannedRun[];
  readonly triggerRuns: readonly PlannedTriggerRun[];
}

export interface Workload {
  /** Factory name, part of every seed. */
  readonly factory: string;
  readonly pipelines: readonly SourceResource[];
  readonly triggers: readonly SourceResource[];
}

export const dayMs = 86_400_000;
const slotsPerDay = 12;
const slotMs = dayMs / slotsPerDay;
const minute = 60_000;

/** Longer than the time between two long runs, so that one is always in progress. */
const longRunMs = 5.5 * slotMs;

export function planDay(work: Workload, day: number): DayPlan {
  const triggerRuns: PlannedTriggerRun[] = [];
  const runs: PlannedRun[] = [];
  for (let slot = 0; slot < slotsPerDay && work.pipelines.length > 0; slot++) {
    const seed = `${work.factory}/${day}/${slot}`;
    const random = seededRandom(seed);
    const start = Math.round(day * dayMs + (slot + random.next()) * slotMs);
    const length = slot % 4 === 3 ? longRunMs : random.between(minute / 2, 40 * minute);
    const draft = {
      start,
      end: start + length,
      outcome: slot % 4 === 3 ? 'Succeeded' : randomOutcome(random),
    };
    const triggered = random.chance(0.7) ? planTriggerRun(work, seed, draft) : undefined;
    if (triggered) triggerRuns.push(triggered);
    const started = triggered?.runs ?? [planManualRun(work, seed, draft)];
    runs.push(...started.flatMap((run) => [...withRerun(run), ...childRunsOf(run, work)]));
  }
  return { runs, triggerRuns };
}

interface RunDraft {
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
}

function randomOutcome(random: SeededRandom): Outcome {
  const luck = random.next();
  if (luck < 0.1) return 'Failed';
  return luck < 0.14 ? 'Cancelled' : 'Succeeded';
}

function planManualRun({ pipelines }: Workload, seed: string, draft: RunDraft): PlannedRun {
  const runId = guidOf(`${seed}/run`);
  const invokedBy = {
    id: guidOf(seed).replaceAll('-', ''),
    name: 'Manual',
    invokedByType: 'Manual',
  };
  return { runId, groupId: runId, pipeline: pickStable(seed, pipelines)!, ...draft, invokedBy };
}

/** Returns undefined if no trigger starts a pipeline. */
function planTriggerRun(
  work: Workload,
  seed: string,
  draft: RunDraft,
): PlannedTriggerRun | undefined {
  const trigger = pickStable(`${seed}/trigger`, work.triggers);
  const pipelines = trigger ? pipelinesOf(trigger, work).slice(0, 2) : [];
  if (!trigger || pipelines.length === 0) return undefined;
  const id = `0858${String(draft.start).padStart(16, '0')}${guidOf(seed).slice(0, 6)}CU27`;
  const invokedBy = { id, name: trigger.name, invokedByType: field(trigger.properties, 'type') };
  const runs = pipelines.map((pipeline) => {
    const runId = guidOf(`${seed}/${pipeline.name}`);
    return { runId, groupId: runId, pipeline, ...draft, invokedBy };
  });
  return { id, trigger, at: draft.start, runs };
}

/** A tumbling window trigger has one pipeline, other triggers have a list. */
function pipelinesOf({ properties }: SourceResource, { pipelines }: Workload): SourceResource[] {
  const references = [...objects(field(properties, 'pipelines')), inner(properties, 'pipeline')];
  return references.flatMap(
    (each) => findPipeline(pipelines, inner(each, 'pipelineReference')['referenceName']) ?? [],
  );
}

/** Half of the failed runs are rerun within an hour and succeed. */
function withRerun(run: PlannedRun): PlannedRun[] {
  const random = seededRandom(`${run.runId}/rerun`);
  if (run.outcome !== 'Failed' || random.chance(0.5)) return [run];
  const start = run.end + random.between(10, 60) * minute;
  const again: PlannedRun = {
    ...run,
    runId: guidOf(`${run.runId}/again`),
    start,
    end: start + (run.end - run.start),
    outcome: 'Succeeded',
    invokedBy: { ...run.invokedBy, name: 'Manual', invokedByType: 'Manual' },
  };
  return [{ ...run, supersededAt: start }, again];
}

export function stepsOf(run: PlannedRun): ActivityStep[] {
  const { pipeline, runId } = run;
  const activities = field(pipeline.properties, 'activities');
  return scheduleActivities(objects(activities), run, runId);
}

const maxChildRuns = 1;

/** Runs started by the Execute Pipeline activities of a run, and by those runs in turn. */
function childRunsOf(run: PlannedRun, work: Workload, depth = 2): PlannedRun[] {
  if (depth === 0) return [];
  return stepsOf(run)
    .filter(({ type }) => type === 'ExecutePipeline')
    .flatMap((step) => {
      const called = inner(inner(step.activity, 'typeProperties'), 'pipeline')['referenceName'];
      const pipeline = findPipeline(work.pipelines, called);
      return pipeline ? [{ step, pipeline }] : [];
    })
    .slice(0, maxChildRuns)
    .flatMap(({ step, pipeline }) => {
      const { start, end, outcome } = step;
      const runId = calledRunId(step);
      const invokedBy = {
        id: guidOf(step.key),
        name: step.name,
        invokedByType: 'PipelineActivity',
        pipelineName: run.pipeline.name,
        pipelineRunId: run.runId,
      };
      const child = { runId, groupId: runId, pipeline, start, end, outcome, invokedBy };
      return [child, ...childRunsOf(child, work, depth - 1)];
    });
}

export const calledRunId = (step: ActivityStep): string => guidOf(`${step.key}/run`);

const findPipeline = (
  pipelines: readonly SourceResource[],
  name: unknown,
): SourceResource | undefined =>
  typeof name === 'string'
    ? pipelines.find((pipeline) => pipeline.name.toLowerCase() === name.toLowerCase())
    : undefined;
