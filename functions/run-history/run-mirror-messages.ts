/** Messages to and from the run mirror. Durable stores them: small plain JSON. */
import type { FactoryRef } from '../data-factory/resource';
import type { StopRequest } from '../durable/stop-request';
import type { FailureInfo } from '../errors/app-error';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { RunTally } from './run-tallies';

/** The phases in order: pipeline runs, trigger runs, activities of selected pipeline runs. */
export type RunPhase = 'pipeline' | 'trigger' | 'activity';

export interface RunCursor {
  readonly phase: RunPhase;
  /** End of the window, the same for all steps of a sync run. */
  readonly before: string;
  readonly continuation?: string;
  /** Activity queries that this sync run may still send for the factory. */
  readonly budget: number;
}

export interface RunTarget extends SyncRunKey {
  readonly factory: FactoryRef;
  /** Activity queries that the sync run may send for the factory. The maximum by default. */
  readonly activityQueries?: number;
  readonly cursor?: RunCursor;
}

/** Receives progress while a step runs. */
export interface RunReport {
  count(more: Partial<Omit<RunTally, 'remaining'>>): void;
  /** Sets the number of runs whose activities this sync run will still read. */
  setRemaining(runs: number): void;
}

export interface RunMirrorResult {
  readonly tally: RunTally;
  /** Present if there is more to read. */
  readonly cursor?: RunCursor;
  /** Earliest time to continue, if Azure is throttling. */
  readonly notBefore?: string;
  /** Present if a stop request ended the step early. */
  readonly stopRequest?: StopRequest;
  readonly failure?: FailureInfo;
}
