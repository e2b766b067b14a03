/**
 * What was last seen of one kind in one factory: the etag map. It decides what a list changes: an equal etag is
 * unchanged, an equal hash too, and a name that a complete list no longer shows is removed.
 */

/** Short on purpose: a factory may have 5,000 objects of a kind. */
export interface Seen {
  readonly etag?: string;
  readonly hash: string;
  /** How many activities it holds. */
  readonly children?: number;
  /** The pass that saw it last. */
  readonly pass?: string;
}

export interface EtagMap {
  /** By row key. */
  readonly entries: Map<string, Seen>;
  /**
   * A pass that has begun to write and has not ended. Rows may then stand in the catalogue that the map does not
   * know, so nothing is inferred from their absence here.
   */
  readonly dirtySyncRunId?: string;
}

/** Whether an object is what was last seen, told without reading it. */
export const matchesEtag = (known: Seen, etag: string): boolean => known.etag === etag;

/** What the pass did not see; true only of a list that was read to its end. */
export const missingFrom = (pass: string, { entries }: EtagMap): string[] =>
  [...entries].filter(([, seen]) => seen.pass !== pass).map(([rowKey]) => rowKey);

/** What is kept once the pass has ended. */
export const closed = (pass: string, { entries }: EtagMap): EtagMap => ({
  entries: new Map(
    [...entries]
      .filter(([, seen]) => seen.pass === pass)
      .map(([rowKey, { pass: _pass, ...kept }]) => [rowKey, kept]),
  ),
});
