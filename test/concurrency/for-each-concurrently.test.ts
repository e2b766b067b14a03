import { forEachConcurrently } from '../../functions/concurrency/for-each-concurrently';

async function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield n;
}
const nextTurn = () => new Promise(setImmediate);

describe('forEachConcurrently', () => {
  it('works on at most three of twenty items at a time', async () => {
    const done: number[] = [];
    let [running, maxRunning] = [0, 0];

    await forEachConcurrently(numbers(20), 3, async (n) => {
      maxRunning = Math.max(maxRunning, ++running);
      await nextTurn();
      running--;
      done.push(n);
    });

    expect(maxRunning).toBe(3);
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('throws the error of an item', async () => {
    const work = forEachConcurrently(numbers(5), 2, (n) =>
      n === 3 ? Promise.reject(new Error('three')) : nextTurn().then(() => {}),
    );

    await expect(work).rejects.toThrow('three');
  });

  it('settles the items in flight before it throws, and starts no other', async () => {
    const done: number[] = [];
    const work = forEachConcurrently(numbers(9), 3, async (n) => {
      if (n === 0) throw new Error('zero');
      await nextTurn();
      done.push(n);
    });

    await expect(work).rejects.toThrow('zero');

    expect(done.length).toBeLessThanOrEqual(3);
    const doneAtRejection = [...done];
    await nextTurn();
    expect(done).toEqual(doneAtRejection);
  });

  it('settles items in flight before it throws the error of the list', async () => {
    const done: number[] = [];
    const broken = async function* () {
      yield 1;
      throw new Error('list');
    };

    const work = forEachConcurrently(broken(), 3, async (n) => {
      await nextTurn();
      done.push(n);
    });

    await expect(work).rejects.toThrow('list');
    expect(done).toEqual([1]);
  });

  it('does nothing for an empty list', async () => {
    await expect(
      forEachConcurrently(numbers(0), 2, () => Promise.reject(new Error('no'))),
    ).resolves.toBeUndefined();
  });
});
