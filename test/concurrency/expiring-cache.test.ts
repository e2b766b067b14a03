import { ExpiringCache } from '../../functions/concurrency/expiring-cache';

function context(maxEntries = 10) {
  let time = Date.parse('2026-01-15T12:00:00Z');
  const cache = new ExpiringCache<{ id: string }>(maxEntries, () => new Date(time));
  return {
    cache,
    inMs: (ms: number) => new Date(time + ms),
    wait: (ms: number) => void (time += ms),
  };
}

describe('ExpiringCache', () => {
  it('returns a value until its expiry', () => {
    const { cache, inMs, wait } = context();
    const value = { id: 'a' };
    cache.set('a', value, inMs(1_000));

    wait(999);
    const before = cache.get('a');
    wait(1);

    expect([before, cache.get('a')]).toEqual([value, undefined]);
  });

  it('gives each value its own expiry', () => {
    const { cache, inMs, wait } = context();
    cache.set('a', { id: 'a' }, inMs(1_000));
    cache.set('b', { id: 'b' }, inMs(2_000));

    wait(1_500);

    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, { id: 'b' }]);
  });

  it('reserves no memory for entries that it does not hold', () => {
    const { cache, inMs } = context(2 ** 40);

    cache.set('a', { id: 'a' }, inMs(1_000));

    expect(cache.get('a')).toEqual({ id: 'a' });
  });

  it.each([0, -1])('does not hold a value that expires in %i ms', (ms) => {
    const { cache, inMs } = context();
    cache.set('a', { id: 'old' }, inMs(1_000));

    cache.set('a', { id: 'new' }, inMs(ms));

    expect(cache.get('a')).toBeUndefined();
  });

  it('evicts the least recently used value when full', () => {
    const { cache, inMs } = context(2);
    for (const id of ['a', 'b']) cache.set(id, { id }, inMs(1_000));
    cache.get('a');

    cache.set('c', { id: 'c' }, inMs(1_000));

    expect(['a', 'b', 'c'].filter((id) => cache.get(id))).toEqual(['a', 'c']);
  });
});
