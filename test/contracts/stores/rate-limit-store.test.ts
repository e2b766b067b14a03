/** One list of promises, two keepers: the fake that unit tests stand on, and Table Storage. */
import { RateLimitTable } from '../../../functions/azure/tables/rate-limit-table';
import type { Count, RateLimitStore } from '../../../functions/http/ports';
import { startStorage, type Storage } from '../../../infra/local/storage/storage';
import { fakeRateLimitStore } from '../../fakes/rate-limit-store';
import { ada, mallory } from '../../support/builders';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';
import { aTable } from '../../support/storage';

let surroundings: TestEmulatorContext;
let storage: Storage;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  storage = await startStorage(surroundings);
}, 30_000);
afterAll(async () => {
  await storage.stop();
  await surroundings.remove();
});

const count: Count = {
  tenantId: ada.tenantId,
  limit: 'credentials',
  subject: 'c/1#?\\',
  window: 7,
  windowEndsAt: new Date('2026-01-15T13:00:00.000Z'),
};

describe.each<[string, () => RateLimitStore | Promise<RateLimitStore>]>([
  ['fake', fakeRateLimitStore],
  ['Table Storage', async () => new RateLimitTable(await aTable(storage))],
])('RateLimitStore: %s', (_, open) => {
  it('given a quota of two, when three are counted, then the third is one too many, and so are all after it', async () => {
    const store = await open();

    const sums = [];
    for (let n = 0; n < 4; n++) sums.push(await store.add(count, 2));

    expect(sums).toEqual([1, 2, 3, 3]);
  });

  it('given a full window, when the next one begins, then it starts anew, and no clock that is behind goes back', async () => {
    const store = await open();
    await store.add(count, 1);

    expect(await store.add({ ...count, window: 8 }, 1)).toBe(1);
    expect(await store.add(count, 1)).toBe(2);
  });

  it('given other tenants, limits and subjects, when they are counted, then each has a window of its own', async () => {
    const store = await open();
    await store.add(count, 1);

    const others = [{ tenantId: mallory.tenantId }, { limit: 'writes' }, { subject: 'c2' }];
    for (const other of others) expect(await store.add({ ...count, ...other }, 1)).toBe(1);
  });

  it('given ten at once and a quota of four, when all are counted, then four are within', async () => {
    const store = await open();

    const sums = await Promise.all(Array.from({ length: 10 }, () => store.add(count, 4)));

    const within = sums.filter((sum) => sum <= 4);
    expect(within.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4]);
  });

  it('given a window that is over, when what has expired is deleted, then counting starts anew', async () => {
    const store = await open();
    await store.add(count, 1);

    await store.deleteExpired(new Date('2026-01-15T13:00:01.000Z'));

    expect(await store.add(count, 1)).toBe(1);
  });
});
