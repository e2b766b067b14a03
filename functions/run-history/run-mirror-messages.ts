/** What travels to and from the mirror of runs: small and plain, since a Durable history keeps it. */
import type { Failure } from '../catalog/mirror-messages';
import type { StopRequest } from '../durable/stop-request';
import type { FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';

/** Pipeline runs first, then trigger runs, then the activities of chosen runs. */
export type RunPhase = 'pipeline' | 'trigger' | 'activity';

export interface RunCursor {
  readonly phase: RunPhase;
  /** The end of the window, the same for all steps of a sync. */
  readonly before: string;
  readonly continuation?: string;
  /** Queries for activities that this sync may still make. */
  readonly budget: number;
}

export interface RunTarget extends ConnectorKey {
  readonly factory: FactoryRef;
  /** The sync run. */
  readonly syncRunId: string;
  /** How many factories share the queries of a sync. */
  readonly factoryCount: number;
  readonly cursor?: RunCursor;
}

export interface RunTally {
  readonly pipelineRuns: number;
  readonly triggerRuns: number;
  /** Runs whose activities were read. */
  readonly runsWithActivities: number;
  /** Runs whose activities are still to be read, by later syncs. */
  readonly remaining: number;
}

/** What people see of it while it goes on. */
export interface RunReport {
  count(more: Partial<Omit<RunTally, 'left'>>): void;
  /** How many runs are left whose activities this sync will ask for. */
  setRemaining(runs: number): void;
}

export const emptyRunTally: RunTally = { pipelineRuns: 0, triggerRuns: 0, runsWithActivities: 0, remaining: 0 };

export const addRunTallies = (tallies: readonly RunTally[]): RunTally =>
  tallies.reduce(
    (sum, { pipelineRuns, triggerRuns, runsWithActivities, remaining }) => ({
      pipelineRuns: sum.pipelineRuns + pipelineRuns,
      triggerRuns: sum.triggerRuns + triggerRuns,
      runsWithActivities: sum.runsWithActivities + runsWithActivities,
      remaining: sum.remaining + remaining,
    }),
    emptyRunTally,
  );

/** With a cursor there is more to read, not before the time given. */
export interface RunMirrorResult {
  readonly tally: RunTally;
  readonly cursor?: RunCursor;
  readonly notBefore?: string;
  /** Why it stopped before its end although there was more to read. */
  readonly halted?: StopRequest;
  readonly failure?: Failure;
}
