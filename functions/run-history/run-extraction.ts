/**
 * Extracts the stored fields from runs of Data Factory. Inputs and outputs contain data and
 * secrets, so this is an allow list: numbers, ids, names of resources, and redacted messages.
 */
import { z } from 'zod';
import type { ActivityRun, Billing, Invoker, PipelineRun, RunError, TriggerRun } from './run';

/** Redacts secrets in a text. */
export type Redact = (text: string) => string;

const maxMessageLength = 2_000;
const id = z.string().regex(/^[\w-]{1,100}$/);
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
/** Optional fields of another type are omitted. */
const text = z.string().min(1).max(500).optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const maybe = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const unknowns = z.record(z.string(), z.unknown()).catch({});
const freeText = z.string().min(1).optional().catch(undefined);

const pipelineRun = z.object({
  runId: id,
  runGroupId: maybe(id),
  pipelineName: z.string().min(1).max(500),
  status: z.string().max(50),
  runStart: time,
  runEnd: maybe(time),
  durationMs: number,
  lastUpdated: maybe(time),
  isLatest: maybe(z.boolean()),
  invokedBy: unknowns,
  parameters: unknowns,
  message: freeText,
});

/**
 * Undefined if the run has no id or no start yet. Data Factory lists it again when it is updated.
 */
export function extractPipelineRun(raw: unknown, redact: Redact): PipelineRun | undefined {
  const read = pipelineRun.safeParse(raw);
  if (!read.success) return undefined;
  const run = read.data;
  return defined({
    kind: 'pipeline',
    runId: run.runId,
    groupId: run.runGroupId,
    pipeline: run.pipelineName,
    status: run.status,
    start: run.runStart,
    end: run.runEnd,
    durationMs: run.durationMs,
    lastUpdated: run.lastUpdated ?? run.runEnd ?? run.runStart,
    isLatest: run.isLatest,
    invokedBy: invokerOf(run.invokedBy),
    parameters: Object.keys(run.parameters),
    message: messageOf(run.message, redact),
  });
}

const invoker = z.object({
  invokedByType: text,
  name: text,
  id: text,
  pipelineName: text,
  pipelineRunId: maybe(id),
});

/** A manual run was started by a person, whose name is not stored. */
function invokerOf(raw: unknown): Invoker | undefined {
  const { invokedByType: type, name, ...by } = invoker.parse(raw);
  if (type === undefined) return undefined;
  const isResource = /trigger|activity|window|event/i.test(type);
  return defined({
    type,
    name: isResource ? name : undefined,
    id: isResource ? by.id : undefined,
    pipeline: by.pipelineName,
    pipelineRunId: by.pipelineRunId,
  });
}

const triggerRun = z.object({
  triggerRunId: id,
  triggerName: z.string().min(1).max(500),
  triggerType: text,
  triggerRunTimestamp: time,
  status: z.string().max(50),
  triggeredPipelines: unknowns,
  message: freeText,
});

export function extractTriggerRun(raw: unknown, redact: Redact): TriggerRun | undefined {
  const read = triggerRun.safeParse(raw);
  if (!read.success) return undefined;
  const run = read.data;
  const started = Object.entries(run.triggeredPipelines).filter(
    (each): each is [string, string] => id.safeParse(each[1]).success,
  );
  return defined({
    kind: 'trigger',
    runId: run.triggerRunId,
    trigger: run.triggerName,
    type: run.triggerType,
    status: run.status,
    start: run.triggerRunTimestamp,
    started: Object.fromEntries(started),
    message: messageOf(run.message, redact),
  });
}

const activityRun = z.object({
  activityRunId: id,
  activityName: z.string().min(1).max(500),
  activityType: z.string().max(200),
  status: z.string().max(50),
  activityRunStart: time,
  activityRunEnd: maybe(time),
  durationMs: number,
  retryAttempt: number,
  linkedServiceName: text,
  output: unknowns,
  error: unknowns,
});

/** Stores neither output nor messages of an activity with secure input or output. */
export function extractActivityRun(
  raw: unknown,
  redact: Redact,
  isSecure: (activity: string) => boolean,
): ActivityRun | undefined {
  const read = activityRun.safeParse(raw);
  if (!read.success) return undefined;
  const run = read.data;
  const isHidden = isSecure(run.activityName);
  return defined({
    runId: run.activityRunId,
    activity: run.activityName,
    type: run.activityType,
    status: run.status,
    start: run.activityRunStart,
    end: run.activityRunEnd,
    durationMs: run.durationMs,
    retryAttempt: run.retryAttempt,
    linkedService: run.linkedServiceName,
    ...(!isHidden && outputOf(run.output)),
    error: errorOf(run.error, isHidden ? () => '' : redact),
  });
}

/** The metrics of all activity types. Other output is not stored. */
// prettier-ignore
const metricNames = [
  'rowsRead', 'rowsCopied', 'rowsWritten', 'rowsSkipped', 'dataRead', 'dataWritten', 'filesRead',
  'filesWritten', 'filesSkipped', 'filesDeleted', 'copyDuration', 'throughput', 'count',
  'usedDataIntegrationUnits', 'usedParallelCopies', 'sourcePeakConnections', 'sinkPeakConnections',
] as const;
const metric = z.number();

const output = z.object({
  effectiveIntegrationRuntime: text,
  pipelineRunId: maybe(z.guid()),
  billingReference: z.unknown().optional(),
  durationInQueue: maybe(z.object({ integrationRuntimeQueue: number })),
});

function outputOf(raw: Readonly<Record<string, unknown>>) {
  const read = output.parse(raw);
  const counted = metricNames.flatMap((name) => {
    const value = metric.safeParse(raw[name]);
    return value.success ? [[name, value.data] as const] : [];
  });
  const queued = read.durationInQueue?.integrationRuntimeQueue;
  const metrics = {
    ...Object.fromEntries(counted),
    ...(queued !== undefined && { queueDuration: queued }),
  };
  return {
    integrationRuntime: read.effectiveIntegrationRuntime,
    metrics: Object.keys(metrics).length > 0 ? metrics : undefined,
    billing: billingOf(read.billingReference),
    startedRunId: read.pipelineRunId,
  };
}

const word = z.string().max(100);
const billing = z.object({
  activityType: word.optional().catch(undefined),
  billableDuration: z.array(z.object({ meterType: word, duration: z.number(), unit: word })),
});

function billingOf(raw: unknown): Billing | undefined {
  const read = billing.safeParse(raw);
  if (!read.success) return undefined;
  const { activityType, billableDuration } = read.data;
  return defined({
    activityType,
    meters: billableDuration.map(({ meterType, duration, unit }) => ({
      meter: meterType,
      duration,
      unit,
    })),
  });
}

/** Codes are words and numbers. A text in their place may hold anything. */
const errorCode = z
  .string()
  .regex(/^[\w .:-]{1,100}$/)
  .optional()
  .catch(undefined);
const error = z.object({ errorCode, failureType: text, message: freeText });

/** Every activity run has an error object. It is empty if the run succeeded. */
function errorOf(raw: unknown, redact: Redact): RunError | undefined {
  const { errorCode, failureType, message } = error.parse(raw);
  if (errorCode === undefined && message === undefined) return undefined;
  return defined({ code: errorCode, type: failureType, message: messageOf(message, redact) });
}

function messageOf(message: string | undefined, redact: Redact): string | undefined {
  const redacted = redact(message ?? '').slice(0, maxMessageLength);
  return redacted === '' ? undefined : redacted;
}

/** Drops undefined fields. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
