/** What one call of the run mirror works on: where it is, what it has done, what it has seen. */
import { UpstreamError } from '../errors/app-error';
import {
  emptyRunTally,
  type RunCursor,
  type RunReport,
  type RunTally,
  type RunTarget,
} from './run-mirror-messages';
import type { RunState } from './run-history-state';

export class RunMirrorState {
  tally: RunTally = emptyRunTally;
  private readonly visited = new Set<string>();
  private readonly secrets = new Map<string, Promise<(activity: string) => boolean>>();
  private restarted = false;

  constructor(
    readonly target: RunTarget,
    public state: RunState,
    public cursor: RunCursor,
    readonly deadline: number,
    readonly report: RunReport,
  ) {}

  count(more: Partial<Omit<RunTally, 'left'>>): void {
    this.report.count(more);
    const { pipelineRuns, triggerRuns, detailed, left } = this.tally;
    this.tally = {
      pipelineRuns: pipelineRuns + (more.pipelineRuns ?? 0),
      triggerRuns: triggerRuns + (more.triggerRuns ?? 0),
      detailed: detailed + (more.detailed ?? 0),
      left,
    };
  }

  reportRemaining(): void {
    this.report.leave(Math.min(this.state.queue.length, this.cursor.budget));
  }

  matchesEtag(continuation: string): boolean {
    const seen = this.visited.has(continuation);
    this.visited.add(continuation);
    return seen;
  }

  /** Once, when a continuation was refused. */
  mayRestart(error: unknown): boolean {
    const refused = error instanceof UpstreamError && error.code === 'resource_manager_rejected';
    if (!refused || this.cursor.continuation === undefined || this.restarted) return false;
    this.restarted = true;
    this.visited.clear();
    return true;
  }

  once(pipeline: string, load: () => Promise<(activity: string) => boolean>) {
    const known = this.secrets.get(pipeline) ?? load();
    this.secrets.set(pipeline, known);
    return known;
  }
}
