/** What is kept per key does not grow with every key there ever was. */
import { KeyedPool } from '../../functions/concurrency/keyed-pool';

describe('things by key', () => {
  it('given a key that is known, when it is asked for again, then it is the same thing', () => {
    const keyed = new KeyedPool<object>(() => true);

    expect(keyed.getOrCreate('a', () => ({}))).toBe(keyed.getOrCreate('a', () => ({})));
  });

  it('given many that are forgettable, when more come, then there are never more than a few', () => {
    const keyed = new KeyedPool<object>(() => true, 8);

    for (let n = 0; n < 1_000; n++) keyed.getOrCreate(`${n}`, () => ({}));

    expect(keyed.size).toBeLessThanOrEqual(8);
  });

  it('given some in use, when many come and go, then those are still the same', () => {
    const used = new Set<object>();
    const keyed = new KeyedPool<object>((each) => !used.has(each), 8);
    const mine = keyed.getOrCreate('mine', () => ({}));
    used.add(mine);

    for (let n = 0; n < 100; n++) keyed.getOrCreate(`${n}`, () => ({}));

    expect(keyed.getOrCreate('mine', () => ({}))).toBe(mine);
  });
});
