/** Purges one batch of a retention task. The next batch continues at the checkpoint of this one. */
import type { AuditRetentionService } from '../audit/audit-retention-service';
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
/**
 * Histories of these days before are purged day by day, so that no call takes long. Older ones are few:
 * instances that ran for weeks.
 */
const purgedDays = 30;

export class RetentionService {
  constructor(
    private readonly removedResources: Pick<RemovedResourcesRetentionService, 'purgeBatch'>,
    private readonly runHistory: Pick<RunHistoryRetentionService, 'purgeBatch'>,
    private readonly history: {
      readonly events: Pick<EventStore, 'deleteBefore'>;
      readonly deliveries: Pick<DeliveryStore, 'deleteBefore'>;
    },
    private readonly audit: Pick<AuditRetentionService, 'deleteExpired'>,
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
      case 'audit': {
        const next = await timeBoxedScan(this.audit.deleteExpired(checkpoint), this.now);
        return next === undefined ? {} : { next };
      }
      case 'connectionAttempts':
      case 'idempotency':
      case 'rateLimits': {
        const next = await timeBoxedScan(this.expiring[task].deleteExpired(), this.now);
        return next === undefined ? {} : { next };
      }
      case 'durableHistory': {
        const next = await timeBoxedScan(this.purgeHistory(durableClient, checkpoint), this.now);
        return next === undefined ? {} : { next };
      }
    }
  }

  /**
   * Yields the time up to which histories are purged. A call that times out is repeated by the retry
   * of the step, for the instances that remain.
   */
  private async *purgeHistory(
    durableClient: Pick<DurableClient, 'purgeHistory'>,
    checkpoint: string | undefined,
  ): AsyncGenerator<string> {
    const end = this.now().getTime() - instanceDays * dayMs;
    let from = checkpoint === undefined ? 0 : Date.parse(checkpoint);
    while (from < end) {
      const to = from === 0 ? end - purgedDays * dayMs : Math.min(from + dayMs, end);
      await durableClient.purgeHistory(new Date(from), new Date(to));
      yield new Date(to).toISOString();
      from = to;
    }
  }
}
