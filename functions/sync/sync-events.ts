/**
 * Events of sync runs. The id of the sync run is the idempotency key, because a step may run twice.
 */
import type { Actor, Person } from '../events/actor';
import { tenantStream, type EventType, type NewEvent } from '../events/event';
import { sumOf } from './progress/progress';
import type { RemovalConfirmation, SyncRun } from './sync-run';

/** The events of the states that a change of a sync run passes. */
export function eventsOfChange(before: SyncRun, after: SyncRun): readonly NewEvent[] {
  const finished = syncFinished(after);
  if (finished) return [finished];
  return before.phase === 'queued' && after.phase !== 'queued' ? [syncStarted(after)] : [];
}

/** A person asked for a sync run. */
export const syncRequested = (run: SyncRun, by: Person): NewEvent => ({
  ...syncEvent(run, 'sync.requested', run.createdAt, {
    mode: run.mode,
    trigger: run.trigger,
    ...(run.retryOf !== undefined && { retryOf: run.retryOf }),
  }),
  actor: by,
});

/** A person controls a sync run. */
export const syncControlled = (
  run: SyncRun,
  type: Extract<EventType, 'sync.cancel_requested' | 'sync.paused' | 'sync.resumed'>,
  by: Person,
): NewEvent => ({ ...syncEvent(run, type, run.updatedAt, {}), actor: by });

/** A person compared sync runs with their instances. */
/** Recorded before the repairs, each of which records what it changes. */
export const syncsReconciled = (actor: Actor): NewEvent => ({
  tenantId: actor.tenantId,
  connectorId: tenantStream,
  type: 'sync.reconciled',
  actor,
});

const syncStarted = (run: SyncRun): NewEvent =>
  syncEvent(run, 'sync.started', run.startedAt ?? run.createdAt, {
    mode: run.mode,
    trigger: run.trigger,
  });

/** Undefined while the sync run is active. A cancelled one names who cancelled it. */
function syncFinished(run: SyncRun): NewEvent | undefined {
  const type = finishedTypes[run.status];
  if (type === undefined || run.finishedAt === undefined) return undefined;
  const { error, factories, tallies } = run;
  const [read, written] = [sumOf(tallies, 'read'), sumOf(tallies, 'written')];
  const data = { factories: factories.length, read, written, ...(error && { code: error.code }) };
  return {
    ...syncEvent(run, type, run.finishedAt, data),
    ...(type === 'sync.failed' && { outcome: 'failed' }),
    ...(type === 'sync.cancelled' && { actor: run.cancelledBy ?? 'system' }),
  };
}

export const removalsConfirmed = (
  run: SyncRun & { readonly removalsConfirmed: RemovalConfirmation },
): NewEvent => {
  const { at, by } = run.removalsConfirmed;
  const massRemovals = run.factories.flatMap((each) => Object.values(each.massRemovals ?? {}));
  const removed = massRemovals.reduce((sum, each) => sum + each.removed, 0);
  return { ...syncEvent(run, 'sync.removals_confirmed', at, { removed }), actor: by };
};

const finishedTypes: Readonly<Record<string, EventType | undefined>> = {
  succeeded: 'sync.succeeded',
  partial: 'sync.partial',
  failed: 'sync.failed',
  cancelled: 'sync.cancelled',
} satisfies Partial<Record<SyncRun['status'], EventType>>;

const syncEvent = (
  { tenantId, connectorId, id, requestedBy }: SyncRun,
  type: EventType,
  at: string,
  data: NewEvent['data'],
): NewEvent => ({
  tenantId,
  connectorId,
  type,
  actor: requestedBy ?? 'system',
  data: { syncRunId: id, ...data },
  idempotencyKey: { key: id, at },
});
