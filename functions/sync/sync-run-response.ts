/** A sync run as callers see it. */
import { z } from 'zod';
import {
  byAttention,
  factoryAnswer,
  failure,
  runCounts,
  toFactoryAnswer,
} from './factory-response';
import { factoryState, factoryProgressOf } from './progress/factory-progress';
import { progressOf, sumOf, type Progress } from './progress/progress';
import {
  hasPendingRemovals,
  isOver,
  summaryOf,
  syncMode,
  syncPhase,
  syncStatus,
  syncTrigger,
  type SyncRun,
  type SyncRunSummary,
} from './sync-run';
import type { Told } from './progress/progress-report';

/** So many factories stand in an answer; the others have pages of their own. */
const maxFactoriesInResponse = 50;

const tally = z.strictObject({
  read: z.int(),
  written: z.int(),
  unchanged: z.int(),
  removed: z.int(),
});

const progress = z.strictObject({
  phase: syncPhase.describe('`runs`: the lists are read, run history is being read.'),
  done: z.int().describe('Lists that are read to their end or given up.'),
  total: z.int(),
  unit: z.literal('lists'),
  percent: z.int().describe('Of the whole work, run history included; 100 only when it is over.'),
  resources: z.strictObject({ read: z.int(), written: z.int() }),
  runs: runCounts.omit({ left: true }).optional(),
  factories: z
    .partialRecord(z.enum(['queued', ...factoryState.options]), z.int())
    .describe('How many factories are in each state; nobody has begun with those queued.'),
  resourcesPerSecond: z
    .number()
    .optional()
    .describe('Over the last half minute of work; absent while nothing is read.'),
  runsPerSecond: z
    .number()
    .optional()
    .describe('Runs that were found, and runs whose activities were read.'),
  estimatedEndAt: z.iso
    .datetime()
    .optional()
    .describe(
      'Of the phase: when all lists are likely to be read, or the run history, and with it the sync. Absent as long as too little is known to tell it honestly.',
    ),
  message: z.string().describe('The same in a sentence for people.'),
  updatedAt: z.iso.datetime(),
});

export const syncSummaryAnswer = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    mode: syncMode,
    trigger: syncTrigger,
    status: syncStatus,
    progress,
    counts: z.record(z.string(), tally).describe('Per kind of resource, once it is finished.'),
    error: failure.optional(),
    retryOf: z.string().optional().describe('The sync whose failed factories are read again.'),
    requestedBy: z.strictObject({ objectId: z.string(), displayName: z.string() }).optional(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    removalsConfirmedAt: z.iso
      .datetime()
      .optional()
      .describe('When somebody confirmed what vanished at once; it is purged in its own time.'),
    removalsConfirmedBy: z
      .strictObject({ objectId: z.string(), displayName: z.string() })
      .optional(),
    changesPurgedAt: z.iso
      .datetime()
      .optional()
      .describe('Its list of changes is empty since then; what it removed is gone for good.'),
    durationSeconds: z
      .number()
      .optional()
      .describe('From its start to its end without the pauses, once it is finished.'),
  })
  .meta({ id: 'SyncRunSummary' });

export const syncRunAnswer = syncSummaryAnswer
  .extend({
    factories: z
      .array(factoryAnswer)
      .describe(`Those that have begun, the most urgent ${maxFactoriesInResponse} of them.`),
    factoriesRemaining: z
      .int()
      .optional()
      .describe('So many more have begun; `GET …/syncs/{runId}/factories` lists all.'),
    pendingConfirmation: z
      .literal(true)
      .optional()
      .describe('So much vanished at once that it is not purged before somebody confirms it.'),
  })
  .meta({ id: 'SyncRun' });

export function toSyncSummaryAnswer(
  { run, told }: { readonly run: SyncRunSummary; readonly told: Told },
  now: Date,
): z.infer<typeof syncSummaryAnswer> {
  const { id, connectorId, mode, trigger, status, error, requestedBy, retryOf } = run;
  const { createdAt, startedAt, finishedAt, removalsConfirmed: confirmed } = run;
  const { changesPurgedAt } = run;
  return {
    id,
    connectorId,
    mode,
    trigger,
    status,
    progress: toProgress(run, progressOf(run, told, now)),
    counts: { ...run.tallies },
    ...(error && { error }),
    ...(retryOf && { retryOf }),
    ...(requestedBy && { requestedBy }),
    createdAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(confirmed && { removalsConfirmedAt: confirmed.at, removalsConfirmedBy: confirmed.by }),
    ...(changesPurgedAt !== undefined && { changesPurgedAt }),
    ...(startedAt !== undefined &&
      isOver(run) && { durationSeconds: Math.round(run.activeMs / 100) / 10 }),
  };
}

export function toSyncRunAnswer(
  { run, told }: { readonly run: SyncRun; readonly told: Told },
  now: Date,
): z.infer<typeof syncRunAnswer> {
  const standings = factoryProgressOf(run, told).sort(byAttention);
  const left = standings.length - maxFactoriesInResponse;
  return {
    ...toSyncSummaryAnswer({ run: summaryOf(run), told }, now),
    factories: standings.slice(0, maxFactoriesInResponse).map(toFactoryAnswer),
    ...(left > 0 && { factoriesRemaining: left }),
    ...(hasPendingRemovals(run) && !run.removalsConfirmed && { pendingConfirmation: true }),
  };
}

function toProgress(run: SyncRunSummary, made: Progress): z.infer<typeof progress> {
  const { read, written, ...runs } = made.counts;
  const { resourcesPerSecond, runsPerSecond, estimatedEndAt } = made;
  return {
    phase: made.phase,
    done: made.done,
    total: made.total,
    unit: 'lists',
    percent: made.percent,
    resources: { read, written },
    ...(Object.values(runs).some((count) => count > 0) && { runs }),
    factories: made.factories,
    ...(resourcesPerSecond !== undefined && { resourcesPerSecond }),
    ...(runsPerSecond !== undefined && { runsPerSecond }),
    ...(estimatedEndAt !== undefined && { estimatedEndAt }),
    message: messageOf(run, made),
    updatedAt: made.updatedAt,
  };
}

function messageOf(
  { factoryCount, status, tallies }: SyncRunSummary,
  { phase, counts, factories: states }: Progress,
): string {
  const { read, written, pipelineRuns, detailed } = counts;
  if (status === 'paused') return `Paused: ${read} resources so far, ${written} written.`;
  if (status === 'cancelling') return 'Cancelling: ends after the pages that are being read.';
  if (phase === 'queued') return 'Waiting to start.';
  if (phase === 'discovering') return 'Looking for factories.';
  const factories = factoryCount === 1 ? '1 factory' : `${factoryCount} factories`;
  const waiting = states.waiting ? ` Azure asks for patience in ${states.waiting} of them.` : '';
  if (phase === 'reading')
    return `Reading ${factories}: ${read} resources so far, ${written} written.${waiting}`;
  if (phase === 'runs')
    return `Reading run history of ${factories}: ${pipelineRuns} runs so far, ${detailed} with activities.${waiting}`;
  const outcome = `${sumOf(tallies, 'read')} resources read, ${sumOf(tallies, 'written')} written, ${sumOf(tallies, 'removed')} removed`;
  return `${status[0]!.toUpperCase()}${status.slice(1)}: ${outcome} in ${factories}.`;
}
