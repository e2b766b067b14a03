/**
 * Etag map: the last known state of one kind in one factory. An object with the same etag or hash
 * is unchanged; an object that a complete list does not contain is removed.
 */
import type { ListedKind } from '../data-factory/resource';
import type { MassRemoval } from './mirror/mirror-messages';
import type { Tallies } from './tallies';

/** Small, because a factory may have 5,000 objects of a kind. */
export interface EtagEntry {
  readonly etag?: string;
  readonly hash: string;
  /** Number of activities. Only pipelines have any. */
  readonly children?: number;
  /** The active sync run, if its list contained the object. */
  readonly syncRunId?: string;
}

export interface EtagMap {
  /** By row key. */
  readonly entries: Map<string, EtagEntry>;
  /**
   * A sync run that has started to write and has not completed the map. The catalog may then
   * contain rows that are not in the map, so a missing entry does not mean a missing row.
   */
  readonly dirtySyncRunId?: string;
  /** Set while the rows and not the map decide, because a writer stopped before it saved the map. */
  readonly isInterrupted?: true;
  /** The last list that was read to its end with changes. */
  readonly completed?: CompletedList;
}

/** Result of a complete list. A step of the same sync run that runs again returns it unread. */
export interface CompletedList {
  readonly syncRunId: string;
  readonly tallies: Tallies;
  readonly massRemoval?: MassRemoval;
}

/** The stored map, as one reader has found it. */
export interface LoadedEtagMap extends EtagMap {
  readonly version: MapVersion;
}

/**
 * Version of a stored map. Both are absent if it does not exist. Only the store interprets `etag`.
 */
export interface MapVersion {
  readonly etag?: string;
  /** The last writer that has claimed the map. */
  readonly writer?: string;
  /** Claimed the map before that one, and since it was last saved. The latest is first. */
  readonly earlierWriters?: readonly string[];
}

/** Version of a map whose writer has claimed it. */
export type ClaimedVersion = Required<Pick<MapVersion, 'etag' | 'writer'>>;

/**
 * Kinds whose JSON changes only when a person saves it, which renews the etag. Others have a state
 * that changes by itself: a trigger starts, an endpoint is approved, a runtime stops.
 */
const savedKinds: ReadonlySet<ListedKind> = new Set([
  'pipeline',
  'dataset',
  'linkedService',
  'dataFlow',
]);

/** Whether the object is unchanged, without reading its JSON. */
export const matchesEtag = (kind: ListedKind, known: EtagEntry, etag: string): boolean =>
  savedKinds.has(kind) && known.etag === etag;

/** Row keys that the list of this sync run did not contain. Valid only after a complete list. */
export const missingFrom = (syncRunId: string, { entries }: EtagMap): string[] =>
  [...entries].filter(([, entry]) => entry.syncRunId !== syncRunId).map(([rowKey]) => rowKey);

/** The map to store after a complete list: without missing objects and without run ids. */
export const completeMap = (syncRunId: string, { entries }: EtagMap): EtagMap => ({
  entries: new Map(
    [...entries]
      .filter(([, entry]) => entry.syncRunId === syncRunId)
      .map(([rowKey, { syncRunId: _syncRunId, ...entry }]) => [rowKey, entry]),
  ),
});
