/**
 * The numbers between which all entries of a time range are. Times of linking never decrease along
 * the chain, so they are found by bisection; the head knows how far a record may be from its time.
 */
import type { ChainHead } from './chain';
import type { AuditStore } from './ports';

export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

type Store = Pick<AuditStore, 'read'>;

export async function seqRangeOf(
  store: Store,
  tenantId: string,
  whole: SeqRange,
  { maxLagMs, maxLeadMs }: Pick<ChainHead, 'maxLagMs' | 'maxLeadMs'>,
  { from, to }: { readonly from?: Date | undefined; readonly to?: Date | undefined },
): Promise<SeqRange> {
  const first = from && (await firstLinkedAt(store, tenantId, whole, shifted(from, -maxLeadMs)));
  const end = to && (await firstLinkedAt(store, tenantId, whole, shifted(to, maxLagMs)));
  return { from: first ?? whole.from, to: end === undefined ? whole.to : end - 1 };
}

/**
 * Number of the first entry that was linked at a time or later; one more than the last if there is
 * none. Undefined if an entry on the way cannot be read.
 */
export async function firstLinkedAt(
  store: Store,
  tenantId: string,
  whole: SeqRange,
  time: Date,
): Promise<number | undefined> {
  const wanted = time.toISOString();
  let [low, high] = [whole.from, whole.to + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await store.read(tenantId, middle, middle);
    if (!row?.entry) return undefined;
    if (row.entry.linkedAt >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

const shifted = (time: Date, ms: number) => new Date(Math.max(0, time.getTime() + ms));
