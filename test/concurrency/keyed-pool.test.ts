import { KeyedPool } from '../../functions/concurrency/keyed-pool';

describe('KeyedPool', () => {
  it('returns the same instance for a known key', () => {
    const pool = new KeyedPool<object>(() => true);

    expect(pool.getOrCreate('a', () => ({}))).toBe(pool.getOrCreate('a', () => ({})));
  });

  it('drops idle instances when it has grown', () => {
    const pool = new KeyedPool<object>(() => true, 8);

    for (let n = 0; n < 1_000; n++) pool.getOrCreate(`${n}`, () => ({}));

    expect(pool.size).toBeLessThanOrEqual(8);
  });

  it('keeps instances in use', () => {
    const inUse = new Set<object>();
    const pool = new KeyedPool<object>((instance) => !inUse.has(instance), 8);
    const own = pool.getOrCreate('own', () => ({}));
    inUse.add(own);

    for (let n = 0; n < 100; n++) pool.getOrCreate(`${n}`, () => ({}));

    expect(pool.getOrCreate('own', () => ({}))).toBe(own);
  });
});
