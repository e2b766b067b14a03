/**
 * What was last seen of one kind in one factory: the etag map. It decides what a list changes: an equal etag is
 * unchanged, an equal hash too, and a name that a complete list no longer shows is removed.
 */

/** Short on purpose: a factory may have 5,000 objects of a kind. */
export interface EtagEntry {
  readonly etag?: string;
  readonly hash: string;
  /** How many activities it holds. */
  readonly children?: number;
  /** The pass that saw it last. */
  readonly syncRunId?: string;
}

export interface EtagMap {
  /** By row key. */
  readonly entries: Map<string, EtagEntry>;
  /**
   * A pass that has begun to write and has not ended. Rows may then stand in the catalogue that the map does not
   * know, so nothing is inferred from their absence here.
   */
  readonly dirtySyncRunId?: string;
}

/** Whether an object is what was last seen, told without reading it. */
export const matchesEtag = (known: EtagEntry, etag: string): boolean => known.etag === etag;

/** What the pass did not see; true only of a list that was read to its end. */
export const missingFrom = (syncRunId: string, { entries }: EtagMap): string[] =>
  [...entries].filter(([, seen]) => seen.syncRunId !== syncRunId).map(([rowKey]) => rowKey);

/** What is kept once the pass has ended. */
export const completeMap = (syncRunId: string, { entries }: EtagMap): EtagMap => ({
  entries: new Map(
    [...entries]
      .filter(([, seen]) => seen.syncRunId === syncRunId)
      .map(([rowKey, { syncRunId: _pass, ...kept }]) => [rowKey, kept]),
  ),
});
