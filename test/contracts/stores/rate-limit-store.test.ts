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
  it('counts up to one above the quota', async () => {
    const store = await open();

    const sums = [];
    for (let n = 0; n < 4; n++) sums.push(await store.increment(count, 2));

    expect(sums).toEqual([1, 2, 3, 3]);
  });

  it('starts each window at zero and ignores a clock behind', async () => {
    const store = await open();
    await store.increment(count, 1);

    expect(await store.increment({ ...count, window: 8 }, 1)).toBe(1);
    expect(await store.increment(count, 1)).toBe(2);
  });

  it('counts tenants, limits and subjects separately', async () => {
    const store = await open();
    await store.increment(count, 1);

    const others = [
      { tenantId: ownerOfOtherTenant.tenantId },
      { limit: 'writes' },
      { subject: 'c2' },
    ];
    for (const other of others) expect(await store.increment({ ...count, ...other }, 1)).toBe(1);
  });

  it('admits four of ten concurrent requests with a quota of four', async () => {
    const store = await open();

    const sums = await Promise.all(Array.from({ length: 10 }, () => store.increment(count, 4)));

    const within = sums.filter((sum) => sum <= 4);
    expect(within.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4]);
  });

  it('purges expired windows', async () => {
    const store = await open();
    await store.increment(count, 1);

    for await (const _ of store.deleteExpired(new Date('2026-01-15T13:00:01.000Z')));

    expect(await store.increment(count, 1)).toBe(1);
  });
});
