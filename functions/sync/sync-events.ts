/** What happens to syncs and schedules as events. Each is told once, however often a step runs. */
import type { Connector } from '../connectors/connector';
import type { Doer, EventType, NewEvent } from '../events/event';
import type { StoredSchedule } from '../connectors/schedule';
import { sumOf } from './progress/progress';
import type { RemovalConfirmation, SyncRun } from './sync-run';

export const started = (run: SyncRun): NewEvent =>
  told(run, 'sync.started', run.createdAt, { mode: run.mode, trigger: run.trigger });

/** Nothing while it goes on. */
export function ended(run: SyncRun): NewEvent | undefined {
  const type = endings[run.status];
  if (type === undefined || run.finishedAt === undefined) return undefined;
  const { error, factories, tallies } = run;
  const [read, written] = [sumOf(tallies, 'read'), sumOf(tallies, 'written')];
  const data = { factories: factories.length, read, written, ...(error && { code: error.code }) };
  return {
    ...told(run, type, run.finishedAt, data),
    ...(type === 'sync.failed' && { outcome: 'failed' }),
  };
}

export const removalsConfirmed = (
  run: SyncRun & { readonly removalsConfirmed: RemovalConfirmation },
): NewEvent => {
  const { at, by } = run.removalsConfirmed;
  const alarms = run.factories.flatMap(({ alarms: each = {} }) => Object.values(each));
  const removed = alarms.reduce((sum, alarm) => sum + alarm.removed, 0);
  return { ...told(run, 'sync.removals_confirmed', at, { removed }), actor: by };
};

/** The version of a schedule is its own: a connector's counts other changes. */
export const scheduleChanged = (
  { tenantId, id }: Pick<Connector, 'tenantId' | 'id'>,
  schedule: StoredSchedule,
  actor: Doer,
): NewEvent => {
  const { version, changedAt: at, ...plan } = schedule;
  const once = { key: `schedule-v${version}`, at };
  return { tenantId, connectorId: id, type: 'schedule.changed', actor, data: plan, once };
};

const endings: Readonly<Record<string, EventType | undefined>> = {
  succeeded: 'sync.succeeded',
  partial: 'sync.partial',
  failed: 'sync.failed',
  cancelled: 'sync.cancelled',
} satisfies Partial<Record<SyncRun['status'], EventType>>;

const told = (
  { tenantId, connectorId, id, requestedBy }: SyncRun,
  type: EventType,
  at: string,
  data: NewEvent['data'],
): NewEvent => ({
  tenantId,
  connectorId,
  type,
  actor: requestedBy ?? 'system',
  data: { runId: id, ...data },
  once: { key: id, at },
});
