/** What is kept for so long and no longer. A stretch at a time; whoever goes on from where it ended misses nothing. */
import type { EventStore } from '../events/ports';
import type { RunHistoryRetentionService } from './run-history-retention-service';
import type { RemovedResourcesRetentionService } from './removed-resources-retention-service';
import { timeBoxedScan, type ScanBatch } from '../durable/time-boxed-scan';
import type { DeliveryStore } from '../webhooks/ports';
import type { RetentionInput } from './retention-task';

const dayInMs = 86_400_000;

export class RetentionService {
  constructor(
    private readonly purges: Pick<RemovedResourcesRetentionService, 'purge'>,
    private readonly runs: Pick<RunHistoryRetentionService, 'runRetention'>,
    private readonly stores: {
      readonly events: Pick<EventStore, 'deleteBefore'>;
      readonly deliveries: Pick<DeliveryStore, 'deleteBefore'>;
    },
    private readonly historyInDays: number,
    private readonly now: () => Date,
  ) {}

  async forget({ part, from }: RetentionInput): Promise<ScanBatch> {
    if (part === 'removed') return this.purges.purge(from);
    if (part === 'runs') return this.runs.runRetention(from);
    const before = new Date(this.now().getTime() - this.historyInDays * dayInMs);
    const next = await timeBoxedScan(this.stores[part].deleteBefore(before, from), this.now);
    return next === undefined ? {} : { next };
  }
}
