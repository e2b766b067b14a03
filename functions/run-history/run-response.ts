/** Runs in API responses. */
import { z } from 'zod';
import { factoryRefResponse } from '../catalog/factory-ref-response';
import type { ActivityRun, PipelineRun, TriggerRun } from './run';

const text = z.string();
const dataFactoryStatus = text.describe('Status as Data Factory spells it, such as InProgress.');
const common = {
  id: text,
  factory: factoryRefResponse,
  runId: text.describe('Id of the run in Data Factory.'),
  status: dataFactoryStatus,
  startedAt: z.iso.datetime(),
  message: text.optional().describe('Secrets are redacted.'),
};
const duration = z.number().optional();

export const pipelineRunResponse = z
  .strictObject({
    ...common,
    pipeline: text,
    groupId: text.optional().describe('Shared by a run and its reruns.'),
    finishedAt: z.iso.datetime().optional().describe('Absent while the run is in progress.'),
    durationMs: duration,
    updatedAt: z.iso.datetime(),
    isLatest: z.boolean().optional().describe('False once the run was rerun.'),
    invokedBy: z
      .strictObject({
        type: text.optional(),
        name: text.optional(),
        id: text.optional(),
        pipeline: text.optional(),
        pipelineRunId: text.optional(),
      })
      .optional(),
    parameters: z.array(text).describe('Names. Values are not stored.'),
  })
  .meta({ id: 'PipelineRun' });

export const triggerRunResponse = z
  .strictObject({
    ...common,
    trigger: text,
    type: text.optional(),
    started: z.record(text, text).describe('Ids of the started pipeline runs by pipeline name.'),
  })
  .meta({ id: 'TriggerRun' });

export const activityRunResponse = z
  .strictObject({
    runId: text,
    activity: text,
    type: text,
    status: dataFactoryStatus,
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional().describe('Absent while the run is in progress.'),
    durationMs: duration,
    retryAttempt: z.int().optional(),
    linkedService: text.optional(),
    integrationRuntime: text.optional(),
    metrics: z
      .record(text, z.number())
      .optional()
      .describe('Rows, bytes, files and durations, by their names in Data Factory.'),
    billing: z
      .strictObject({
        activityType: text.optional(),
        meters: z.array(z.strictObject({ meter: text, duration: z.number(), unit: text })),
      })
      .optional(),
    startedRunId: text
      .optional()
      .describe('Id of the pipeline run that an Execute Pipeline activity started.'),
    error: z
      .strictObject({ code: text.optional(), type: text.optional(), message: text.optional() })
      .optional(),
  })
  .meta({ id: 'ActivityRun' });

/** Maps field by field, so that no stored field leaks. */
export const toPipelineRunResponse = (run: PipelineRun) => ({
  runId: run.runId,
  pipeline: run.pipeline,
  groupId: run.groupId,
  status: run.status,
  startedAt: run.start,
  finishedAt: run.end,
  durationMs: run.durationMs,
  updatedAt: run.lastUpdated,
  isLatest: run.isLatest,
  invokedBy: run.invokedBy,
  parameters: run.parameters,
  message: run.message,
});

export const toTriggerRunResponse = (run: TriggerRun) => ({
  runId: run.runId,
  trigger: run.trigger,
  type: run.type,
  status: run.status,
  startedAt: run.start,
  started: run.started,
  message: run.message,
});

export const toActivityRunResponse = (run: ActivityRun) => ({
  runId: run.runId,
  activity: run.activity,
  type: run.type,
  status: run.status,
  startedAt: run.start,
  finishedAt: run.end,
  durationMs: run.durationMs,
  retryAttempt: run.retryAttempt,
  linkedService: run.linkedService,
  integrationRuntime: run.integrationRuntime,
  metrics: run.metrics,
  billing: run.billing,
  startedRunId: run.startedRunId,
  error: run.error,
});
