/**
 * Runs whose row and orchestration have come apart, put right again: a host may die between two writes, an operator may
 * purge an instance. Every repair may be made twice, and a run that ends by itself in the meantime has the last word.
 */
import { isActive } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import type { SyncRunStore } from './ports';
import { instanceIdOf, isOver, moved, type SyncRun } from './sync-run';
import type { SyncRunService } from './sync-run-service';

/** Between a row and its instance lie milliseconds; after this long nobody is about to write any more. */
const settledAfterInMs = 60_000;
/** A graceful end takes a page; one that takes this long will not come. */
const cancelledWithinInMs = 15 * 60_000;
const pausedAtMostInMs = 7 * 86_400_000;
/** Runs that ended this long ago have no instance left that could hang. */
const recentInMs = 2 * 3_600_000;

export type Repair =
  | 'started'
  | 'marked_lost'
  | 'cancelled'
  | 'suspended'
  | 'resumed'
  | 'pause_expired'
  | 'lock_released';

export interface RepairRecord {
  readonly connectorId: string;
  readonly runId: string;
  readonly repair: Repair;
}

type SyncDurableClient = Pick<
  DurableClient,
  'start' | 'getStatus' | 'suspend' | 'resume' | 'terminate'
>;

export class SyncReconciliationService {
  constructor(
    private readonly store: SyncRunStore,
    private readonly runs: Pick<SyncRunService, 'start' | 'end' | 'change'>,
    private readonly now: () => Date,
  ) {}

  async reconcile(
    tenantId: string,
    durableClient: SyncDurableClient,
  ): Promise<readonly RepairRecord[]> {
    const repaired: RepairRecord[] = [];
    const since = new Date(this.now().getTime() - recentInMs);
    for (const run of await this.store.listActive(tenantId, since)) {
      const repair = await this.settle(run, durableClient);
      if (repair) repaired.push({ connectorId: run.connectorId, runId: run.id, repair });
    }
    for (const { connectorId, ...lock } of await this.store.locks(tenantId)) {
      const key = { tenantId, connectorId };
      const run = await this.store.get(key, lock.runId);
      if (run && !isOver(run)) continue;
      await this.store.release(key, lock);
      repaired.push({ connectorId, runId: lock.runId, repair: 'lock_released' });
    }
    return repaired;
  }

  private async settle(
    run: SyncRun,
    durableClient: SyncDurableClient,
  ): Promise<Repair | undefined> {
    const instanceId = instanceIdOf(run);
    const status = await durableClient.getStatus(instanceId);
    if (status === undefined && run.status === 'queued') return this.begin(run, durableClient);
    if (status === undefined || !isActive(status)) return this.markLost(run, status);
    if (isOver(run) || run.status === 'cancelling' || run.status === 'queued')
      return this.release(run, status, durableClient);
    if (run.status === 'running' && status === 'Suspended') {
      await durableClient.resume(instanceId);
      return 'resumed';
    }
    if (run.status !== 'paused') return undefined;
    if (this.ageOf(run) > pausedAtMostInMs) {
      await this.runs.change(targetOf(run), (current) =>
        current.status === 'paused' ? moved(current, 'cancelling', this.now()) : current,
      );
      await durableClient.resume(instanceId);
      return 'pause_expired';
    }
    if (status === 'Suspended') return undefined;
    await durableClient.suspend(instanceId);
    return 'suspended';
  }

  /** Whoever asked for it died before its instance was known. */
  private async begin(
    run: SyncRun,
    durableClient: Pick<DurableClient, 'start'>,
  ): Promise<Repair | undefined> {
    if (this.ageOf(run) < settledAfterInMs) return undefined;
    await this.runs.start(run, durableClient);
    return 'started';
  }

  /** The row says that it goes on, and nothing does. */
  private async markLost(run: SyncRun, status: string | undefined): Promise<Repair | undefined> {
    if (isOver(run)) return undefined;
    const starting = status === undefined && this.ageOf(run) < settledAfterInMs;
    if (starting) return undefined;
    const cancelled = run.status === 'cancelling';
    const { error } = await this.runs.end(targetOf(run), cancelled ? 'cancelled' : 'failed', {
      code: 'sync_instance_lost',
      message: 'The sync stopped without saying why.',
    });
    // It may have ended by itself after it was looked at.
    if (error?.code !== 'sync_instance_lost') return undefined;
    return cancelled ? 'cancelled' : 'marked_lost';
  }

  /** What should end has to be let go on, or be ended in the end. */
  private async release(
    run: SyncRun,
    status: string,
    durableClient: Pick<DurableClient, 'resume' | 'terminate'>,
  ): Promise<Repair | undefined> {
    const instanceId = instanceIdOf(run);
    if (run.status === 'cancelling' && this.ageOf(run) > cancelledWithinInMs) {
      await durableClient.terminate(instanceId);
      await this.runs.end(targetOf(run), 'cancelled', {
        code: 'sync_cancel_forced',
        message: 'The sync did not end by itself and was stopped.',
      });
      return 'cancelled';
    }
    if (status !== 'Suspended') return undefined;
    await durableClient.resume(instanceId);
    return 'resumed';
  }

  private ageOf({ updatedAt }: SyncRun): number {
    return this.now().getTime() - Date.parse(updatedAt);
  }
}

const targetOf = ({ tenantId, connectorId, id }: SyncRun) => ({
  tenantId,
  connectorId,
  runId: id,
});
