/** A sync run in API responses. */
import { z } from 'zod';
import { personResponse } from '../events/actor';
import {
  byAttention,
  factoryResponse,
  failureResponse,
  toFactoryResponse,
} from './progress/factory-response';
import { progressResponse, toProgressResponse } from './progress/progress-response';
import { factoryProgressOf } from './progress/factory-progress';
import { progressOf, type RunWithProgress } from './progress/progress';
import {
  hasPendingRemovals,
  isTerminal,
  summaryOf,
  syncMode,
  syncStatus,
  syncTrigger,
  type SyncRun,
} from './sync-run';

/** Further factories are listed page by page. */
const maxFactoriesInResponse = 50;

const tally = z.strictObject({
  read: z.int(),
  written: z.int(),
  unchanged: z.int(),
  removed: z.int(),
});

export const syncRunSummaryResponse = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    mode: syncMode,
    trigger: syncTrigger,
    status: syncStatus,
    progress: progressResponse,
    counts: z
      .record(z.string(), tally)
      .describe('By kind of resource. Empty until the sync run is finished.'),
    error: failureResponse.optional(),
    retryOf: z
      .string()
      .optional()
      .describe('Id of the sync run whose failed factories are read again.'),
    requestedBy: personResponse.optional().describe('Absent if a timer started the sync run.'),
    cancelledBy: personResponse
      .optional()
      .describe('Who cancelled or terminated the sync run. Absent if no person did.'),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    removalsConfirmedAt: z.iso
      .datetime()
      .optional()
      .describe('When the mass removals were confirmed. Confirmed removals are purged by age.'),
    removalsConfirmedBy: personResponse.optional(),
    changesPurgedAt: z.iso
      .datetime()
      .optional()
      .describe('When the changes, and the removed resources, were purged.'),
    durationMs: z
      .int()
      .optional()
      .describe('From start to end without pauses. Absent until the sync run is finished.'),
  })
  .meta({ id: 'SyncRunSummary' });

export const syncRunResponse = syncRunSummaryResponse
  .extend({
    factories: z
      .array(factoryResponse)
      .describe(
        `Up to ${maxFactoriesInResponse} factories that were begun. Failed ones come first.`,
      ),
    factoriesRemaining: z
      .int()
      .optional()
      .describe('Number of further factories. `GET …/syncs/{syncRunId}/factories` lists all.'),
    pendingConfirmation: z
      .literal(true)
      .optional()
      .describe('Present if mass removals wait for a confirmation.'),
  })
  .meta({ id: 'SyncRun' });

export function toSyncRunSummaryResponse(
  { run, report }: RunWithProgress,
  now: Date,
): z.infer<typeof syncRunSummaryResponse> {
  const { id, connectorId, mode, trigger, status, error, requestedBy, cancelledBy } = run;
  const { createdAt, startedAt, finishedAt, removalsConfirmed: confirmed } = run;
  const { retryOf, changesPurgedAt } = run;
  return {
    id,
    connectorId,
    mode,
    trigger,
    status,
    progress: toProgressResponse(run, progressOf(run, report, now)),
    counts: { ...run.tallies },
    ...(error && { error }),
    ...(retryOf && { retryOf }),
    ...(requestedBy && { requestedBy }),
    ...(cancelledBy && { cancelledBy }),
    createdAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(confirmed && { removalsConfirmedAt: confirmed.at, removalsConfirmedBy: confirmed.by }),
    ...(changesPurgedAt !== undefined && { changesPurgedAt }),
    ...(startedAt !== undefined && isTerminal(run) && { durationMs: Math.round(run.activeMs) }),
  };
}

export function toSyncRunResponse(
  { run, report }: RunWithProgress<SyncRun>,
  now: Date,
): z.infer<typeof syncRunResponse> {
  const factories = factoryProgressOf(run, report).sort(byAttention);
  const remaining = factories.length - maxFactoriesInResponse;
  return {
    ...toSyncRunSummaryResponse({ run: summaryOf(run), report }, now),
    factories: factories.slice(0, maxFactoriesInResponse).map(toFactoryResponse),
    ...(remaining > 0 && { factoriesRemaining: remaining }),
    ...(hasPendingRemovals(run) && !run.removalsConfirmed && { pendingConfirmation: true }),
  };
}
