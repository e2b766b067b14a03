/**
 * Tells steps between pages whether their sync run is paused or cancelled. A worker reads the row
 * at most once a second for all the lists it reads.
 */
import { TtlCache } from '../concurrency/ttl-cache';
import type { StopRequest } from '../durable/stop-request';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { SyncRunStore } from './ports';
import { stopRequestOf } from './sync-run';

const ttlMs = 1_000;
const maxRuns = 100;

export class StopRequestService {
  private readonly cache: TtlCache<StopRequest | undefined>;

  constructor(
    private readonly store: Pick<SyncRunStore, 'get'>,
    now: () => Date,
  ) {
    this.cache = new TtlCache(ttlMs, maxRuns, now);
  }

  check(key: SyncRunKey): Promise<StopRequest | undefined> {
    return this.cache.getOrLoad(key.syncRunId, () =>
      this.store.get(key, key.syncRunId).then(stopRequestOf),
    );
  }
}
