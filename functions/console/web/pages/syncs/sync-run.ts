/** What pages say about a sync run. Pure. */
import type { ItemOf, Output } from '../../api/endpoint-types';
import type { Tone } from '../../parts/tone';

export type SyncRun = ItemOf<'listSyncs'>;
export type DetailedSyncRun = Output<'getSync'>;
export type SyncStatus = SyncRun['status'];
export type FactoryOfRun = ItemOf<'listSyncFactories'>;

const activeStatuses: readonly SyncStatus[] = ['queued', 'running', 'paused', 'cancelling'];

export const isActive = ({ status }: Pick<SyncRun, 'status'>): boolean =>
  activeStatuses.includes(status);

export const statusTones: Readonly<Record<SyncStatus, Tone>> = {
  queued: 'neutral',
  running: 'active',
  paused: 'warning',
  cancelling: 'warning',
  succeeded: 'good',
  partial: 'warning',
  failed: 'bad',
  cancelled: 'neutral',
};

export const factoryTones: Readonly<Record<FactoryOfRun['status'], Tone>> = {
  throttled: 'warning',
  reading: 'active',
  run_history_pending: 'neutral',
  reading_run_history: 'active',
  paused: 'warning',
  succeeded: 'good',
  partial: 'warning',
  failed: 'bad',
  no_access: 'bad',
  removed: 'neutral',
  filtered_out: 'neutral',
  cancelled: 'neutral',
};

/** Sums over all kinds, as far as the sync run has counted. */
export function totalsOf({ counts }: Pick<SyncRun, 'counts'>) {
  const sum = (name: 'read' | 'written' | 'removed') =>
    Object.values(counts).reduce((total, tally) => total + tally[name], 0);
  return { read: sum('read'), written: sum('written'), removed: sum('removed') };
}

/** Why it failed, or what it has found: one line for a table. */
export function resultOf(run: SyncRun): string {
  if (run.error) return run.error.message;
  if (isActive(run)) return run.progress.message;
  const { written, removed } = totalsOf(run);
  if (written + removed === 0) return 'Nothing has changed';
  const parts = [written > 0 && `${written} written`, removed > 0 && `${removed} removed`];
  return parts.filter(Boolean).join(', ');
}
