/**
 * Pages through one list that spans many factories. Each factory is read to its end before the
 * next.
 */
import { factoryId, type FactoryRef } from '../data-factory/resource';
import type { Page, PageRequest } from '../storage/page';

interface HashedFactory {
  readonly hash: string;
  readonly factory: FactoryRef;
}

/** Reads of the store in one page: a filter may match nothing in hundreds of factories. */
const maxReads = 50;

/**
 * `factories` is ordered by hash. The continuation is the hash of a factory and the continuation
 * within it. A page ends early, maybe empty, after `maxReads` reads.
 */
export async function pageAcrossFactories<T>(
  factories: readonly HashedFactory[],
  { limit, continuation }: PageRequest,
  read: (hash: string, page: PageRequest) => Promise<Page<T>>,
): Promise<Page<T>> {
  const [from = '', within] = continuation?.split(' ') ?? [];
  const items: T[] = [];
  let reads = 0;
  for (const { hash } of factories.filter((each) => each.hash >= from)) {
    // A table may return a short or empty page that is not the last one.
    let next = hash === from ? within : undefined;
    do {
      if (items.length === limit || reads === maxReads)
        return { items, continuation: next === undefined ? hash : `${hash} ${next}` };
      reads++;
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

/** `wanted` is a name or an ARM id, compared without case. Undefined matches every factory. */
export const matchesFactory = ({ factory }: HashedFactory, wanted: string | undefined): boolean =>
  wanted === undefined ||
  [factory.name, factoryId(factory)].some((name) => name.toLowerCase() === wanted.toLowerCase());
