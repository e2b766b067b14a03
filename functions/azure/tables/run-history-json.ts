/** Schemas of the JSON in the rows of run history. */
import { z } from 'zod';
import type { ActivityRun, PipelineRun, TriggerRun } from '../../run-history/run';
import type { SchemaShape } from '../table-storage/json-column';

const text = z.string().exactOptional();
const number = z.number().exactOptional();

const pipelineRun = z.object({
  kind: z.literal('pipeline'),
  runId: z.string(),
  groupId: text,
  pipeline: z.string(),
  status: z.string(),
  start: z.string(),
  end: text,
  durationMs: number,
  lastUpdated: z.string(),
  isLatest: z.boolean().exactOptional(),
  invokedBy: z
    .object({ type: text, name: text, id: text, pipeline: text, pipelineRunId: text })
    .exactOptional(),
  parameters: z.array(z.string()),
  message: text,
} satisfies SchemaShape<PipelineRun>);

const triggerRun = z.object({
  kind: z.literal('trigger'),
  runId: z.string(),
  trigger: z.string(),
  type: text,
  status: z.string(),
  start: z.string(),
  started: z.record(z.string(), z.string()),
  message: text,
} satisfies SchemaShape<TriggerRun>);

export const storedRun = z.discriminatedUnion('kind', [pipelineRun, triggerRun]);

export const activityRun = z.object({
  runId: z.string(),
  activity: z.string(),
  type: z.string(),
  status: z.string(),
  start: z.string(),
  end: text,
  durationMs: number,
  retryAttempt: number,
  linkedService: text,
  integrationRuntime: text,
  metrics: z.record(z.string(), z.number()).exactOptional(),
  billing: z
    .object({
      activityType: text,
      meters: z.array(z.object({ meter: z.string(), duration: z.number(), unit: z.string() })),
    })
    .exactOptional(),
  startedRunId: text,
  error: z.object({ code: text, type: text, message: text }).exactOptional(),
} satisfies SchemaShape<ActivityRun>);
