/**
 * Confirms mass removals. If a sync removes much of a kind at once, the rows are quarantined:
 * hidden, but not purged until an Owner confirms the removal. Resources that are found again need
 * no confirmation.
 */
import type { ChangeLog, RemovalConfirmations, TombstoneStore } from '../catalog/ports';
import { rowsByFactory } from '../catalog/tombstone';
import { ConflictError } from '../errors/app-error';
import type { Person } from '../events/actor';
import type { EventLog } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import type { SyncRunKey } from '../storage/sync-run-key';
import { updateRow } from '../storage/update-row';
import type { SyncRunStore } from './ports';
import { removalsConfirmed } from './sync-events';
import { hasPendingRemovals, isTerminal, type SyncRun } from './sync-run';
import type { SyncRunService } from './sync-run-service';

const changesPerPage = 100;

export class MassRemovalService implements RemovalConfirmations {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get'>,
    private readonly store: Pick<SyncRunStore, 'get' | 'replace'>,
    private readonly changes: Pick<ChangeLog, 'list'>,
    private readonly tombstones: Pick<TombstoneStore, 'find'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /**
   * Only the first confirmation counts. Throws NotFoundError, or ConflictError if the sync run is
   * active or has nothing to confirm.
   */
  async confirm(key: SyncRunKey, by: Person): Promise<SyncRun> {
    return updateRow<Stored<SyncRun>, SyncRun>(
      () => this.runs.get(key),
      (run) => async () => {
        if (run.removalsConfirmed) return run;
        await this.assertPending(run);
        const at = this.now().toISOString();
        const confirmed = { ...run, removalsConfirmed: { at, by } };
        await this.events.commit([removalsConfirmed(confirmed)], (messages) =>
          this.store.replace(confirmed, messages),
        );
        return confirmed;
      },
    );
  }

  async findConfirmed(
    connector: ConnectorKey,
    syncRunIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const runs = await Promise.all(syncRunIds.map((id) => this.store.get(connector, id)));
    return new Set(runs.flatMap((run) => (run?.removalsConfirmed ? [run.id] : [])));
  }

  private async assertPending(run: SyncRun): Promise<void> {
    if (!isTerminal(run))
      throw new ConflictError(
        'removals_not_final',
        'The sync run is not finished. Confirm its removals when it is.',
        { location: `/api/connectors/${run.connectorId}/syncs/${run.id}` },
      );
    if (!(await this.hasQuarantinedRows(run)))
      throw new ConflictError(
        'no_pending_removals',
        'This sync run has no removals to confirm. Confirm only runs that report a mass removal.',
      );
  }

  /** A lost sync run has no outcomes, so its change log is searched for quarantined rows. */
  private async hasQuarantinedRows(run: SyncRun): Promise<boolean> {
    if (hasPendingRemovals(run)) return true;
    const removed = { change: 'removed' } as const;
    let continuation: string | undefined;
    do {
      const page = await this.changes.list(run, run.id, removed, {
        limit: changesPerPage,
        ...(continuation !== undefined && { continuation }),
      });
      for (const [factory, rowKeys] of rowsByFactory(page.items)) {
        const found = await this.tombstones.find(run, factory, rowKeys);
        if (found.some(({ quarantinedBy }) => quarantinedBy === run.id)) return true;
      }
      continuation = page.continuation;
    } while (continuation !== undefined);
    return false;
  }
}
