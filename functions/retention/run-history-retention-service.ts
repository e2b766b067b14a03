/**
 * Run history that no sync looks after any more: of factories that are gone, of connectors that are expired. Where syncs
 * go on, they drop what is old themselves.
 */
import type { ConnectorKey } from '../data-factory/resource';
import type { ConnectorCheckpoint, ConnectorService } from '../connectors/connector-service';
import { failureOf, scanBatch, type ScanBatch } from '../durable/time-boxed-scan';
import type { FactoryHistory, RunHistoryStateStore, RunHistoryStore } from '../run-history/ports';
import { dayInMs, dayOf } from '../run-history/run';

export class RunHistoryRetentionService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'inOrder'>,
    private readonly runs: Pick<RunHistoryStore, 'deleteBefore'>,
    private readonly states: RunHistoryStateStore,
    private readonly keptInDays: number,
    private readonly now: () => Date,
  ) {}

  /** One stretch of it. A connector that fails is tried again the next night. */
  async runRetention(from?: string): Promise<ScanBatch> {
    const place = from === undefined ? undefined : (JSON.parse(from) as ConnectorCheckpoint);
    return scanBatch((failed) => this.walk(place, failed), this.now);
  }

  private async *walk(
    from: ConnectorCheckpoint | undefined,
    failed: string[],
  ): AsyncGenerator<ConnectorCheckpoint> {
    const oldest = dayOf(this.now().getTime() - this.keptInDays * dayInMs);
    for await (const { tenantId, id: connectorId } of this.connectors.inOrder(from)) {
      const connector = { tenantId, connectorId };
      try {
        for (const history of await this.states.histories(connector))
          await this.drop(connector, history, oldest);
      } catch (error) {
        failed.push(failureOf(connectorId, error));
      }
      yield { ...connector, done: true };
    }
  }

  private async drop(
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
