/**
 * Purges the resources that a sync run removed once they are old enough, then its change log, and
 * later the sync run. Factories whose resources are all purged are forgotten. The change log names the rows, so the catalog is not searched. Every purge
 * may run twice, also at the same time: a row is deleted only if it is unchanged since it was read.
 */
import type { FactoryChange } from '../catalog/change-log';
import type { ChangeLog, TombstoneStore } from '../catalog/ports';
import type { GoneFactoryService } from '../catalog/gone-factory-service';
import { isPurgeable, rowsByFactory, type PurgeCriteria } from '../catalog/tombstone';
import type { Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { describeFailure, scanBatch, type ScanBatch } from '../durable/time-boxed-scan';
import { StaleError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { SyncRunStore } from '../sync/ports';
import { isTerminal, type SyncRunSummary } from '../sync/sync-run';
import { isRunBeforeCheckpoint, purgeCheckpoint, type PurgeCheckpoint } from './purge-checkpoint';

const dayMs = 86_400_000;
const runsPerPage = 100;
const changesPerPage = 200;

export interface RetentionDays {
  /** Retention of removed resources and of the change logs that name them. */
  readonly removedResources: number;
  /** Retention of sync runs, events and deliveries. */
  readonly history: number;
}

export class RemovedResourcesRetentionService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'fromCheckpoint'>,
    private readonly runs: Pick<SyncRunStore, 'listBefore' | 'get' | 'replace' | 'delete'>,
    private readonly changes: Pick<ChangeLog, 'list' | 'deleteRun'>,
    private readonly tombstones: Pick<TombstoneStore, 'find' | 'purge'>,
    private readonly goneFactories: Pick<GoneFactoryService, 'forget'>,
    private readonly retentionDays: RetentionDays,
    private readonly now: () => Date,
  ) {}

  /** A connector that fails does not stop the others. */
  async purgeBatch(checkpoint?: string): Promise<ScanBatch> {
    const start =
      checkpoint === undefined ? undefined : purgeCheckpoint.parse(JSON.parse(checkpoint));
    return scanBatch((failed) => this.purgeConnectors(start, failed), this.now);
  }

  /** Sorted by tenant and connector id. Yields checkpoints. */
  private async *purgeConnectors(
    start: PurgeCheckpoint | undefined,
    failed: string[],
  ): AsyncGenerator<PurgeCheckpoint> {
    for await (const connector of this.connectors.fromCheckpoint(start)) {
      const key = { tenantId: connector.tenantId, connectorId: connector.id };
      const continues = start?.tenantId === key.tenantId && start.connectorId === key.connectorId;
      try {
        yield* this.purgeConnector(connector, continues ? start : key);
        await this.goneFactories.forget(key);
      } catch (error) {
        failed.push(describeFailure(connector.id, error));
      }
      yield { ...key, done: true };
    }
  }

  private async *purgeConnector(
    { tenantId, id: connectorId, syncSummary }: Connector,
    start: PurgeCheckpoint,
  ): AsyncGenerator<PurgeCheckpoint> {
    const connector = { tenantId, connectorId };
    const removedBefore = this.timeBefore('removedResources');
    const finishedBefore = this.timeBefore('history');
    let continuation: string | undefined;
    do {
      const page = await this.runs.listBefore(connector, new Date(removedBefore), {
        limit: runsPerPage,
        ...(continuation !== undefined && { continuation }),
      });
      for (const run of page.items) {
        const { finishedAt } = run;
        if (isRunBeforeCheckpoint(run.id, start) || !isTerminal(run)) continue;
        if (finishedAt === undefined || finishedAt >= removedBefore) continue;
        const runStart = run.id === start.syncRunId ? start : connector;
        const isPurged =
          run.changesPurgedAt !== undefined ||
          (yield* this.purgeChanges(run, removedBefore, runStart));
        // The connector refers to its last sync run.
        const isLast = run.id === syncSummary?.lastSyncRunId;
        if (isPurged && finishedAt < finishedBefore && !isLast) await this.deleteRun(run);
        yield { ...connector, syncRunId: run.id };
      }
      continuation = page.continuation;
    } while (continuation !== undefined);
  }

  /** True if all rows that the sync run removed are purged, and with them its change log. */
  private async *purgeChanges(
    { tenantId, connectorId, id: syncRunId, removalsConfirmed }: SyncRunSummary,
    before: string,
    { page: firstPage, remaining: remainingBefore = 0 }: PurgeCheckpoint,
  ): AsyncGenerator<PurgeCheckpoint, boolean> {
    const connector = { tenantId, connectorId };
    const criteria = { before, confirmed: removalsConfirmed && syncRunId };
    let remaining = remainingBefore;
    let continuation = firstPage;
    do {
      const page = await this.changes.list(
        connector,
        syncRunId,
        { change: 'removed' },
        { limit: changesPerPage, ...(continuation !== undefined && { continuation }) },
      );
      remaining += await this.purgeRows(connector, page.items, criteria);
      continuation = page.continuation;
      if (continuation !== undefined)
        yield { ...connector, syncRunId, page: continuation, remaining };
    } while (continuation !== undefined);
    if (remaining > 0) return false;
    await this.changes.deleteRun(connector, syncRunId);
    return this.recordPurged(connector, syncRunId);
  }

  /**
   * Returns the number of rows that remain: removed again later, quarantined, or changed meanwhile.
   */
  private async purgeRows(
    connector: ConnectorKey,
    changes: readonly FactoryChange[],
    criteria: PurgeCriteria,
  ): Promise<number> {
    let remaining = 0;
    for (const [factory, rowKeys] of rowsByFactory(changes)) {
      const found = await this.tombstones.find(connector, factory, rowKeys);
      const purgeable = found.filter((tombstone) => isPurgeable(tombstone, criteria));
      remaining += found.length - purgeable.length;
      remaining += await this.tombstones.purge(connector, factory, purgeable);
    }
    return remaining;
  }

  /** False if the sync run changed meanwhile. The next night records it. */
  private async recordPurged(connector: ConnectorKey, syncRunId: string): Promise<boolean> {
    const run = await this.runs.get(connector, syncRunId);
    if (!run) return false;
    const changesPurgedAt = this.now().toISOString();
    return this.runs.replace({ ...run, changesPurgedAt }).then(() => true, unlessStale);
  }

  private async deleteRun(run: SyncRunSummary): Promise<void> {
    const stored = await this.runs.get(run, run.id);
    if (stored) await this.runs.delete(stored).catch(unlessStale);
  }

  private timeBefore(data: keyof RetentionDays): string {
    return new Date(this.now().getTime() - this.retentionDays[data] * dayMs).toISOString();
  }
}

function unlessStale(error: unknown): false {
  if (error instanceof StaleError) return false;
  throw error;
}
