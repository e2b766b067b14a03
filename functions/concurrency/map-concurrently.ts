/** Maps the items of a short list with bounded concurrency. Results keep the order of the items. */
import pMap, { pMapIterable } from 'p-map';

/** Rejects with the first error. */
export const mapConcurrently = <T, R>(
  items: Iterable<T>,
  maxConcurrent: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> => pMap(items, map, { concurrency: maxConcurrent });

/**
 * Yields results as they are needed: a consumer that stops early leaves the other items unmapped.
 */
export const mapIterably = <T, R>(
  items: Iterable<T>,
  maxConcurrent: number,
  map: (item: T) => Promise<R>,
): AsyncIterable<R> => pMapIterable(items, map, { concurrency: maxConcurrent });
