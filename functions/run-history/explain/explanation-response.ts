/** The explanation of a pipeline run in API responses. */
import { z } from 'zod';
import { changeType } from '../../catalog/change-log';
import { toFactoryRefResponse } from '../../catalog/factory-ref-response';
import type { ActivityRun, PipelineRun, RunItem } from '../run';
import {
  activityRunResponse,
  pipelineRunResponse,
  toActivityRunResponse,
  toPipelineRunResponse,
} from '../run-response';
import type { RunExplanation } from './explanation';

const text = z.string();
const errorClass = z.enum(['user', 'service', 'timeout', 'cancelled', 'unknown']);

export const runExplanationResponse = z
  .strictObject({
    chain: z
      .array(
        z.strictObject({
          run: pipelineRunResponse,
          path: z
            .array(activityRunResponse)
            .describe('The failed activity, after the activities that contain it.'),
          skipped: z.array(text).describe('Activities that did not run because of it.'),
        }),
      )
      .describe('From this run to the run that failed first: each was started by the one before.'),
    cause: z
      .strictObject({
        pipeline: text,
        pipelineRunId: text.describe('The id of the pipeline run in this API.'),
        activity: text,
        type: text,
        errorClass: errorClass.describe(
          'user: what Data Factory calls a user error, such as a wrong query or a missing right. service: a failure of a service.',
        ),
        code: text.optional(),
        message: text.optional().describe('Secrets are redacted.'),
        startedAt: z.iso.datetime(),
        finishedAt: z.iso.datetime().optional(),
      })
      .optional()
      .describe('Absent if the run did not fail, or if its activity runs are not stored.'),
    earlierRuns: z
      .array(
        z.strictObject({
          id: text,
          status: text.describe('Status of the pipeline run, as Data Factory spells it.'),
          startedAt: z.iso.datetime(),
          activity: z
            .strictObject({
              status: text.describe('Status as Data Factory spells it.'),
              durationMs: z.number().optional(),
              code: text.optional(),
            })
            .optional()
            .describe('The failed activity in that run. Absent if its activities are not stored.'),
        }),
      )
      .describe('At most 20 earlier runs of the pipeline that holds the cause, newest first.'),
    lastSuccess: z
      .strictObject({ id: text, startedAt: z.iso.datetime() })
      .optional()
      .describe('The last run of this pipeline that succeeded before.'),
    changes: z
      .array(
        z.strictObject({
          change: changeType,
          kind: z.enum(['pipeline', 'activity']),
          name: text,
          pipeline: text.optional().describe('Pipeline of an activity.'),
          syncRunId: text,
          seenAt: z.iso.datetime().describe('When a sync saw it. The change itself is older.'),
        }),
      )
      .describe('Changes of the pipelines of the chain since the last success, newest first.'),
    gaps: z
      .array(
        z.enum([
          'activity_runs_not_read',
          'pipeline_not_in_catalog',
          'started_run_not_found',
          'more_changes',
        ]),
      )
      .describe('What is missing for a complete explanation.'),
  })
  .meta({ id: 'RunExplanation' });

/** Maps field by field, so that no stored field leaks. */
export function toRunExplanationResponse(explanation: RunExplanation) {
  const { chain, earlierRuns, lastSuccess, changes, gaps } = explanation;
  const failed = chain.at(-1)!;
  const cause = failed.failure?.path.at(-1);
  return {
    chain: chain.map(({ failure, ...item }) => ({
      run: toRunResponse(item),
      path: (failure?.path ?? []).map(toActivityRunResponse),
      skipped: [...(failure?.skipped ?? [])],
    })),
    ...(cause && { cause: toCause(failed, cause) }),
    earlierRuns: earlierRuns.map(({ id, run, activity }) => ({
      id,
      status: run.status,
      startedAt: run.start,
      ...(activity && {
        activity: {
          status: activity.status,
          durationMs: activity.durationMs,
          code: activity.error?.code,
        },
      }),
    })),
    ...(lastSuccess && {
      lastSuccess: { id: lastSuccess.id, startedAt: lastSuccess.run.start },
    }),
    changes: changes.map(({ change, kind, name, parent, syncRunId, seenAt }) => ({
      change,
      kind,
      name,
      pipeline: parent,
      syncRunId,
      seenAt,
    })),
    gaps: [...gaps],
  };
}

const toRunResponse = ({ id, factory, run }: RunItem<PipelineRun>) => ({
  id,
  factory: toFactoryRefResponse(factory),
  ...toPipelineRunResponse(run),
});

const toCause = ({ id, run }: RunItem<PipelineRun>, cause: ActivityRun) => ({
  pipeline: run.pipeline,
  pipelineRunId: id,
  activity: cause.activity,
  type: cause.type,
  errorClass: errorClassOf(cause),
  code: cause.error?.code,
  message: cause.error?.message,
  startedAt: cause.start,
  finishedAt: cause.end,
});

/** `failureType` is UserError or SystemError (Data Factory REST API, ActivityRun). */
function errorClassOf({ status, error }: ActivityRun): z.infer<typeof errorClass> {
  if (/^cancelled$/i.test(status)) return 'cancelled';
  if (/^timedout$/i.test(status) || /timeout|timedout/i.test(error?.code ?? '')) return 'timeout';
  if (/^usererror$/i.test(error?.type ?? '')) return 'user';
  if (/^systemerror$/i.test(error?.type ?? '')) return 'service';
  return 'unknown';
}
