/**
 * Cancels, pauses, resumes, terminates and retries sync runs. The row changes first, because steps
 * check it between pages; then Durable is notified. A sync run that finishes at the same time stays
 * finished.
 */
import type { ConnectorService } from '../connectors/connector-service';
import type { DurableClient } from '../durable/ports';
import { ConflictError } from '../errors/app-error';
import type { Person } from '../events/actor';
import type { SyncRunKey } from '../storage/sync-run-key';
import { failedFactories, instanceIdOf, isTerminal, transition, type SyncRun } from './sync-run';
import type { SyncRunService } from './sync-run-service';

export class SyncControlService {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get' | 'change' | 'end' | 'begin'>,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
  ) {}

  /** May be repeated. Throws NotFoundError, or ConflictError if the sync run is finished. */
  async cancel(key: SyncRunKey, durableClient: Pick<DurableClient, 'resume'>): Promise<SyncRun> {
    const run = await this.change(key, (current) => {
      if (isTerminal(current)) throw finished(current);
      return transition(current, 'cancelling', this.now());
    });
    // A suspended instance must run to notice that it is cancelled.
    await durableClient.resume(instanceIdOf(run));
    return run;
  }

  /** The sync run stops after the pages that are being read. */
  async pause(
    key: SyncRunKey,
    durableClient: Pick<DurableClient, 'suspend' | 'resume'>,
  ): Promise<SyncRun> {
    const run = await this.change(key, (current) => {
      if (isTerminal(current)) throw finished(current);
      if (current.status === 'cancelling')
        throw new ConflictError(
          'sync_cancelling',
          'The sync run is being cancelled and cannot be paused. Wait until it is cancelled.',
        );
      return transition(current, 'paused', this.now());
    });
    await durableClient.suspend(instanceIdOf(run));
    // If the sync finished while it was being suspended, resume it, or the orchestration never
    // completes.
    const after = await this.runs.get(key);
    if (isTerminal(after)) await durableClient.resume(instanceIdOf(after));
    return after;
  }

  /**
   * Terminates the instance now. A step that still runs finds a terminal run and stops after its
   * page.
   */
  async terminate(
    key: SyncRunKey,
    durableClient: Pick<DurableClient, 'terminate'>,
  ): Promise<SyncRun> {
    const run = await this.runs.get(key);
    if (isTerminal(run)) throw finished(run);
    await durableClient.terminate(instanceIdOf(run));
    return this.runs.end(key, 'cancelled', {
      code: 'sync_terminated',
      message: 'An operator terminated the sync run.',
    });
  }

  async resume(key: SyncRunKey, durableClient: Pick<DurableClient, 'resume'>): Promise<SyncRun> {
    const run = await this.change(key, (current) => {
      if (current.status !== 'paused')
        throw new ConflictError(
          'sync_not_paused',
          'Only a paused sync run can be resumed. Check its status.',
        );
      return transition(current, current.phase === 'queued' ? 'queued' : 'running', this.now());
    });
    await durableClient.resume(instanceIdOf(run));
    return run;
  }

  /**
   * Begins a sync run that reads the factories which failed in a finished one, or all factories if
   * that one failed before it read any.
   */
  async retry(
    key: SyncRunKey,
    requestedBy: Person,
    durableClient: Pick<DurableClient, 'start' | 'getStatus'>,
  ): Promise<SyncRun> {
    const { tenantId, connectorId, syncRunId } = key;
    const run = await this.runs.get(key);
    if (!isTerminal(run))
      throw new ConflictError(
        'sync_not_finished',
        'The sync run is not finished. Retry it when it is.',
        { location: `/api/connectors/${connectorId}/syncs/${syncRunId}` },
      );
    if (run.status !== 'failed' && failedFactories(run) === undefined)
      throw new ConflictError(
        'sync_nothing_failed',
        'No factory failed in this sync run. Start a new one.',
      );
    const request = { trigger: 'retry' as const, requestedBy, retryOf: syncRunId };
    return this.runs.begin(
      { tenantId, connectorId },
      run.mode === 'full' ? { ...request, mode: 'full' } : request,
      durableClient,
    );
  }

  /** Throws NotFoundError, also for a connector of another tenant. */
  private async change(key: SyncRunKey, apply: (run: SyncRun) => SyncRun): Promise<SyncRun> {
    await this.connectors.get(key);
    return this.runs.change(key, apply);
  }
}

const finished = ({ status }: SyncRun) =>
  new ConflictError('sync_finished', `The sync run is finished: ${status}. Start a new one.`);
