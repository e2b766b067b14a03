/**
 * Tells steps between pages whether their sync run is paused or cancelled. A worker reads the row at
 * most five times a second for all the lists it reads, and less often the longer the sync run takes.
 */
import { BoundedMap } from '../concurrency/bounded-map';
import type { StopRequest } from '../durable/stop-request';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { SyncRunStore } from './ports';
import { stopRequestOf } from './sync-run';

const minAgeMs = 200;
const maxAgeMs = 2_000;
/** Of the time since the first read, so that a long sync run makes few requests. */
const ageShare = 1 / 50;
const maxRuns = 100;

interface Known {
  readonly firstReadAt: number;
  readonly readAt: number;
  readonly stopRequest: Promise<StopRequest | undefined>;
}

export class StopRequestService {
  private readonly runs = new BoundedMap<Known>(maxRuns);

  constructor(
    private readonly store: Pick<SyncRunStore, 'get'>,
    private readonly now: () => Date,
  ) {}

  check(key: SyncRunKey): Promise<StopRequest | undefined> {
    const now = this.now().getTime();
    const known = this.runs.get(key.syncRunId);
    if (known && isFresh(known, now)) return known.stopRequest;
    const stopRequest = this.store.get(key, key.syncRunId).then(stopRequestOf);
    const { firstReadAt = now } = known ?? {};
    this.runs.set(key.syncRunId, { firstReadAt, readAt: now, stopRequest });
    stopRequest.catch(() => {
      if (this.runs.get(key.syncRunId)?.stopRequest === stopRequest)
        this.runs.delete(key.syncRunId);
    });
    return stopRequest;
  }
}

/** A clock that was set back must not keep an old value. */
function isFresh({ firstReadAt, readAt }: Known, now: number): boolean {
  const maxMs = Math.min(maxAgeMs, Math.max(minAgeMs, (readAt - firstReadAt) * ageShare));
  return now >= readAt && now - readAt < maxMs;
}
