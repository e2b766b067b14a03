/** One execution of a sync: what is kept of it, and which way it may go. Times are ISO 8601 UTC. */
import { z } from 'zod';
import type { Alarm, Failure, Halt, Tallies } from '../catalog/mirror';
import type { FactoryRef } from '../catalog/resource';
import { ConflictError } from '../errors';
import type { RunTally } from '../runs/run-mirror';

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

export const syncPhase = z.enum(['queued', 'discovering', 'reading', 'finished']);
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

export interface Requester {
  readonly objectId: string;
  readonly displayName: string;
}

/** How one factory fared: what it came to, and which of its lists could not be read. */
export interface FactoryOutcome {
  readonly factory: FactoryRef;
  readonly status: z.infer<typeof factoryStatus>;
  readonly failures?: Readonly<Record<string, Failure>>;
  /** Of its run history: what was written, and whose activities are left to later syncs. */
  readonly runs?: RunTally;
  /** By kind: so much vanished at once that a person should look before it is purged. */
  readonly alarms?: Readonly<Record<string, Alarm>>;
}

/** What the workers have done so far; each counts for itself, and the sum is what people see. */
export interface Meter {
  /** Lists read to their end or given up. */
  readonly lists: number;
  readonly read: number;
  readonly written: number;
}

export interface SyncRun {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly id: string;
  readonly mode: SyncMode;
  readonly trigger: SyncTrigger;
  readonly status: SyncStatus;
  readonly phase: SyncPhase;
  /** Lists to read in all, known once the factories are. */
  readonly lists: number;
  readonly factoryCount: number;
  readonly meter: Meter;
  readonly tallies: Tallies;
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
}

/** Durable takes letters, digits, `_` and `-` in an instance id. */
export const instanceIdOf = ({ connectorId, id }: Pick<SyncRun, 'connectorId' | 'id'>) =>
  `sync-${connectorId}-${id}`;

const onward: Readonly<Record<SyncStatus, readonly SyncStatus[]>> = {
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
export function haltOf(run: Pick<SyncRun, 'status'> | undefined): Halt | undefined {
  if (run?.status === 'paused') return 'paused';
  return !run || run.status === 'cancelling' || isOver(run) ? 'cancelled' : undefined;
}

export const openStatuses = syncStatus.options.filter((status) => onward[status].length > 0);

export const isOver = ({ status }: Pick<SyncRun, 'status'>) => onward[status].length === 0;

/** A step may run twice: the status it has already is no transition. */
export function moved(run: SyncRun, status: SyncStatus, at: Date): SyncRun {
  if (run.status === status) return run;
  if (!onward[run.status].includes(status))
    throw new ConflictError('sync_status_final', `A ${run.status} sync cannot become ${status}.`);
  const time = at.toISOString();
  return {
    ...run,
    status,
    updatedAt: time,
    ...(status === 'running' && run.startedAt === undefined && { startedAt: time }),
    ...(onward[status].length === 0 && { finishedAt: time, phase: 'finished' }),
  };
}

const nothing: Meter = { lists: 0, read: 0, written: 0 };

export const addMeters = (meters: readonly Meter[]): Meter =>
  meters.reduce(
    (sum, { lists, read, written }) => ({
      lists: sum.lists + lists,
      read: sum.read + read,
      written: sum.written + written,
    }),
    nothing,
  );

/** Never 100 before the end: a bar that is full and still runs is a lie. */
export function percentOf(run: SyncRun): number {
  if (isOver(run)) return 100;
  return run.lists === 0 ? 0 : Math.min(99, Math.floor((100 * run.meter.lists) / run.lists));
}

/** Partly read is `partial`; nothing read of anything is a failure. */
export function statusOfOutcomes(outcomes: readonly FactoryOutcome[]): SyncStatus {
  if (outcomes.every(({ status }) => isSettled.has(status))) return 'succeeded';
  return outcomes.every(({ status }) => status === 'failed') ? 'failed' : 'partial';
}

/** Why a sync is not what it should be, in one sentence; each factory tells the rest. */
export const firstFailure = (outcomes: readonly FactoryOutcome[]): Failure | undefined =>
  outcomes.flatMap(({ failures = {} }) => Object.values(failures))[0];

const isSettled: ReadonlySet<FactoryOutcome['status']> = new Set([
  'succeeded',
  'gone',
  'filtered_out',
]);
const isUnread: ReadonlySet<FactoryOutcome['status']> = new Set(['failed', 'partial', 'no_access']);

/** What a retry reads again; nothing means that the run failed before it came to any factory, so all of them. */
export function failedFactories(run: SyncRun): readonly FactoryRef[] | undefined {
  const failed = run.factories.filter(({ status }) => isUnread.has(status));
  return failed.length > 0 ? failed.map(({ factory }) => factory) : undefined;
}
