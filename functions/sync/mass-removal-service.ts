/**
 * Mass removals: so much of a kind vanished in one sync that what it hid is kept until somebody says that this was
 * meant. Resources that come back in the meantime need no word.
 */
import type { ChangeLog, RemovalConfirmations, TombstoneStore } from '../catalog/ports';
import type { ConnectorKey } from '../storage/connector-key';
import { rowsByFactory } from '../catalog/tombstone';
import { ConflictError, NotFoundError, StaleError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import * as happened from './sync-events';
import type { SyncRunStore } from './ports';
import {
  hasPendingRemovals,
  isTerminal,
  type RemovalConfirmation,
  type Requester,
  type SyncRun,
} from './sync-run';
import type { SyncRunService } from './sync-run-service';
import type { SyncRunKey } from './step-messages';

const attemptsToConfirm = 8;
const lookedAtTogether = 100;

export class MassRemovalService implements RemovalConfirmations {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get'>,
    private readonly store: Pick<SyncRunStore, 'get' | 'replace'>,
    private readonly changes: Pick<ChangeLog, 'list'>,
    private readonly tombstones: Pick<TombstoneStore, 'find'>,
    private readonly events: EventLog,
    private readonly now: () => Date,
  ) {}

  /** Said twice, the first one counts. Throws NotFoundError, or ConflictError when there is nothing to confirm. */
  async confirm({ syncRunId, ...connector }: SyncRunKey, by: Requester): Promise<SyncRun> {
    const run = await this.runs.get(connector.tenantId, connector.connectorId, syncRunId);
    if (!isTerminal(run))
      throw new ConflictError('removals_not_final', 'Removals are confirmed when it is over.', {
        location: `/api/connectors/${run.connectorId}/syncs/${syncRunId}`,
      });
    if (!run.removalsConfirmed && !(await this.hasQuarantinedRows(run)))
      throw new ConflictError('no_pending_removals', 'Nothing that it removed waits for this.');
    const confirmed = await this.recordConfirmation(connector, syncRunId, { at: this.now().toISOString(), by });
    await this.events.record(happened.removalsConfirmed(confirmed));
    return confirmed;
  }

  async confirmed(
    connector: ConnectorKey,
    runIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const runs = await Promise.all(runIds.map((runId) => this.store.get(connector, runId)));
    return new Set(runs.flatMap((run) => (run?.removalsConfirmed ? [run.id] : [])));
  }

  private async recordConfirmation(
    connector: ConnectorKey,
    runId: string,
    removalsConfirmed: RemovalConfirmation,
  ): Promise<SyncRun & { readonly removalsConfirmed: RemovalConfirmation }> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.stored(connector, runId);
      if (current.removalsConfirmed)
        return { ...current, removalsConfirmed: current.removalsConfirmed };
      try {
        const confirmed = { ...current, removalsConfirmed };
        await this.store.replace(confirmed);
        return confirmed;
      } catch (error) {
        if (!(error instanceof StaleError) || attempt === attemptsToConfirm) throw error;
      }
    }
  }

  private async stored(connector: ConnectorKey, runId: string): Promise<Stored<SyncRun>> {
    const run = await this.store.get(connector, runId);
    if (!run) throw new NotFoundError('sync_purged', 'The sync has been forgotten meanwhile.');
    return run;
  }

  /** A run that was lost is known by what it hid. */
  private async hasQuarantinedRows(run: SyncRun): Promise<boolean> {
    if (hasPendingRemovals(run)) return true;
    const removed = { change: 'removed' } as const;
    let continuation: string | undefined;
    do {
      const page = await this.changes.list(run, run.id, removed, {
        limit: lookedAtTogether,
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
