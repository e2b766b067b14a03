/** One list of promises, two keepers: the fake that unit tests stand on, and Table Storage. */
import { RateLimitTable } from '../../../functions/azure/tables/rate-limit-table';
import type { RateLimitWindow, RateLimitStore } from '../../../functions/http/ports';
import { fakeRateLimitStore } from '../../fakes/rate-limit-store';
import { owner, ownerOfOtherTenant } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const count: RateLimitWindow = {
  tenantId: owner.tenantId,
  limit: 'credentials',
  subject: 'c/1#?\\',
  window: 7,
  windowEndsAt: new Date('2026-01-15T13:00:00.000Z'),
};

describe.each<[string, () => RateLimitStore | Promise<RateLimitStore>]>([
  ['fake', fakeRateLimitStore],
  ['Table Storage', async () => new RateLimitTable(await storage.newTable())],
])('RateLimitStore: %s', (_, open) => {
  it('given a quota of two, when three are counted, then the third is one too many, and so are all after it', async () => {
    const store = await open();

    const sums = [];
    for (let n = 0; n < 4; n++) sums.push(await store.increment(count, 2));

    expect(sums).toEqual([1, 2, 3, 3]);
  });

  it('given a full window, when the next one begins, then it starts anew, and no clock that is behind goes back', async () => {
    const store = await open();
    await store.increment(count, 1);

    expect(await store.increment({ ...count, window: 8 }, 1)).toBe(1);
    expect(await store.increment(count, 1)).toBe(2);
  });

  it('given other tenants, limits and subjects, when they are counted, then each has a window of its own', async () => {
    const store = await open();
    await store.increment(count, 1);

    const others = [
      { tenantId: ownerOfOtherTenant.tenantId },
      { limit: 'writes' },
      { subject: 'c2' },
    ];
    for (const other of others) expect(await store.increment({ ...count, ...other }, 1)).toBe(1);
  });

  it('given ten at once and a quota of four, when all are counted, then four are within', async () => {
    const store = await open();

    const sums = await Promise.all(Array.from({ length: 10 }, () => store.increment(count, 4)));

    const within = sums.filter((sum) => sum <= 4);
    expect(within.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4]);
  });

  it('given a window that is over, when what has expired is deleted, then counting starts anew', async () => {
    const store = await open();
    await store.increment(count, 1);

    for await (const _ of store.deleteExpired(new Date('2026-01-15T13:00:01.000Z')));

    expect(await store.increment(count, 1)).toBe(1);
  });
});
