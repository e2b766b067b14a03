/**
 * Whether a run may go on: its steps ask between pages. A worker looks at the row a few times a second at most, however
 * many lists it reads, and all that ask in the meantime share the answer.
 */
import type { Halt } from '../catalog/mirror-messages';
import type { ConnectorKey } from '../data-factory/resource';
import { Looks } from '../concurrency/ttl-cache';
import type { SyncRunStore } from './ports';
import { haltOf } from './sync-run';

const goodForInMs = 200;
const mostRuns = 100;

export class HaltService {
  private readonly looks: Looks<Halt | undefined>;

  constructor(
    private readonly runs: Pick<SyncRunStore, 'get'>,
    now: () => Date,
  ) {
    this.looks = new Looks(goodForInMs, mostRuns, now);
  }

  ask(connector: ConnectorKey, runId: string): Promise<Halt | undefined> {
    return this.looks.share(runId, () => this.runs.get(connector, runId).then(haltOf));
  }
}
