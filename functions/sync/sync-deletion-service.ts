/** Stops and deletes the sync runs of a connector that is being deleted. */
import type { Stretch } from '../concurrency/stretch';
import { NotFoundError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { SyncRunStore } from './ports';
import { isTerminal, transition } from './sync-run';
import type { SyncRunService } from './sync-run-service';

/** Limit of the platform for the duration of a function. */
const maxStepMs = 10 * 60_000;

export class SyncDeletionService {
  constructor(
    private readonly store: Pick<SyncRunStore, 'getLock' | 'deleteConnector'>,
    private readonly runs: Pick<SyncRunService, 'change'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Cancels the active sync run. True if no step writes for the connector any more: a cancelled
   * sync run ends with the step that is running. May be repeated.
   */
  async stop(connector: ConnectorKey): Promise<boolean> {
    const lock = await this.store.getLock(connector);
    if (!lock) return true;
    const run = await this.runs
      .change({ ...connector, syncRunId: lock.syncRunId }, (current) =>
        isTerminal(current) ? current : transition(current, 'cancelling', this.now()),
      )
      .catch(unlessMissing);
    if (!run || isTerminal(run)) return true;
    return this.now().getTime() - Date.parse(run.updatedAt) > maxStepMs;
  }

  async deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void> {
    await this.store.deleteConnector(connector, stretch);
  }
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
