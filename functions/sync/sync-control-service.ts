/**
 * Cancels, pauses, resumes, terminates and retries sync runs. The row changes first, because steps
 * check it between pages; then Durable is notified. A sync run that finishes at the same time stays
 * finished.
 */
import type { ConnectorService } from '../connectors/connector-service';
import type { DurableClient } from '../durable/ports';
import { ConflictError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { Person } from '../events/actor';
import type { NewEvent } from '../events/event';
import type { SyncRunKey } from '../storage/sync-run-key';
import { syncControlled } from './sync-events';
import { failedFactories, instanceIdOf, isTerminal, transition, type SyncRun } from './sync-run';
import type { SyncRunService } from './sync-run-service';

export class SyncControlService {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get' | 'change' | 'end' | 'begin'>,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
  ) {}

  /** May be repeated. Throws NotFoundError, or ConflictError if the sync run is finished. */
  async cancel(
    key: SyncRunKey,
    by: Person,
    durableClient: Pick<DurableClient, 'resume'>,
  ): Promise<SyncRun> {
    const run = await this.change(
      key,
      (current) => {
        if (isTerminal(current)) throw finished(current);
        const cancelling = transition(current, 'cancelling', this.now());
        return cancelling === current ? current : { ...cancelling, cancelledBy: by };
      },
      (cancelling) => [syncControlled(cancelling, 'sync.cancel_requested', by)],
    );
    // A suspended instance must run to notice that it is cancelled.
    await notify(run, () => durableClient.resume(instanceIdOf(run)));
    return run;
  }

  /** The sync run stops after the pages that are being read. */
  async pause(
    key: SyncRunKey,
    by: Person,
    durableClient: Pick<DurableClient, 'suspend' | 'resume'>,
  ): Promise<SyncRun> {
    const run = await this.change(
      key,
      (current) => {
        if (isTerminal(current)) throw finished(current);
        if (current.status === 'cancelling')
          throw new ConflictError(
            'sync_cancelling',
            'The sync run is being cancelled and cannot be paused. Wait until it is cancelled.',
          );
        return transition(current, 'paused', this.now());
      },
      (paused) => [syncControlled(paused, 'sync.paused', by)],
    );
    let after = run;
    await notify(run, async () => {
      await durableClient.suspend(instanceIdOf(run));
      // If the sync finished while it was being suspended, resume it, or the orchestration never
      // completes.
      after = await this.runs.get(key);
      if (isTerminal(after)) await durableClient.resume(instanceIdOf(after));
    });
    return after;
  }

  /** Ends the run, then its instance. A step that still runs stops after its page. */
  async terminate(
    key: SyncRunKey,
    by: Person,
    durableClient: Pick<DurableClient, 'terminate'>,
  ): Promise<SyncRun> {
    const run = await this.runs.get(key);
    if (isTerminal(run)) throw finished(run);
    const error = { code: 'sync_terminated', message: 'An operator terminated the sync run.' };
    const ended = await this.runs.end(key, 'cancelled', error, by);
    await notify(run, () => durableClient.terminate(instanceIdOf(run)));
    return ended;
  }

  async resume(
    key: SyncRunKey,
    by: Person,
    durableClient: Pick<DurableClient, 'resume'>,
  ): Promise<SyncRun> {
    const run = await this.change(
      key,
      (current) => {
        if (current.status !== 'paused')
          throw new ConflictError(
            'sync_not_paused',
            'Only a paused sync run can be resumed. Check its status.',
          );
        return transition(current, current.phase === 'queued' ? 'queued' : 'running', this.now());
      },
      (resumed) => [syncControlled(resumed, 'sync.resumed', by)],
    );
    await notify(run, () => durableClient.resume(instanceIdOf(run)));
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
  private async change(
    key: SyncRunKey,
    apply: (run: SyncRun) => SyncRun,
    eventsOf: (run: SyncRun) => readonly NewEvent[],
  ): Promise<SyncRun> {
    await this.connectors.get(key);
    return this.runs.change(key, apply, eventsOf);
  }
}

/** The row is changed, so a failure fails no request: reconcileSyncs repairs the instance. */
const notify = (run: SyncRun, durable: () => Promise<void>): Promise<void> =>
  durable().catch((error: unknown) =>
    logFailure('sync_run.notify_failed', error, { syncRunId: run.id, status: run.status }),
  );

const finished = ({ status }: SyncRun) =>
  new ConflictError('sync_finished', `The sync run is finished: ${status}. Start a new one.`);
