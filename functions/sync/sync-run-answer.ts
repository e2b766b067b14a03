/** A sync run as callers see it. */
import { z } from 'zod';
import {
  factoryStatus,
  isOver,
  percentOf,
  syncMode,
  syncPhase,
  syncStatus,
  syncTrigger,
  type SyncRun,
} from './sync-run';

const failure = z.strictObject({ code: z.string(), message: z.string() });
const tally = z.strictObject({
  read: z.int(),
  written: z.int(),
  unchanged: z.int(),
  removed: z.int(),
});

export const syncRunAnswer = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    mode: syncMode,
    trigger: syncTrigger,
    status: syncStatus,
    progress: z.strictObject({
      phase: syncPhase,
      done: z.int(),
      total: z.int(),
      unit: z.literal('lists'),
      percent: z.int(),
      message: z.string(),
      updatedAt: z.iso.datetime(),
    }),
    counts: z.record(z.string(), tally).describe('Per kind of resource, once it is finished.'),
    factories: z.array(
      z.strictObject({
        name: z.string(),
        resourceGroup: z.string(),
        subscriptionId: z.string(),
        status: factoryStatus,
        failures: z.array(failure.extend({ kind: z.string() })),
        runs: z
          .strictObject({
            pipelineRuns: z.int(),
            triggerRuns: z.int(),
            detailed: z.int().describe('Runs whose activities were read.'),
            left: z.int().describe('Runs whose activities are left to later syncs.'),
          })
          .optional(),
        warnings: z
          .array(failure.extend({ kind: z.string() }))
          .describe('Much vanished at once: it is hidden, but kept until somebody confirms.'),
      }),
    ),
    error: failure.optional(),
    retryOf: z.string().optional().describe('The sync whose failed factories are read again.'),
    requestedBy: z.strictObject({ objectId: z.string(), displayName: z.string() }).optional(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'SyncRun' });

export function toSyncRunAnswer(run: SyncRun): z.infer<typeof syncRunAnswer> {
  const { id, connectorId, mode, trigger, status, error, requestedBy, retryOf } = run;
  const { createdAt, startedAt, finishedAt } = run;
  return {
    id,
    connectorId,
    mode,
    trigger,
    status,
    progress: {
      phase: run.phase,
      done: isOver(run) ? run.lists : Math.min(run.meter.lists, run.lists),
      total: run.lists,
      unit: 'lists',
      percent: percentOf(run),
      message: messageOf(run),
      updatedAt: run.updatedAt,
    },
    counts: { ...run.tallies },
    factories: run.factories.map(
      ({ factory, status: outcome, failures = {}, alarms = {}, runs }) => ({
        name: factory.name,
        resourceGroup: factory.resourceGroup,
        subscriptionId: factory.subscriptionId,
        status: outcome,
        failures: Object.entries(failures).map(([kind, { code, message }]) => ({
          kind,
          code,
          message,
        })),
        ...(runs && { runs }),
        warnings: Object.entries(alarms).map(([kind, { removed, of }]) => ({
          kind,
          code: 'mass_removal',
          message: `${removed} of ${of} vanished at once.`,
        })),
      }),
    ),
    ...(error && { error }),
    ...(retryOf && { retryOf }),
    ...(requestedBy && { requestedBy }),
    createdAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

function messageOf({ phase, factoryCount, meter, status, tallies }: SyncRun): string {
  if (phase === 'queued') return 'Waiting to start.';
  if (phase === 'discovering') return 'Looking for factories.';
  const factories = factoryCount === 1 ? '1 factory' : `${factoryCount} factories`;
  if (phase === 'reading')
    return `Reading ${factories}: ${meter.read} resources so far, ${meter.written} written.`;
  const all = Object.values(tallies);
  const sum = (of: 'read' | 'written' | 'removed') => all.reduce((n, each) => n + each[of], 0);
  const outcome = `${sum('read')} resources read, ${sum('written')} written, ${sum('removed')} removed`;
  return `${status[0]!.toUpperCase()}${status.slice(1)}: ${outcome} in ${factories}.`;
}
