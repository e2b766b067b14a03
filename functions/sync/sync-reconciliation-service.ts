/**
 * Repairs sync runs whose row and Durable instance disagree: a host may die between two writes, an
 * operator may purge an instance. Every repair may run twice. A run that finishes meanwhile keeps
 * its result.
 */
import { isActive } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import type { FailureInfo } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import type { Actor } from '../events/actor';
import type { EventLog } from '../events/ports';
import type { HeldLock, SyncRunStore } from './ports';
import { syncsReconciled } from './sync-events';
import type { SyncRunKey } from '../storage/sync-run-key';
import { latestReportAt } from './progress/factory-progress';
import { startTimeoutMs } from './sync-lock';
import { instanceIdOf, isTerminal, syncRunKeyOf, transition, type SyncRun } from './sync-run';
import { syncLost, type SyncRunService } from './sync-run-service';

/** A cancelled sync run ends after a page. After this time it is terminated. */
const cancelTimeoutMs = 15 * 60_000;
const maxPauseMs = 7 * 86_400_000;
/** A sync run reports every second while it reads, and every few minutes while it waits. */
const silentAfterMs = 3_600_000;
/** Final statuses are counted for a day. */
const dayMs = 86_400_000;

export type Repair =
  | 'started'
  | 'marked_lost'
  | 'stalled'
  | 'cancelled'
  | 'suspended'
  | 'resumed'
  | 'pause_expired'
  | 'lock_released';

export interface RepairRecord {
  readonly connectorId: string;
  readonly syncRunId: string;
  readonly repair: Repair;
}

export interface Reconciliation {
  readonly repairs: readonly RepairRecord[];
  /** Of sync runs that could not be reconciled. */
  readonly failures: readonly unknown[];
}

/** What may need a repair. */
interface Candidates {
  readonly locks: readonly HeldLock[];
  readonly closing: readonly SyncRunKey[];
}

type SyncDurableClient = Pick<
  DurableClient,
  'start' | 'getStatus' | 'suspend' | 'resume' | 'terminate'
>;

const syncStalled: FailureInfo = {
  code: 'sync_stalled',
  message: 'The sync run made no progress for an hour and was ended. Start a new one.',
};

