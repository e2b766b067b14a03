/**
 * Purges run history that no sync purges: of removed factories and of expired connections. A sync
 * purges the old run history of the factories that it reads.
 */
import type { EtagMapStore } from '../catalog/ports';
import { connectorCheckpoint, type ConnectorCheckpoint } from '../connectors/connector-checkpoint';
import type { ConnectorService } from '../connectors/connector-service';
import { describeFailure, scanBatch, type ScanBatch } from '../durable/time-boxed-scan';
import { SupersededError } from '../errors/app-error';
import type { FactoryHistory, RunHistoryStateStore, RunHistoryStore } from '../run-history/ports';
import { dayMs, dayOf } from '../run-history/run';
import { RunHistoryWriter } from '../run-history/run-history-writer';
import type { ConnectorKey } from '../storage/connector-key';

export class RunHistoryRetentionService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'fromCheckpoint'>,
    private readonly store: RunHistoryStore,
    private readonly states: RunHistoryStateStore,
    private readonly etagMaps: Pick<EtagMapStore, 'listFactories'>,
    private readonly retentionDays: number,
    private readonly now: () => Date,
  ) {}

  /** A connector that fails is tried again the next night. */
  async purgeBatch(checkpoint?: string): Promise<ScanBatch> {
    const start =
      checkpoint === undefined ? undefined : connectorCheckpoint.parse(JSON.parse(checkpoint));
    return scanBatch((failed) => this.purgeConnectors(start, failed), this.now);
  }

  private async *purgeConnectors(
    start: ConnectorCheckpoint | undefined,
    failed: string[],
  ): AsyncGenerator<ConnectorCheckpoint> {
    const oldestDay = dayOf(this.now().getTime() - this.retentionDays * dayMs);
    for await (const { tenantId, id: connectorId } of this.connectors.fromCheckpoint(start)) {
      const connector = { tenantId, connectorId };
      try {
        for (const history of await this.states.listFactories(connector))
          await this.purgeFactory(connector, history, oldestDay);
        await this.forgetFactories(connector);
      } catch (error) {
        failed.push(describeFailure(connectorId, error));
      }
      yield { ...connector, done: true };
    }
  }

  /** Deletes the states without runs of factories that the catalog has forgotten. */
  private async forgetFactories(connector: ConnectorKey): Promise<void> {
    const empty = (await this.states.listFactories(connector)).filter(
      ({ days }) => days.length === 0,
    );
    if (empty.length === 0) return;
    const known = new Set((await this.etagMaps.listFactories(connector)).map(({ hash }) => hash));
    for (const { hash, factory } of empty)
      if (!known.has(hash)) await this.states.delete(connector, factory);
  }

  private async purgeFactory(
    connector: ConnectorKey,
    { factory, days }: FactoryHistory,
    oldestDay: string,
  ): Promise<void> {
    if (days.every((day) => day >= oldestDay)) return;
    // With recent days, a sync may be writing the state now. It will drop the old days itself.
    if (days.some((day) => day >= oldestDay))
      return this.store.deleteBefore(connector, factory, oldestDay);
    const loaded = await this.states.load(connector, factory);
    const target = { ...connector, factory };
    const writer = new RunHistoryWriter(target, loaded, this.states, this.store, this.now);
    try {
      await writer.deleteBefore(oldestDay);
      await writer.saveState({ ...loaded.state, days: [], queue: [], recent: {} });
    } catch (error) {
      // A sync has begun to write the state.
      if (!(error instanceof SupersededError)) throw error;
    }
  }
}
