/**
 * Works on a long list with bounded concurrency, while the rest of the list is still being read.
 * After the first error, of an item or of the list, no further item is started; the error is thrown
 * when the items in flight have settled.
 */
export async function forEachConcurrently<T>(
  items: AsyncIterable<T> | Iterable<T>,
  maxConcurrent: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // p-map rejects at the first error while other items are still in flight, and nothing could wait
  // for them.
  const inFlight = new Set<Promise<unknown>>();
  const errors: unknown[] = [];
  try {
    for await (const item of items) {
      const settled: Promise<unknown> = work(item)
        .catch((error: unknown) => errors.push(error))
        .finally(() => inFlight.delete(settled));
      inFlight.add(settled);
      if (inFlight.size >= maxConcurrent) await Promise.race(inFlight);
      if (errors.length > 0) break;
    }
  } catch (error) {
    errors.push(error);
  }
  await Promise.all(inFlight);
  if (errors.length > 0) throw errors[0];
}
