/** What travels between the orchestrators and their steps. Durable history keeps it: plain, small, never a secret. */
import type { Alarm, Failure, MirrorTarget } from '../catalog/mirror-messages';
import type { StopRequest } from '../durable/stop-request';
import type { Tallies } from '../catalog/tallies';
import type { FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import type { RunCursor, RunTally } from '../run-history/run-mirror-messages';
import type { FactoryOutcome, SyncMode } from './sync-run';

export interface SyncRunKey extends ConnectorKey {
  readonly syncRunId: string;
}

export interface SyncTarget extends SyncRunKey {
  readonly mode: SyncMode;
  /** Only the factories that failed in this run are read. */
  readonly retryOf?: string;
}

/** The input of syncConnector: a fresh start, or where continue-as-new left off. */
export interface SyncInput extends SyncTarget {
  /** Factories up to this one are done: a lower-cased ARM id. */
  readonly after?: string;
  readonly reports?: readonly FactoryReport[];
  /** Factories of the whole sync, as they were first found. */
  readonly total?: number;
  /** How many sub-orchestrations were started before: each has a number of its own. */
  readonly startedCount?: number;
}

export interface Stoppable {
  readonly halted?: StopRequest;
}

export type DiscoverInput = SyncTarget & { readonly after?: string };

/** `missed`: two runs have looked for it in vain. `unwanted`: known, but filtered out since. */
export type DiscoveredFactory = FactoryRef & {
  readonly missing?: true;
  readonly filteredOut?: true;
  /** How many objects it held when it was last looked at. */
  readonly expectedObjects?: number;
};

export type DiscoveryResult =
  /** Azure asks for patience. */
  | { readonly notBefore: string }
  /** `after` is absent when these were the last. With it, `total` counts all of them, those before included. */
  | {
      readonly factories: readonly DiscoveredFactory[];
      readonly after?: string;
      readonly total?: number;
    };

export type FactoryTarget = SyncTarget & {
  readonly factory: FactoryRef;
  /** How many factories share what a sync may ask about runs. */
  readonly factoryCount?: number;
  readonly missing?: true;
  readonly filteredOut?: true;
  readonly expectedObjects?: number;
  /** Its run history has to wait until the lists of all factories are read. */
  readonly listsOnly?: true;
  /** What an earlier start of this factory left. Without open lists, its run history is what is left. */
  readonly checkpoint?: FactoryCheckpoint;
};

/** A factory that is to be removed; `held` when that has to be confirmed before anything is purged. */
export type FactoryRemoval = FactoryTarget & { readonly quarantined?: true };

/** One kind that is still to be read, from its cursor on. */
export type PendingList = MirrorTarget & { readonly notBefore?: string };

export interface FactoryCheckpoint {
  readonly pending: readonly PendingList[];
  readonly failures: Readonly<Record<string, Failure>>;
  readonly massRemovals: Readonly<Record<string, Alarm>>;
  readonly tallies: Tallies;
  readonly runHistory?: RunHistoryCheckpoint;
}

/** How far its run history is: what came of it so far, and where it goes on. */
export interface RunHistoryCheckpoint {
  readonly tally: RunTally;
  readonly cursor?: RunCursor;
  readonly notBefore?: string;
}

/** A factory that is not through says what it came to so far, and where it goes on. */
export type FactoryResult = FactoryReport & {
  readonly checkpoint?: FactoryCheckpoint;
  readonly paused?: true;
};

export interface FactoryReport {
  readonly outcome: FactoryOutcome;
  readonly tallies: Tallies;
}

/** How one factory ended, told while others go on. */
export interface FactoryEndReport extends SyncRunKey {
  readonly report: FactoryReport;
  readonly expectedObjects?: number;
  /** Only its lists are read so far. */
  readonly runHistoryPending?: true;
  /** Since this part of it was begun. */
  readonly durationMs: number;
}

export interface SyncOutcome extends SyncTarget {
  readonly reports: readonly FactoryReport[];
  /** What ended the sync as a whole before its end. */
  readonly failure?: Failure;
}
