/** One execution of a sync: what is kept of it, and which way it may go. Times are ISO 8601 UTC. */
import { z } from 'zod';
import type { Alarm, Failure } from '../catalog/mirror-messages';
import type { StopRequest } from '../durable/stop-request';
import type { Tallies, Tally } from '../catalog/tallies';
import type { FactoryRef } from '../data-factory/resource';
import { ConflictError } from '../errors/app-error';
import type { RunTally } from '../run-history/run-mirror-messages';

/** The first one, one that looks for changes, one that writes everything anew. */
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

/** As the row says it; that only run history is left to read is told by the workers. */
export const storedPhase = z.enum(['queued', 'discovering', 'reading', 'finished']);
export const syncPhase = z.enum(['queued', 'discovering', 'reading', 'runs', 'finished']);
export type SyncPhase = z.infer<typeof syncPhase>;

export const factoryStatus = z.enum([
  'succeeded',
  'partial',
  'failed',
  /** Azure refuses it: what is known of it is kept. */
  'no_access',
  'gone',
  /** The connector's filters leave it out: what was known of it is removed. */
  'filtered_out',
  'cancelled',
]);
export type FactoryStatus = z.infer<typeof factoryStatus>;

export interface Requester {
  readonly objectId: string;
  readonly displayName: string;
}

/** Who said that what vanished at once in a sync was meant to. */
export interface RemovalConfirmation {
  readonly at: string;
  readonly by: Requester;
}

/** How one factory fared: what it came to, and which of its lists could not be read. */
export interface FactoryOutcome {
  readonly factory: FactoryRef;
  readonly status: FactoryStatus;
  /** Over all kinds. */
  readonly counts?: Tally;
  readonly failures?: Readonly<Record<string, Failure>>;
  /** Of its run history: what was written, and whose activities are left to later syncs. */
  readonly runs?: RunTally;
  /** By kind: so much vanished at once that a person should look before it is purged. */
  readonly massRemovals?: Readonly<Record<string, Alarm>>;
}

export interface SyncRun {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly id: string;
  readonly mode: SyncMode;
  readonly trigger: SyncTrigger;
  readonly status: SyncStatus;
  readonly phase: z.infer<typeof storedPhase>;
  /** Lists to read in all, known once the factories are. */
  readonly listCount: number;
  readonly factoryCount: number;
  /** What its factories held when they were last looked at; absent when one of them is new. */
  readonly expectedObjects?: number;
  readonly tallies: Tallies;
  /** Run history, over all factories. */
  readonly runs?: RunTally;
  readonly factories: readonly FactoryOutcome[];
  readonly error?: Failure;
  /** The sync whose failed factories this one reads again. */
  readonly retryOf?: string;
  /** Absent when a timer asked for it. */
  readonly requestedBy?: Requester;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly removalsConfirmed?: RemovalConfirmation;
  /** Its list of changes is gone, and for good so is what it removed. */
  readonly changesPurgedAt?: string;
  /** How long it was at work before, and since when it is again: pauses are no work. */
  readonly activeMs: number;
  readonly activeSince?: string;
}

/** A run as lists show it: how its factories fared is only counted. */
export interface SyncRunSummary extends Omit<SyncRun, 'factories'> {
  readonly outcomes: Outcomes;
}
export type Outcomes = Readonly<Partial<Record<FactoryStatus, number>>>;

/** Durable takes letters, digits, `_` and `-` in an instance id. */
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

/** Nothing writes for a run that is over, or not there any more: whoever still does was declared lost. */
export function stopRequestOf(run: Pick<SyncRun, 'status'> | undefined): StopRequest | undefined {
  if (run?.status === 'paused') return 'paused';
  return !run || run.status === 'cancelling' || isTerminal(run) ? 'cancelled' : undefined;
}

export const activeStatuses = syncStatus.options.filter((status) => transitions[status].length > 0);

export const isTerminal = ({ status }: Pick<SyncRun, 'status'>) => transitions[status].length === 0;

/** A step may run twice: the status it has already is no transition. */
export function transition(run: SyncRun, status: SyncStatus, at: Date): SyncRun {
  if (run.status === status) return run;
  if (!transitions[run.status].includes(status))
    throw new ConflictError('sync_status_final', `A ${run.status} sync cannot become ${status}.`);
  const time = at.toISOString();
  const { activeSince, ...rest } = run;
  const startedAt = run.startedAt ?? (status === 'running' ? time : undefined);
  const works = startedAt !== undefined && workingStatuses.has(status);
  const worked = works || activeSince === undefined ? 0 : at.getTime() - Date.parse(activeSince);
  return {
    ...rest,
    status,
    updatedAt: time,
    activeMs: run.activeMs + Math.max(0, worked),
    ...(works && { activeSince: activeSince ?? time }),
    ...(startedAt !== undefined && { startedAt }),
    ...(transitions[status].length === 0 && { finishedAt: time, phase: 'finished' }),
  };
}

const workingStatuses: ReadonlySet<SyncStatus> = new Set(['running', 'cancelling']);

/** Partly read is `partial`; nothing read of anything is a failure. */
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
 * Whether it tells of an alarm whose list of changes is still there; the list goes when nothing is hidden any more. One
 * that was lost may have raised an alarm and tell of none.
 */
export const hasPendingRemovals = ({
  factories,
  changesPurgedAt,
}: Pick<SyncRun, 'factories' | 'changesPurgedAt'>): boolean =>
  changesPurgedAt === undefined &&
  factories.some(({ massRemovals = {} }) => Object.keys(massRemovals).length > 0);

/** Why a sync is not what it should be, in one sentence; each factory tells the rest. */
export const firstFailure = (outcomes: readonly FactoryOutcome[]): Failure | undefined =>
  outcomes.flatMap(({ failures = {} }) => Object.values(failures))[0];

const successfulStatuses: ReadonlySet<FactoryStatus> = new Set(['succeeded', 'gone', 'filtered_out']);
const retriedStatuses: ReadonlySet<FactoryStatus> = new Set(['failed', 'partial', 'no_access']);

/** What a retry reads again; nothing means that the run failed before it came to any factory, so all of them. */
export function failedFactories(run: SyncRun): readonly FactoryRef[] | undefined {
  const failed = run.factories.filter(({ status }) => retriedStatuses.has(status));
  return failed.length > 0 ? failed.map(({ factory }) => factory) : undefined;
}
