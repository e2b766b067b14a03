/** RateLimitStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { RateLimitTable } from '../../../functions/azure/tables/rate-limit-table';
import type { RateLimitWindow, RateLimitStore } from '../../../functions/http/ports';
import { fakeRateLimitStore } from '../../fakes/rate-limit-store';
import { owner, ownerOfOtherTenant } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const window: RateLimitWindow = {
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

    const counts = [];
    for (let n = 0; n < 4; n++) counts.push(await store.increment(window, 2));

    expect(counts).toEqual([1, 2, 3, 3]);
  });

  it('starts each window at zero and ignores a lagging clock', async () => {
    const store = await open();
    await store.increment(window, 1);

    expect(await store.increment({ ...window, window: 8 }, 1)).toBe(1);
    expect(await store.increment(window, 1)).toBe(2);
  });

  it('counts tenants, limits and subjects separately', async () => {
    const store = await open();
    await store.increment(window, 1);

    const others = [
      { tenantId: ownerOfOtherTenant.tenantId },
      { limit: 'writes' },
      { subject: 'c2' },
    ];
    for (const other of others) expect(await store.increment({ ...window, ...other }, 1)).toBe(1);
  });

  it('admits four of ten concurrent requests with a quota of four', async () => {
    const store = await open();

    const counts = await Promise.all(Array.from({ length: 10 }, () => store.increment(window, 4)));

    const admitted = counts.filter((count) => count <= 4);
    expect(admitted.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4]);
  });

  it('purges expired windows', async () => {
    const store = await open();
    await store.increment(window, 1);

    for await (const _ of store.deleteExpired(new Date('2026-01-15T13:00:01.000Z')));

    expect(await store.increment(window, 1)).toBe(1);
  });
});

describe('RateLimitTable', () => {
  it('counts the requests of two workers that alternate', async () => {
    const table = await storage.newTable();
    const workers = [new RateLimitTable(table), new RateLimitTable(table)];

    const counts = [];
    for (let n = 0; n < 6; n++) counts.push(await workers[n % 2]!.increment(window, 5));

    expect(counts).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads a row once while no other worker writes it', async () => {
    const table = await storage.newTable();
    const read = jest.spyOn(table, 'getEntity');
    const store = new RateLimitTable(table);

    const counts = [];
    for (let n = 0; n < 4; n++) counts.push(await store.increment(window, 9));

    expect(counts).toEqual([1, 2, 3, 4]);
    expect(read).toHaveBeenCalledTimes(1);
  });
});
