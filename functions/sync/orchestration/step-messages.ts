/**
 * Messages between the orchestrators and their steps. Durable stores them: small plain JSON, no
 * secret.
 */
import type { ListFailure, MassRemoval } from '../../catalog/mirror/mirror-messages';
import type { FailureInfo } from '../../errors/app-error';
import type { Tallies } from '../../catalog/tallies';
import type { SourceCursor } from '../../data-factory/ports';
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import type { StopRequest } from '../../durable/stop-request';
import type { RunCursor } from '../../run-history/run-mirror-messages';
import type { RunTally } from '../../run-history/run-tallies';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type { SyncMode } from '../sync-run';

export interface SyncTarget extends SyncRunKey {
  readonly mode: SyncMode;
  /** Reads only the factories that failed in this sync run. */
  readonly retryOf?: string;
}

/** The input of syncConnector: a new sync run, or its continuation in a new Durable history. */
export interface SyncInput extends SyncTarget {
  /** Factories up to this lower-case ARM id are done. */
  readonly after?: string;
  /** Number of factories in the whole sync run. */
  readonly factoryCount?: number;
  /** Number of factories up to `after`. */
  readonly finishedCount?: number;
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
  /** An earlier sync run changed rows of the factory, and did not update its derived data. */
  readonly derivedIsStale?: true;
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

/** What is read of a factory in one go: its lists first, then its run history. */
export type LanePart = 'lists' | 'runHistory';

/** One step reads a factory for at most a minute. This is where the next step continues. */
export interface StretchTarget extends SyncTarget {
  readonly factory: FactoryRef;
  /** Ends the factory with what is read: Azure has throttled it too often. */
  readonly isLast?: true;
}

export interface StretchResult<Checkpoint> {
  /** Absent if this part of the factory is done. */
  readonly checkpoint?: Checkpoint;
  /** Earliest time to continue, if Azure throttles all that remains. */
  readonly notBefore?: string;
  readonly stopRequest?: StopRequest;
}

export type FactoryTarget = StretchTarget &
  DiscoveryEvidence & { readonly checkpoint?: ListsCheckpoint };

/** One kind of resource that is not read to its end. */
export interface PendingList {
  readonly kind: ListedKind;
  readonly cursor?: SourceCursor;
  readonly notBefore?: string;
}

export interface ListsCheckpoint {
  readonly startedAt: string;
  readonly pending: readonly PendingList[];
  readonly failures: Readonly<Record<string, ListFailure>>;
  readonly massRemovals: Readonly<Record<string, MassRemoval>>;
  readonly tallies: Tallies;
}

export interface ListsResult extends StretchResult<ListsCheckpoint> {
  /** Run history of the factory is to be read. */
  readonly hasRunHistory?: true;
  /** Derived data of the factory is to be updated. */
  readonly derivedIsStale?: true;
}

export interface RunHistoryTarget extends StretchTarget {
  /** Activity queries for this factory. What it needs beyond them is left for later. */
  readonly activityQueries?: number;
  readonly checkpoint?: RunHistoryCheckpoint;
}

/** Counts of run history so far, and where reading continues. */
export interface RunHistoryCheckpoint {
  readonly startedAt?: string;
  readonly tally: RunTally;
  readonly cursor?: RunCursor;
}

export interface RunHistoryResult extends StretchResult<RunHistoryCheckpoint> {
  /** Present at the end. */
  readonly tally?: RunTally;
  /** The sync run may read more activities of the factory, if it has queries left. */
  readonly needsQueries?: true;
}

/** A part of a factory whose step failed in all its attempts. */
export type InterruptedStretch = StretchTarget & {
  readonly part: LanePart;
  readonly checkpoint?: ListsCheckpoint | RunHistoryCheckpoint;
};

/** A factory in the queue of a lane. */
export interface LaneItem {
  /** Position among the discovered factories. */
  readonly n: number;
  readonly factory: DiscoveredFactory;
  readonly checkpoint?: ListsCheckpoint | RunHistoryCheckpoint;
  readonly notBefore?: string;
  /** Number of steps so far. */
  readonly stretches?: number;
}

/** A lane reads one part of its factories, one after the other. */
export interface LaneInput extends SyncTarget {
  readonly part: LanePart;
  readonly queue: readonly LaneItem[];
  /** Activity queries for each factory. */
  readonly activityQueries?: number;
  /** Results of earlier histories of the lane. */
  readonly results?: LaneResults;
}

export interface LaneResults {
  /** Factories of which more is to be read, with the counts of their run history so far. */
  readonly next: readonly { readonly n: number; readonly tally?: RunTally }[];
  /** Runs whose activities were read. */
  readonly queries: number;
  /** Factories whose derived data is to be updated, by position. Absent in older histories. */
  readonly stale?: readonly number[];
}

export interface LaneResult extends LaneResults {
  /** Not empty if a stop request or a failure ended the lane. */
  readonly queue: readonly LaneItem[];
  readonly stopRequest?: StopRequest;
  /** The end of a factory could not be stored. */
  readonly isBroken?: true;
}

/** One step updates the derived data of factories for at most about a minute. */
export interface DerivedDataTarget extends SyncTarget {
  readonly factories: readonly FactoryRef[];
}

export interface DerivedDataResult {
  /** Factories for the next step. */
  readonly remaining: readonly FactoryRef[];
  readonly stopRequest?: StopRequest;
}

export interface SyncOutcome extends SyncTarget {
  /** Why the sync run as a whole ended early. */
  readonly failure?: FailureInfo;
}
