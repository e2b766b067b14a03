/**
 * Pages through one list that spans many factories. Each factory is read to its end before the
 * next.
 */
import { factoryId, type FactoryRef, type ResourceKind } from '../data-factory/resource';
import type { Page, PageRequest } from '../storage/page';
import type { KnownFactory } from './ports';

interface HashedFactory {
  readonly hash: string;
  readonly factory: FactoryRef;
}

/** Reads of the store in one page: a filter may match nothing in hundreds of factories. */
const maxReads = 8;
/** A page ends early after this time, which is counted from the first read. */
const maxMs = 2_000;

/**
 * `factories` is ordered by hash. The continuation is the hash of a factory and the continuation
 * within it. A page ends early, maybe empty, after `maxReads` reads or `maxMs`.
 */
export async function pageAcrossFactories<T>(
  factories: readonly HashedFactory[],
  { limit, continuation }: PageRequest,
  read: (hash: string, page: PageRequest) => Promise<Page<T>>,
): Promise<Page<T>> {
  const [from = '', within] = continuation?.split(' ') ?? [];
  const items: T[] = [];
  const startedAt = performance.now();
  let reads = 0;
  for (const { hash } of factories.filter((each) => each.hash >= from)) {
    // A table may return a short or empty page that is not the last one.
    let next = hash === from ? within : undefined;
    do {
      const isLate = reads > 0 && performance.now() - startedAt > maxMs;
      if (items.length === limit || reads === maxReads || isLate)
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

/** Whether the factory may have resources of the kind, or any. Activities are rows of pipelines. */
export const mayHave = ({ kinds }: KnownFactory, kind: ResourceKind | undefined): boolean =>
  kind === undefined
    ? kinds.length > 0
    : kinds.some((each) => each === (kind === 'activity' ? 'pipeline' : kind));

/** `wanted` is a name or an ARM id, compared without case. Undefined matches every factory. */
export const matchesFactory = ({ factory }: HashedFactory, wanted: string | undefined): boolean =>
  wanted === undefined ||
  [factory.name, factoryId(factory)].some((name) => name.toLowerCase() === wanted.toLowerCase());
