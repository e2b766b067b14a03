/**
 * A sync run: one execution of a sync, and the transitions of its status. Times are ISO 8601 UTC.
 */
import { z } from 'zod';
import type { MassRemoval } from '../catalog/mirror/mirror-messages';
import type { Tallies, Tally } from '../catalog/tallies';
import type { FactoryRef } from '../data-factory/resource';
import type { StopRequest } from '../durable/stop-request';
import { ConflictError, type FailureInfo } from '../errors/app-error';
import type { Person } from '../events/actor';
import type { RunTally } from '../run-history/run-tallies';
import type { SyncRunKey } from '../storage/sync-run-key';

/**
 * `initial`: the first sync. `incremental`: writes changes only. `full`: writes everything again.
 */
export const syncMode = z.enum(['initial', 'incremental', 'full']);
export type SyncMode = z.infer<typeof syncMode>;

export const syncTrigger = z.enum(['manual', 'schedule', 'connect', 'retry']);
export type SyncTrigger = z.infer<typeof syncTrigger>;

export const syncStatus = z.enum([
  'queued',
  'running',
  'paused',
  'cancelling',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
]);
export type SyncStatus = z.infer<typeof syncStatus>;

/** Phases in the row. `run_history` is derived from the progress report. */
export const storedPhase = z.enum(['queued', 'discovering', 'reading', 'finished']);
export const syncPhase = z.enum(['queued', 'discovering', 'reading', 'run_history', 'finished']);
export type SyncPhase = z.infer<typeof syncPhase>;

export const factoryStatus = z.enum([
  'succeeded',
  'partial',
  'failed',
  /** Azure denies access: the catalog keeps its resources. */
  'no_access',
  /** Azure does not have the factory any more: its resources are removed. */
  'removed',
  /** The filters of the connector exclude the factory: its resources are removed. */
  'filtered_out',
  'cancelled',
]);
export type FactoryStatus = z.infer<typeof factoryStatus>;

/** Who confirmed the mass removals of a sync run, and when. */
export interface RemovalConfirmation {
  readonly at: string;
  readonly by: Person;
}

/** The result of one factory. */
export interface FactoryOutcome {
  readonly factory: FactoryRef;
  readonly status: FactoryStatus;
  /** Sum over all kinds of resources. */
  readonly counts?: Tally;
  /** By kind: why a list, or run history, was not read. */
  readonly failures?: Readonly<Record<string, FailureInfo>>;
  /** Counts of run history. */
  readonly runs?: RunTally;
  /** By kind: removals that are quarantined until they are confirmed. */
  readonly massRemovals?: Readonly<Record<string, MassRemoval>>;
}

export interface SyncRun {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly id: string;
  readonly mode: SyncMode;
  readonly trigger: SyncTrigger;
  readonly status: SyncStatus;
  readonly phase: z.infer<typeof storedPhase>;
  /** Number of lists to read. 0 until the factories are discovered. */
  readonly listCount: number;
  readonly factoryCount: number;
  /** Objects of its factories at their last sync. Absent if one of them is new. */
  readonly expectedObjects?: number;
  readonly tallies: Tallies;
  /** Counts of run history over all factories. */
  readonly runs?: RunTally;
  readonly factories: readonly FactoryOutcome[];
  readonly error?: FailureInfo;
  /** Sync run whose failed factories this sync run reads again. */
  readonly retryOf?: string;
  /** Absent if a timer started the sync. */
  readonly requestedBy?: Person;
  /** Who cancelled or terminated it first. Absent if no person did. */
  readonly cancelledBy?: Person;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly removalsConfirmed?: RemovalConfirmation;
  /** When its changes, and the resources that it removed, were purged. */
  readonly changesPurgedAt?: string;
  /** Active time before `activeSince`, without pauses. */
  readonly activeMs: number;
  readonly activeSince?: string;
}

/** A sync run in a list: its factories are only counted. */
export interface SyncRunSummary extends Omit<SyncRun, 'factories'> {
  readonly outcomes: Outcomes;
}
export type Outcomes = Readonly<Partial<Record<FactoryStatus, number>>>;

export const syncRunKeyOf = ({
  tenantId,
  connectorId,
  id: syncRunId,
}: Pick<SyncRun, 'tenantId' | 'connectorId' | 'id'>): SyncRunKey => ({
  tenantId,
  connectorId,
  syncRunId,
});

