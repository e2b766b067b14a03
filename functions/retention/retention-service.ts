/** What is kept for so long and no longer. A stretch at a time; whoever goes on from where it ended misses nothing. */
import type { EventStore } from '../events/ports';
import type { RunRetentionService } from './run-history-retention-service';
import type { PurgeService } from './removed-resources-retention-service';
import { inTime, type Stretch } from '../durable/time-boxed-scan';
import type { DeliveryStore } from '../webhooks/ports';
import type { Forgetting } from './retention-task';

const dayInMs = 86_400_000;

export class RetentionService {
  constructor(
    private readonly purges: Pick<PurgeService, 'purge'>,
    private readonly runs: Pick<RunRetentionService, 'forgetOld'>,
    private readonly stores: {
      readonly events: Pick<EventStore, 'deleteBefore'>;
      readonly deliveries: Pick<DeliveryStore, 'deleteBefore'>;
    },
    private readonly historyInDays: number,
    private readonly now: () => Date,
  ) {}

  async forget({ part, from }: Forgetting): Promise<Stretch> {
    if (part === 'removed') return this.purges.purge(from);
    if (part === 'runs') return this.runs.forgetOld(from);
    const before = new Date(this.now().getTime() - this.historyInDays * dayInMs);
    const next = await inTime(this.stores[part].deleteBefore(before, from), this.now);
    return next === undefined ? {} : { next };
  }
}
