/**
 * Steering a sync that was begun. Its row says first what is wanted, because the steps look at it between pages; only
 * then is Durable told. A sync that ends at the same moment has the last word.
 */
import { ConflictError } from '../errors/app-error';
import type { DurableClient } from '../durable/ports';
import {
  failedFactories,
  instanceIdOf,
  isOver,
  moved,
  type Requester,
  type SyncRun,
} from './sync-run';
import type { SyncRunService } from './sync-run-service';
import type { RunKey } from './step-messages';

export class SyncControlService {
  constructor(
    private readonly runs: SyncRunService,
    private readonly now: () => Date,
  ) {}

  /** Asked twice it is still the same wish. Throws NotFoundError, or ConflictError when the sync is over. */
  async cancel(target: RunKey, durableClient: Pick<DurableClient, 'resume'>): Promise<SyncRun> {
    const run = await this.move(target, (current) => {
      if (isOver(current)) throw over(current);
      return moved(current, 'cancelling', this.now());
    });
    // One that was paused has to go on to find out that it is cancelled.
    await durableClient.resume(instanceIdOf(run));
    return run;
  }

  /** The pages that are being read are read to their end. */
  async pause(
    target: RunKey,
    durableClient: Pick<DurableClient, 'suspend' | 'resume'>,
  ): Promise<SyncRun> {
    const run = await this.move(target, (current) => {
      if (isOver(current)) throw over(current);
      if (current.status === 'cancelling')
        throw new ConflictError('sync_cancelling', 'A sync that is being cancelled cannot pause.');
      return moved(current, 'paused', this.now());
    });
    await durableClient.suspend(instanceIdOf(run));
    // Suspended on its last yard it would hang for ever: nothing but its end is left to do.
    const { tenantId, connectorId, runId } = target;
    const after = await this.runs.get(tenantId, connectorId, runId);
    if (isOver(after)) await durableClient.resume(instanceIdOf(after));
    return after;
  }

  /** At once: whatever step still runs finds the run over and stops after its page. */
  async terminate(
    target: RunKey,
    durableClient: Pick<DurableClient, 'terminate'>,
  ): Promise<SyncRun> {
    const run = await this.runs.get(target.tenantId, target.connectorId, target.runId);
    if (isOver(run)) throw over(run);
    await durableClient.terminate(instanceIdOf(run));
    return this.runs.end(target, 'cancelled', {
      code: 'sync_terminated',
      message: 'An operator stopped the sync.',
    });
  }

  async resume(target: RunKey, durableClient: Pick<DurableClient, 'resume'>): Promise<SyncRun> {
    const run = await this.move(target, (current) => {
      if (current.status !== 'paused')
        throw new ConflictError('sync_not_paused', 'Only a paused sync can be resumed.');
      return moved(current, current.phase === 'queued' ? 'queued' : 'running', this.now());
    });
    await durableClient.resume(instanceIdOf(run));
    return run;
  }

  /** A new sync of the factories that failed in one that is over; of all, when it did not come to any factory. */
  async retry(
    target: RunKey,
    requestedBy: Requester,
    durableClient: Pick<DurableClient, 'start' | 'getStatus'>,
  ): Promise<SyncRun> {
    const { tenantId, connectorId, runId } = target;
    const run = await this.runs.get(tenantId, connectorId, runId);
    if (!isOver(run))
      throw new ConflictError('sync_not_finished', 'A sync can be repeated when it is over.', {
        location: `/api/connectors/${connectorId}/syncs/${runId}`,
      });
    if (run.status !== 'failed' && failedFactories(run) === undefined)
      throw new ConflictError('sync_nothing_failed', 'No factory failed in this sync.');
    const request = { trigger: 'retry' as const, requestedBy, retryOf: runId };
    return this.runs.begin(
      tenantId,
      connectorId,
      run.mode === 'full' ? { ...request, mode: 'full' } : request,
      durableClient,
    );
  }

  private async move(target: RunKey, apply: (run: SyncRun) => SyncRun): Promise<SyncRun> {
    await this.runs.get(target.tenantId, target.connectorId, target.runId);
    return this.runs.change(target, apply);
  }
}

const over = ({ status }: SyncRun) =>
  new ConflictError('sync_finished', `The sync is over: it is ${status}.`);
