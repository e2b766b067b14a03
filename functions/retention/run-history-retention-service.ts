/**
 * Run history that no sync looks after any more: of factories that are gone, of connectors that are expired. Where syncs
 * go on, they drop what is old themselves.
 */
import type { ConnectorKey } from '../storage/connector-key';
import type { ConnectorCheckpoint, ConnectorService } from '../connectors/connector-service';
import { describeFailure, scanBatch, type ScanBatch } from '../durable/time-boxed-scan';
import type { FactoryHistory, RunHistoryStateStore, RunHistoryStore } from '../run-history/ports';
import { dayMs, dayOf } from '../run-history/run';

export class RunHistoryRetentionService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'inOrder'>,
    private readonly runs: Pick<RunHistoryStore, 'deleteBefore'>,
    private readonly states: RunHistoryStateStore,
    private readonly keptInDays: number,
    private readonly now: () => Date,
  ) {}

  /** One stretch of it. A connector that fails is tried again the next night. */
  async purgeBatch(from?: string): Promise<ScanBatch> {
    const place = from === undefined ? undefined : (JSON.parse(from) as ConnectorCheckpoint);
    return scanBatch((failed) => this.purgeConnectors(place, failed), this.now);
  }

  private async *purgeConnectors(
    from: ConnectorCheckpoint | undefined,
    failed: string[],
  ): AsyncGenerator<ConnectorCheckpoint> {
    const oldest = dayOf(this.now().getTime() - this.keptInDays * dayMs);
    for await (const { tenantId, id: connectorId } of this.connectors.inOrder(from)) {
      const connector = { tenantId, connectorId };
      try {
        for (const history of await this.states.listFactories(connector))
          await this.purgeFactory(connector, history, oldest);
      } catch (error) {
        failed.push(describeFailure(connectorId, error));
      }
      yield { ...connector, done: true };
    }
  }

  private async purgeFactory(
    connector: ConnectorKey,
    { factory, days }: FactoryHistory,
    oldest: string,
  ): Promise<void> {
    if (days.every((day) => day >= oldest)) return;
    await this.runs.deleteBefore(connector, factory, oldest);
    // With younger days a sync may be writing the state at this moment, and will say so itself.
    if (days.some((day) => day >= oldest)) return;
    const state = await this.states.load(connector, factory);
    await this.states.save(connector, factory, { ...state, days: [], queue: [], recent: {} });
  }
}