/** Durable accepts letters, digits, `_` and `-` in an instance id. */
export const instanceIdOf = ({ connectorId, id }: Pick<SyncRun, 'connectorId' | 'id'>) =>
  `sync-${connectorId}-${id}`;

const transitions: Readonly<Record<SyncStatus, readonly SyncStatus[]>> = {
  queued: ['running', 'paused', 'cancelling', 'failed', 'cancelled'],
  running: ['paused', 'cancelling', 'succeeded', 'partial', 'failed', 'cancelled'],
  paused: ['queued', 'running', 'cancelling', 'failed', 'cancelled'],
  cancelling: ['failed', 'cancelled'],
  succeeded: [],
  partial: [],
  failed: [],
  cancelled: [],
};

/** Also stops the steps of a sync run that is terminal or missing: it was marked as lost. */
export function stopRequestOf(run: Pick<SyncRun, 'status'> | undefined): StopRequest | undefined {
  if (run?.status === 'paused') return 'paused';
  return !run || run.status === 'cancelling' || isTerminal(run) ? 'cancelled' : undefined;
}

export const activeStatuses = syncStatus.options.filter((status) => transitions[status].length > 0);

export const isTerminal = ({ status }: Pick<SyncRun, 'status'>) => transitions[status].length === 0;

/** Changes the status. A step may run twice, so the current status is no transition. */
export function transition(run: SyncRun, status: SyncStatus, at: Date): SyncRun {
  if (run.status === status) return run;
  if (!transitions[run.status].includes(status))
    throw new ConflictError(
      'sync_status_final',
      `A ${run.status} sync run cannot become ${status}. Start a new one.`,
    );
  // Clocks of workers agree within a second, so the order of writes decides.
  const atMs = Math.max(at.getTime(), Date.parse(run.updatedAt));
  const time = new Date(atMs).toISOString();
  const { activeSince, ...rest } = run;
  const startedAt = run.startedAt ?? (status === 'running' ? time : undefined);
  const isWorking = startedAt !== undefined && workingStatuses.has(status);
  const activeMs = isWorking || activeSince === undefined ? 0 : atMs - Date.parse(activeSince);
  return {
    ...rest,
    status,
    updatedAt: time,
    activeMs: run.activeMs + Math.max(0, activeMs),
    ...(isWorking && { activeSince: activeSince ?? time }),
    ...(startedAt !== undefined && { startedAt }),
    ...(transitions[status].length === 0 && { finishedAt: time, phase: 'finished' }),
  };
}

const workingStatuses: ReadonlySet<SyncStatus> = new Set(['running', 'cancelling']);

/** `failed` if every factory failed, `partial` if not every factory was read completely. */
export function statusOfOutcomes(outcomes: readonly FactoryOutcome[]): SyncStatus {
  if (outcomes.every(({ status }) => successfulStatuses.has(status))) return 'succeeded';
  return outcomes.every(({ status }) => status === 'failed') ? 'failed' : 'partial';
}

export const summaryOf = ({ factories, ...run }: SyncRun): SyncRunSummary => ({
  ...run,
  outcomes: countOutcomes(factories),
});

export function countOutcomes(outcomes: readonly FactoryOutcome[]): Outcomes {
  const counts: Partial<Record<FactoryStatus, number>> = {};
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/**
 * Whether the outcomes contain a mass removal that is not purged yet. A lost sync run has no
 * outcomes, but may have quarantined rows.
 */
export const hasPendingRemovals = ({
  factories,
  changesPurgedAt,
}: Pick<SyncRun, 'factories' | 'changesPurgedAt'>): boolean =>
  changesPurgedAt === undefined &&
  factories.some(({ massRemovals = {} }) => Object.keys(massRemovals).length > 0);

/** The failure that represents the sync run. Each factory has its own. */
export const firstFailure = (outcomes: readonly FactoryOutcome[]): FailureInfo | undefined =>
  outcomes.flatMap(({ failures = {} }) => Object.values(failures))[0];

const successfulStatuses: ReadonlySet<FactoryStatus> = new Set([
  'succeeded',
  'removed',
  'filtered_out',
]);
const retriedStatuses: ReadonlySet<FactoryStatus> = new Set(['failed', 'partial', 'no_access']);

/**
 * The factories that a retry reads again. Undefined, meaning all, if the run failed before it read
 * any.
 */
export function failedFactories(run: SyncRun): readonly FactoryRef[] | undefined {
  const failed = run.factories.filter(({ status }) => retriedStatuses.has(status));
  return failed.length > 0 ? failed.map(({ factory }) => factory) : undefined;
}
