/**
 * Whether a run may go on: its steps ask between pages. A worker looks at the row a few times a second at most, however
 * many lists it reads, and all that ask in the meantime share the answer.
 */
import type { StopRequest } from '../durable/stop-request';
import type { ConnectorKey } from '../storage/connector-key';
import { TtlCache } from '../concurrency/ttl-cache';
import type { SyncRunStore } from './ports';
import { stopRequestOf } from './sync-run';

const ttlMs = 200;
const mostRuns = 100;

export class StopRequestService {
  private readonly cache: TtlCache<StopRequest | undefined>;

  constructor(
    private readonly runs: Pick<SyncRunStore, 'get'>,
    now: () => Date,
  ) {
    this.cache = new TtlCache(ttlMs, mostRuns, now);
  }

  check(connector: ConnectorKey, runId: string): Promise<StopRequest | undefined> {
    return this.cache.getOrLoad(runId, () => this.runs.get(connector, runId).then(stopRequestOf));
  }
}
