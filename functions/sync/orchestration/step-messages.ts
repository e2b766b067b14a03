/**
 * Messages between the orchestrators and their steps. Durable stores them: small plain JSON, no
 * secret.
 */
import type {
  ListFailure,
  MassRemoval,
  MirrorTarget,
  Quarantine,
} from '../../catalog/mirror-messages';
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
  readonly discoveryInDoubt?: boolean;
  /** Activity queries that the sync run has left. The maximum by default. */
  readonly activityQueries?: number;
}

export type DiscoverInput = SyncTarget & Pick<SyncInput, 'after' | 'discoveryInDoubt'>;

export type DiscoveredFactory = FactoryRef & {
  /** Discovery does not list the factory, but the catalog has it. */
  readonly unlisted?: true;
  /** Discovery may be incomplete, because it lists few of the known factories. */
  readonly discoveryInDoubt?: boolean;
  /** The first of the sync runs in a row for which the factory was gone. */
  readonly goneSinceRun?: string;
  /** The catalog has the factory, but the filters of the connector now exclude it. */
  readonly filteredOut?: true;
  /** The filters depend on tags, so a change in Azure may have excluded the factory. */
  readonly filteredByTags?: true;
  /** Number of objects in the factory at the last sync. */
  readonly expectedObjects?: number;
};

/** What discovery found out about a factory. */
export type DiscoveryEvidence = Omit<DiscoveredFactory, keyof FactoryRef>;

export type DiscoveryResult =
  /** Azure throttled discovery until this time. */
  | { readonly notBefore: string }
  /** `after`, and what concerns all pages, are absent on the last page. */
  | {
      readonly factories: readonly DiscoveredFactory[];
      readonly after?: string;
      readonly factoryCount?: number;
      readonly discoveryInDoubt?: boolean;
    };

export type FactoryTarget = SyncTarget &
  DiscoveryEvidence & {
    readonly factory: FactoryRef;
    /** Number of factories in the sync run. */
    readonly factoryCount?: number;
    /** Leaves run history for later, when the lists of all factories are read. */
    readonly listsOnly?: true;
    /** Activity queries for this factory. What it needs beyond them is left for later. */
    readonly activityQueries?: number;
    /** Where an earlier sub-orchestration stopped. Without pending lists, run history is next. */
    readonly checkpoint?: FactoryCheckpoint;
  };

export interface FactoryRemoval extends SyncRunKey {
  readonly factory: FactoryRef;
  readonly quarantine: Quarantine;
}

/** Records whether the factory was gone, for the next sync run. */
export interface GoneMark extends SyncRunKey {
  readonly factory: FactoryRef;
  readonly isGone: boolean;
}

/** One kind of resource that is not read to its end. */
export type PendingList = MirrorTarget & { readonly notBefore?: string };

export interface FactoryCheckpoint {
  readonly pending: readonly PendingList[];
  readonly failures: Readonly<Record<string, ListFailure>>;
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
