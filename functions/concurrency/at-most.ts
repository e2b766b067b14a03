/** How caches of lru-cache are bounded. */

/**
 * A cache of at most so many entries, whose memory grows as it fills. With the option `max`, lru-cache
 * allocates the memory for all entries at once: a millisecond and 300 KB for 10,000 of them.
 */
export const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 });
