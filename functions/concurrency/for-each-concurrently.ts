/** Work on a long list, so many items at a time: the list is read on while its first items are being worked on. */
export async function forEachConcurrently<T>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  /** What it throws first is thrown in the end; until then nothing new is begun. */
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    const done: Promise<unknown> = work(item)
      .catch((failure: unknown) => failures.push(failure))
      .finally(() => underWay.delete(done));
    underWay.add(done);
    if (underWay.size >= width) await Promise.race(underWay);
    if (failures.length > 0) break;
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}
