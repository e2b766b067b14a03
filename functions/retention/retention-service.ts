/** Purges one batch of a retention task. The next batch continues at the checkpoint of this one. */
import type { DurableClient } from '../durable/ports';
import { timeBoxedScan, type ScanBatch } from '../durable/time-boxed-scan';
import type { EventStore } from '../events/ports';
import type { DeliveryStore } from '../webhooks/ports';
import type { ExpiringData } from './ports';
import type { RemovedResourcesRetentionService } from './removed-resources-retention-service';
import type { RetentionInput } from './retention-task';
import type { RunHistoryRetentionService } from './run-history-retention-service';

const dayMs = 86_400_000;
/** Long enough to examine a failed instance. Results are in our own rows. */
const instanceDays = 14;

export class RetentionService {
  constructor(
    private readonly removedResources: Pick<RemovedResourcesRetentionService, 'purgeBatch'>,
    private readonly runHistory: Pick<RunHistoryRetentionService, 'purgeBatch'>,
    private readonly history: {
      readonly events: Pick<EventStore, 'deleteBefore'>;
      readonly deliveries: Pick<DeliveryStore, 'deleteBefore'>;
    },
    private readonly expiring: {
      readonly connectionAttempts: ExpiringData;
      readonly idempotency: ExpiringData;
      readonly rateLimits: ExpiringData;
    },
    private readonly historyDays: number,
    private readonly now: () => Date,
  ) {}

  async purgeBatch(
    { task, checkpoint }: RetentionInput,
    durableClient: Pick<DurableClient, 'purgeHistory'>,
  ): Promise<ScanBatch> {
    switch (task) {
      case 'removedResources':
        return this.removedResources.purgeBatch(checkpoint);
      case 'runHistory':
        return this.runHistory.purgeBatch(checkpoint);
      case 'events':
      case 'deliveries': {
        const before = new Date(this.now().getTime() - this.historyDays * dayMs);
        const rows = this.history[task].deleteBefore(before, checkpoint);
        const next = await timeBoxedScan(rows, this.now);
        return next === undefined ? {} : { next };
      }
      case 'connectionAttempts':
      case 'idempotency':
      case 'rateLimits': {
        const next = await timeBoxedScan(this.expiring[task].deleteExpired(), this.now);
        return next === undefined ? {} : { next };
      }
      case 'durableHistory':
        // One call. If it times out, the retry continues with the instances that remain.
        await durableClient.purgeHistory(new Date(this.now().getTime() - instanceDays * dayMs));
        return {};
    }
  }
}
