/**
 * Whether a run may go on: its steps ask between pages. A worker looks at the row a few times a second at most, however
 * many lists it reads, and all that ask in the meantime share the answer.
 */
import type { Halt } from '../catalog/mirror';
import type { ConnectorKey } from '../catalog/resource';
import type { SyncRunStore } from './ports';
import { haltOf } from './sync-run';

const goodForInMs = 200;
const mostRuns = 100;

interface Look {
  readonly at: number;
  readonly answer: Promise<Halt | undefined>;
}

export class HaltService {
  private readonly looks = new Map<string, Look>();

  constructor(
    private readonly runs: Pick<SyncRunStore, 'get'>,
    private readonly now: () => Date,
  ) {}

  ask(connector: ConnectorKey, runId: string): Promise<Halt | undefined> {
    const now = this.now().getTime();
    const last = this.looks.get(runId);
    // A clock that was set back must not keep an old answer alive.
    if (last && Math.abs(now - last.at) < goodForInMs) return last.answer;
    const answer = this.runs.get(connector, runId).then(haltOf);
    this.looks.delete(runId);
    this.looks.set(runId, { at: now, answer });
    const [oldest] = this.looks.keys();
    if (this.looks.size > mostRuns && oldest !== undefined) this.looks.delete(oldest);
    return answer;
  }
}
