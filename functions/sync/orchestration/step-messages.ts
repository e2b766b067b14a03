/**
 * Messages between the orchestrators and their steps. Durable stores them: small plain JSON, no
 * secret.
 */
import type { MassRemoval, MirrorTarget } from '../../catalog/mirror-messages';
import type { FailureInfo } from '../../errors/app-error';
import type { Tallies } from '../../catalog/tallies';
import type { FactoryRef } from '../../data-factory/resource';
import type { RunCursor } from '../../run-history/run-mirror-messages';
import type { RunTally } from '../../run-history/run-tallies';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type { FactoryOutcome, SyncMode } from '../sync-run';

export interface SyncTarget extends SyncRunKey {
  readonly mode: SyncMode;
  /** Reads only the factories that failed in this sync run. */
  readonly retryOf?: string;
}

/** The input of syncConnector: a new sync run, or its continuation in a new Durable history. */
export interface SyncInput extends SyncTarget {
  /** Factories up to this lower-case ARM id are done. */
  readonly after?: string;
  readonly reports?: readonly FactoryReport[];
  /** Number of factories in the whole sync run. */
  readonly factoryCount?: number;
  /** Number of sub-orchestrations so far; it makes their instance ids unique. */
  readonly startedCount?: number;
}

export type DiscoverInput = SyncTarget & { readonly after?: string };

export type DiscoveredFactory = FactoryRef & {
  /** Two sync runs in a row did not find the factory. */
  readonly missing?: true;
  /** The catalog has the factory, but the filters of the connector now exclude it. */
  readonly filteredOut?: true;
  /** Number of objects in the factory at the last sync. */
  readonly expectedObjects?: number;
};

export type DiscoveryResult =
  /** Azure throttled discovery until this time. */
  | { readonly notBefore: string }
  /** `after`, and `factoryCount` of all pages, are absent on the last page. */
  | {
      readonly factories: readonly DiscoveredFactory[];
      readonly after?: string;
      readonly factoryCount?: number;
    };

export type FactoryTarget = SyncTarget & {
  readonly factory: FactoryRef;
  /** Number of factories that share the run-history queries of the sync run. */
  readonly factoryCount?: number;
  readonly missing?: true;
  readonly filteredOut?: true;
  readonly expectedObjects?: number;
  /** Leaves run history for later, when the lists of all factories are read. */
  readonly listsOnly?: true;
  /** Where an earlier sub-orchestration stopped. Without pending lists, run history is next. */
  readonly checkpoint?: FactoryCheckpoint;
};

/** `quarantined`: the removal must be confirmed before anything is purged. */
export type FactoryRemoval = FactoryTarget & { readonly quarantined?: true };

/** One kind of resource that is not read to its end. */
export type PendingList = MirrorTarget & { readonly notBefore?: string };

export interface FactoryCheckpoint {
  readonly pending: readonly PendingList[];
  readonly failures: Readonly<Record<string, FailureInfo>>;
  readonly massRemovals: Readonly<Record<string, MassRemoval>>;
  readonly tallies: Tallies;
  readonly runHistory?: RunHistoryCheckpoint;
}

/** Counts of run history so far, and where reading continues. */
export interface RunHistoryCheckpoint {
  readonly tally: RunTally;
  readonly cursor?: RunCursor;
  readonly notBefore?: string;
}

/** With a checkpoint the factory is not finished: the report holds the counts so far. */
export type FactoryResult = FactoryReport & {
  readonly checkpoint?: FactoryCheckpoint;
  readonly paused?: true;
};

export interface FactoryReport {
  readonly outcome: FactoryOutcome;
  readonly tallies: Tallies;
}

/** How one factory ended, reported while others are still read. */
export interface FactoryEndReport extends SyncRunKey {
  readonly report: FactoryReport;
  readonly expectedObjects?: number;
  /** Only the lists of the factory are read so far. */
  readonly runHistoryPending?: true;
  /** Duration of the part that ended: the lists, or run history. */
  readonly durationMs: number;
}

export interface SyncOutcome extends SyncTarget {
  readonly reports: readonly FactoryReport[];
  /** Why the sync run as a whole ended early. */
  readonly failure?: FailureInfo;
}
