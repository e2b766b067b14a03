import { TtlCache } from '../../functions/concurrency/ttl-cache';

function world() {
  let now = 0;
  let asked = 0;
  const looks = new TtlCache<number>(1_000, 2, () => new Date(now));
  return {
    looks,
    look: (key = 'a') => looks.getOrLoad(key, async () => ++asked),
    at: (ms: number) => void (now = ms),
  };
}

describe('answers that are good for a moment', () => {
  it('given an answer, when others ask within its moment, then they share it, and later ones ask anew', async () => {
    const { look, at } = world();

    const first = await Promise.all([look(), look()]);
    at(999);
    const shared = await look();
    at(1_000);

    expect([first, shared, await look()]).toEqual([[1, 1], 1, 2]);
  });

  it('given a clock that is set back, when asked, then an old answer is not kept alive', async () => {
    const { look, at } = world();
    at(60_000);
    await look();

    at(0);

    expect(await look()).toBe(2);
  });

  it('given more than may be kept, when one more is asked for, then the oldest gives way', async () => {
    const { look, looks } = world();
    for (const key of ['a', 'b', 'c']) await look(key);

    const [kept, anew] = [await look('c'), await look('a')];

    expect([kept, anew, looks.size]).toEqual([3, 4, 2]);
  });

  it('given a failure, when asked again, then it is not kept', async () => {
    const { look, looks } = world();
    const failing = looks.getOrLoad('a', () => Promise.reject(new Error('away')));

    await expect(failing).rejects.toThrow('away');

    expect(await look()).toBe(1);
  });

  it('given an answer that is no longer true, when it is forgotten, then the next one asks anew', async () => {
    const { look, looks } = world();
    await look();

    looks.delete('a');

    expect(await look()).toBe(2);
  });
});
