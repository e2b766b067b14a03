/**
 * What a sync removed goes for good when it has been gone long enough; with it goes the sync's list of changes, and in
 * its own time the sync. That list names what is to go, so nobody looks through the catalogue. Everything may be done
 * twice, also at once: a row is only deleted as it was found.
 */
import type { ChangeLog, TombstoneStore } from '../catalog/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { FactoryChange } from '../catalog/change-log';
import { isPurgeable, rowsByFactory, type PurgeCriteria } from '../catalog/tombstone';
import type { Connector } from '../connectors/connector';
import type { ConnectorCheckpoint, ConnectorService } from '../connectors/connector-service';
import { StaleError } from '../errors/app-error';
import { describeFailure, scanBatch, type ScanBatch } from '../durable/time-boxed-scan';
import type { SyncRunStore } from '../sync/ports';
import { isTerminal, type SyncRunSummary } from '../sync/sync-run';

const dayInMs = 86_400_000;
const runsInPage = 100;
const changesInPage = 200;

export interface RetentionDays {
  /** What was removed, and the list of changes it stands in. */
  readonly removedResources: number;
  /** What happened: syncs, events, deliveries. */
  readonly history: number;
}

/** Where a stretch ended: behind a run of a connector, or in its list of changes when a page is named. */
interface PurgeCheckpoint extends ConnectorCheckpoint {
  readonly syncRunId?: string;
  readonly page?: string;
  /** So many of the rows before that page have to stay. */
  readonly remaining?: number;
}

export class RemovedResourcesRetentionService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'inOrder'>,
    private readonly runs: Pick<SyncRunStore, 'before' | 'get' | 'replace' | 'delete'>,
    private readonly changes: Pick<ChangeLog, 'list' | 'deleteRun'>,
    private readonly tombstones: Pick<TombstoneStore, 'find' | 'purge'>,
    private readonly retentionDays: RetentionDays,
    private readonly now: () => Date,
  ) {}

  /** One stretch of it. A connector that fails keeps the others waiting no longer than it takes to fail. */
  async purgeBatch(from?: string): Promise<ScanBatch> {
    const place = from === undefined ? undefined : (JSON.parse(from) as PurgeCheckpoint);
    return scanBatch((failed) => this.purgeConnectors(place, failed), this.now);
  }

  /** Connectors in the order of tenants and ids. Yields where to go on from. */
  private async *purgeConnectors(from: PurgeCheckpoint | undefined, failed: string[]): AsyncGenerator<PurgeCheckpoint> {
    for await (const connector of this.connectors.inOrder(from)) {
      const place: PurgeCheckpoint = { tenantId: connector.tenantId, connectorId: connector.id };
      const goesOn = from?.tenantId === place.tenantId && from.connectorId === place.connectorId;
      try {
        yield* this.purgeConnector(connector, goesOn ? from : place);
      } catch (error) {
        failed.push(describeFailure(connector.id, error));
      }
      yield { ...place, done: true };
    }
  }

  private async *purgeConnector(
    { tenantId, id: connectorId, syncSummary }: Connector,
    from: PurgeCheckpoint,
  ): AsyncGenerator<PurgeCheckpoint> {
    const connector = { tenantId, connectorId };
    const [ripe, old] = [this.timeBefore('removed'), this.timeBefore('history')];
    let continuation: string | undefined;
    do {
      const page = await this.runs.listBefore(connector, new Date(ripe), {
        limit: runsInPage,
        ...(continuation !== undefined && { continuation }),
      });
      for (const run of page.items) {
        if (isDone(run, from)) continue;
        if (!isTerminal(run) || run.finishedAt === undefined || run.finishedAt >= ripe) continue;
        const settled =
          run.changesPurgedAt !== undefined ||
          (yield* this.purgeChanges(run, ripe, run.id === from.syncRunId ? from : connector));
        // The last sync is what the connectors page leads to.
        if (settled && run.finishedAt < old && run.id !== syncSummary?.lastSyncRunId)
          await this.deleteRun(run);
        yield { ...connector, syncRunId: run.id };
      }
      continuation = page.continuation;
    } while (continuation !== undefined);
  }

  /** True when nothing that the run removed is left, so that its list of changes could go. */
  private async *purgeChanges(
    { tenantId, connectorId, id: runId, removalsConfirmed }: SyncRunSummary,
    before: string,
    { page: first, remaining: leftBefore = 0 }: PurgeCheckpoint,
  ): AsyncGenerator<PurgeCheckpoint, boolean> {
    const connector = { tenantId, connectorId };
    const ripeness = { before, confirmed: removalsConfirmed && runId };
    let left = leftBefore;
    let continuation = first;
    do {
      const page = await this.changes.list(
        connector,
        runId,
        { change: 'removed' },
        { limit: changesInPage, ...(continuation !== undefined && { continuation }) },
      );
      left += await this.purgeRows(connector, page.items, ripeness);
      continuation = page.continuation;
      if (continuation !== undefined) yield { ...connector, syncRunId: runId, page: continuation, remaining: left };
    } while (continuation !== undefined);
    if (left > 0) return false;
    await this.changes.deleteRun(connector, runId);
    return this.recordPurged(connector, runId);
  }

  /** Gives the number of rows that may stay hidden: removed again of late, held, or changed at this moment. */
  private async purgeRows(
    connector: ConnectorKey,
    changes: readonly FactoryChange[],
    ripeness: PurgeCriteria,
  ): Promise<number> {
    let left = 0;
    for (const [factory, rowKeys] of rowsByFactory(changes)) {
      const found = await this.tombstones.find(connector, factory, rowKeys);
      const ripe = found.filter((tombstone) => isPurgeable(tombstone, ripeness));
      left += found.length - ripe.length;
      left += await this.tombstones.purge(connector, factory, ripe);
    }
    return left;
  }

  /** When somebody else writes the run at this moment, the next time is early enough. */
  private async recordPurged(connector: ConnectorKey, runId: string): Promise<boolean> {
    const run = await this.runs.get(connector, runId);
    if (!run) return false;
    const changesPurgedAt = this.now().toISOString();
    return this.runs.replace({ ...run, changesPurgedAt }).then(() => true, unlessStale);
  }

  private async deleteRun(run: SyncRunSummary): Promise<void> {
    const stored = await this.runs.get(run, run.id);
    if (stored) await this.runs.delete(stored).catch(unlessStale);
  }

  private timeBefore(what: keyof RetentionDays): string {
    return new Date(this.now().getTime() - this.retentionDays[what] * dayInMs).toISOString();
  }
}

function unlessStale(error: unknown): false {
  if (error instanceof StaleError) return false;
  throw error;
}

/** Newest first. */
const isDone = ({ id }: SyncRunSummary, { syncRunId, page }: PurgeCheckpoint): boolean =>
  syncRunId !== undefined && (page === undefined ? id >= syncRunId : id > syncRunId);
