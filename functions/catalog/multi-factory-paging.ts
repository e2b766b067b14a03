/** One list over many factories: each is read to its end before the next, a page of the whole at a time. */
import type { Page, PageRequest } from '../storage/page';
import { factoryId, type FactoryRef } from '../data-factory/resource';

interface HashedFactory {
  readonly hash: string;
  readonly factory: FactoryRef;
}

/** `all` in the order of their hashes; the continuation says in which factory, and where in it, to go on. */
export async function pageAcrossFactories<T>(
  all: readonly HashedFactory[],
  { limit, continuation }: PageRequest,
  read: (hash: string, page: PageRequest) => Promise<Page<T>>,
): Promise<Page<T>> {
  const [from = '', within] = continuation?.split(' ') ?? [];
  const items: T[] = [];
  for (const { hash } of all.filter((each) => each.hash >= from)) {
    // A page of the table may hold less than it was asked for, even nothing, and still be followed by another.
    let next = hash === from ? within : undefined;
    do {
      if (items.length === limit)
        return { items, continuation: next === undefined ? hash : `${hash} ${next}` };
      const page = await read(hash, {
        limit: limit - items.length,
        ...(next !== undefined && { continuation: next }),
      });
      items.push(...page.items);
      next = page.continuation;
    } while (next !== undefined);
  }
  return { items };
}

/** A factory's name or its ARM id, without case; any factory when nothing is named. */
export const matchesFactory = ({ factory }: HashedFactory, wanted: string | undefined): boolean =>
  wanted === undefined ||
  [factory.name, factoryId(factory)].some((name) => name.toLowerCase() === wanted.toLowerCase());
