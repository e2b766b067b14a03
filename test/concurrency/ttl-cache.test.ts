import { TtlCache } from '../../functions/concurrency/ttl-cache';

const start = Date.parse('2026-01-15T12:00:00Z');

function cacheOfTwo() {
  let time = start;
  let loads = 0;
  const cache = new TtlCache<number>(1_000, 2, () => new Date(time));
  return {
    cache,
    load: (key = 'a') => cache.getOrLoad(key, async () => ++loads),
    at: (ms: number) => void (time = start + ms),
  };
}

describe('TtlCache', () => {
  it('shares a value until it is as old as the TTL', async () => {
    const { load, at } = cacheOfTwo();

    const first = await Promise.all([load(), load()]);
    at(999);
    const shared = await load();
    at(1_000);

    expect([first, shared, await load()]).toEqual([[1, 1], 1, 2]);
  });

  it('shares a call that is in flight', async () => {
    const { cache } = cacheOfTwo();
    let resolve: (value: number) => void = () => {};
    const first = cache.getOrLoad('a', () => new Promise((done) => (resolve = done)));
    const second = cache.getOrLoad('a', () => Promise.reject(new Error('not shared')));

    resolve(1);

    expect(await Promise.all([first, second])).toEqual([1, 1]);
  });

  it('loads again after the clock was set back', async () => {
    const { load, at } = cacheOfTwo();
    at(60_000);
    await load();

    at(0);

    expect(await load()).toBe(2);
  });

  it('caches undefined', async () => {
    const cache = new TtlCache<undefined>(1_000, 2, () => new Date(start));
    let loads = 0;
    const load = () => cache.getOrLoad('a', async () => void loads++);

    await load();
    await load();

    expect(loads).toBe(1);
  });

  it('reserves no memory for entries that it does not hold', async () => {
    const cache = new TtlCache<number>(1_000, 2 ** 40, () => new Date(start));

    expect(await cache.getOrLoad('a', async () => 1)).toBe(1);
  });

  it('does not cache an error', async () => {
    const { load, cache } = cacheOfTwo();
    const failing = cache.getOrLoad('a', () => Promise.reject(new Error('away')));

    await expect(failing).rejects.toThrow('away');

    expect(await load()).toBe(1);
  });

  it('keeps a newer value when an older load fails', async () => {
    const { load, cache } = cacheOfTwo();
    let reject: (error: Error) => void = () => {};
    const failing = cache.getOrLoad('a', () => new Promise((_, fail) => (reject = fail)));
    cache.delete('a');
    await load();

    reject(new Error('away'));
    await expect(failing).rejects.toThrow('away');

    expect(await load()).toBe(1);
  });

  it('loads a deleted value again', async () => {
    const { load, cache } = cacheOfTwo();
    await load();

    cache.delete('a');

    expect(await load()).toBe(2);
  });

  describe('when full', () => {
    it('evicts the oldest entry', async () => {
      const { load, cache } = cacheOfTwo();
      for (const key of ['a', 'b', 'c']) await load(key);

      const [kept, reloaded] = [await load('c'), await load('a')];

      expect([kept, reloaded, cache.size]).toEqual([3, 4, 2]);
    });
  });
});