export class SyncReconciliationService {
  constructor(
    private readonly store: Pick<
      SyncRunStore,
      | 'listLocks'
      | 'listClosing'
      | 'settle'
      | 'purgeEnded'
      | 'get'
      | 'getLock'
      | 'releaseLock'
      | 'getProgress'
    >,
    private readonly runs: Pick<SyncRunService, 'start' | 'end' | 'change'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /**
   * For an operator, whose request is recorded before anything is repaired. Throws only if nothing
   * could be repaired: other failures of single sync runs are logged.
   */
  async reconcileFor(
    actor: Actor,
    durableClient: SyncDurableClient,
  ): Promise<readonly RepairRecord[]> {
    const { tenantId } = actor;
    const candidates = await this.candidates(tenantId);
    await this.events.record(syncsReconciled(actor));
    const { repairs, failures } = await this.repair(tenantId, candidates, durableClient);
    if (repairs.length === 0) throwFirst(failures);
    for (const error of failures) logFailure('reconciliation.failed', error, { tenantId });
    return repairs;
  }

  /** A sync run that cannot be reconciled does not stop the others. */
  async reconcile(tenantId: string, durableClient: SyncDurableClient): Promise<Reconciliation> {
    const reconciliation = await this.repair(
      tenantId,
      await this.candidates(tenantId),
      durableClient,
    );
    await this.store.purgeEnded(tenantId, new Date(this.now().getTime() - dayMs));
    return reconciliation;
  }

  private async candidates(tenantId: string): Promise<Candidates> {
    return {
      locks: await this.store.listLocks(tenantId),
      closing: await this.store.listClosing(tenantId),
    };
  }

  private async repair(
    tenantId: string,
    { locks, closing }: Candidates,
    durableClient: SyncDurableClient,
  ): Promise<Reconciliation> {
    const repairs: RepairRecord[] = [];
    const failures: unknown[] = [];
    const record = async (
      { connectorId, syncRunId }: Pick<RepairRecord, 'connectorId' | 'syncRunId'>,
      work: Promise<Repair | undefined>,
    ) => {
      const repair = await work.catch((error: unknown) => void failures.push(error));
      if (repair) repairs.push({ connectorId, syncRunId, repair });
    };
    for (const lock of locks) {
      const { connectorId, syncRunId } = lock;
      const open = await this.store
        .get({ tenantId, connectorId }, syncRunId)
        .catch((error: unknown) => void failures.push(error));
      if (open) await record(lock, this.reconcileRun(open, durableClient));
      await record(lock, this.reconcileLock(tenantId, lock));
    }
    for (const run of closing) await record(run, this.reconcileClosing(run, durableClient));
    return { repairs, failures };
  }

  /** A sync run that has ended holds no lock. Its repair may have released the lock already. */
  private async reconcileLock(
    tenantId: string,
    { connectorId, ...lock }: HeldLock,
  ): Promise<Repair | undefined> {
    const connector = { tenantId, connectorId };
    const run = await this.store.get(connector, lock.syncRunId);
    if (run && !isTerminal(run)) return undefined;
    const held = await this.store.getLock(connector);
    if (held?.etag !== lock.etag) return undefined;
    await this.store.releaseLock(connector, lock);
    return 'lock_released';
  }

  /** A sync run without lock is settled when its instance has ended. */
  private async reconcileClosing(
    key: SyncRunKey,
    durableClient: SyncDurableClient,
  ): Promise<Repair | undefined> {
    const run = await this.store.get(key, key.syncRunId);
    if (run && !isTerminal(run)) return this.reconcileRun(run, durableClient);
    const { connectorId, syncRunId: id } = key;
    const status = await durableClient.getStatus(instanceIdOf({ connectorId, id }));
    if (run && isActive(status)) return this.reconcileRun(run, durableClient);
    await this.store.settle(key);
    return undefined;
  }

  private async reconcileRun(
    run: SyncRun,
    durableClient: SyncDurableClient,
  ): Promise<Repair | undefined> {
    const instanceId = instanceIdOf(run);
    const status = await durableClient.getStatus(instanceId);
    if (status === undefined && run.status === 'queued') return this.start(run, durableClient);
    if (status === undefined || !isActive(status)) return this.markLost(run, status);
    if (status === 'Running' && (await this.isSilent(run)))
      return this.endStalled(run, durableClient);
    if (isTerminal(run) || run.status === 'cancelling' || run.status === 'queued')
      return this.release(run, status, durableClient);
    if (run.status === 'running' && status === 'Suspended') {
      await durableClient.resume(instanceId);
      return 'resumed';
    }
    if (run.status !== 'paused') return undefined;
    if (this.ageOf(run) > maxPauseMs) {
      await this.runs.change(syncRunKeyOf(run), (current) =>
        current.status === 'paused' ? transition(current, 'cancelling', this.now()) : current,
      );
      await durableClient.resume(instanceId);
      return 'pause_expired';
    }
    if (status === 'Suspended') return undefined;
    await durableClient.suspend(instanceId);
    return 'suspended';
  }

  /** The host died after it stored the row and before it started the instance. */
  private async start(
    run: SyncRun,
    durableClient: Pick<DurableClient, 'start'>,
  ): Promise<Repair | undefined> {
    if (this.ageOf(run) < startTimeoutMs) return undefined;
    await this.runs.start(run, durableClient);
    return 'started';
  }

  /** The row is active, but no instance is. */
  private async markLost(run: SyncRun, status: string | undefined): Promise<Repair | undefined> {
    if (isTerminal(run)) return undefined;
    const isStarting = status === undefined && this.ageOf(run) < startTimeoutMs;
    if (isStarting) return undefined;
    const isCancelled = run.status === 'cancelling';
    const newStatus = isCancelled ? 'cancelled' : 'failed';
    const { error } = await this.runs.end(syncRunKeyOf(run), newStatus, syncLost);
    // The run may have finished after it was read.
    if (error?.code !== syncLost.code) return undefined;
    return isCancelled ? 'cancelled' : 'marked_lost';
  }

  /** Whether neither the run nor a worker changed anything for a long time. */
  private async isSilent(run: SyncRun): Promise<boolean> {
    if (run.status !== 'running' && run.status !== 'queued') return false;
    if (this.ageOf(run) < silentAfterMs) return false;
    const report = latestReportAt(await this.store.getProgress(syncRunKeyOf(run)));
    return report === '' || this.now().getTime() - Date.parse(report) >= silentAfterMs;
  }

  /** The steps of a terminal sync run stop at the next page, should one still run. */
  private async endStalled(
    run: SyncRun,
    durableClient: Pick<DurableClient, 'terminate'>,
  ): Promise<Repair | undefined> {
    const { error } = await this.runs.end(syncRunKeyOf(run), 'failed', syncStalled);
    await durableClient.terminate(instanceIdOf(run));
    return error?.code === syncStalled.code ? 'stalled' : undefined;
  }

  /** Resumes an instance that must run to end, or terminates one that has not ended in time. */
  private async release(
    run: SyncRun,
    status: string,
    durableClient: Pick<DurableClient, 'resume' | 'terminate'>,
  ): Promise<Repair | undefined> {
    const instanceId = instanceIdOf(run);
    if (run.status === 'cancelling' && this.ageOf(run) > cancelTimeoutMs) {
      await durableClient.terminate(instanceId);
      await this.runs.end(syncRunKeyOf(run), 'cancelled', {
        code: 'sync_cancel_forced',
        message: 'The cancelled sync run did not end in time and was terminated.',
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
