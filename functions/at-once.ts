/** Work on a long list, so many items at a time: the list is read on while its first items are being worked on. */
export async function atOnce<T>(
  items: AsyncIterable<T>,
  width: number,
  /** Deals with its own failures: what it throws ends everything. */
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for await (const item of items) {
    const done: Promise<void> = work(item).finally(() => underWay.delete(done));
    underWay.add(done);
    if (underWay.size >= width) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}
