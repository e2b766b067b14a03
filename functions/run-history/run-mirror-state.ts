/** The state of one step of the run mirror: cursor, counts and visited pages. */
import { UpstreamError } from '../errors/app-error';
import type { RunHistoryState } from './run-history-state';
import type { RunHistoryWriter } from './run-history-writer';
import type { RunCursor, RunReport, RunTarget } from './run-mirror-messages';
import { addRunCounts, emptyRunTally, type RunTally } from './run-tallies';

type IsSecure = (activity: string) => boolean;

export class RunMirrorState {
  tally: RunTally = emptyRunTally;
  private readonly visited = new Set<string>();
  private readonly secureActivities = new Map<string, Promise<IsSecure>>();
  private hasRestarted = false;

  constructor(
    readonly target: RunTarget,
    public state: RunHistoryState,
    readonly writer: RunHistoryWriter,
    public cursor: RunCursor,
    readonly deadline: number,
    readonly report: RunReport,
  ) {}

  count(more: Partial<Omit<RunTally, 'remaining'>>): void {
    this.report.count(more);
    this.tally = addRunCounts(this.tally, more);
  }

  reportRemaining(): void {
    this.report.setRemaining(Math.min(this.state.queue.length, this.cursor.budget));
  }

  /** Records a page. True if it was visited before. */
  hasVisited(page: string): boolean {
    const isKnown = this.visited.has(page);
    this.visited.add(page);
    return isKnown;
  }

  /** True once, if Azure rejected a continuation: the window is then read again from its start. */
  mayRestart(error: unknown): boolean {
    const isRejected = error instanceof UpstreamError && error.code === 'resource_manager_rejected';
    if (!isRejected || this.cursor.continuation === undefined || this.hasRestarted) return false;
    this.hasRestarted = true;
    this.visited.clear();
    return true;
  }

  /** Loads the secure activities of a pipeline once per step. */
  secureActivitiesOf(pipeline: string, load: () => Promise<IsSecure>): Promise<IsSecure> {
    const known = this.secureActivities.get(pipeline) ?? load();
    this.secureActivities.set(pipeline, known);
    return known;
  }
}
