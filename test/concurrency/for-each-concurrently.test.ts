import { forEachConcurrently } from '../../functions/concurrency/for-each-concurrently';

async function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield n;
}
const turn = () => new Promise(setImmediate);

describe('work on a long list', () => {
  it('given twenty items and a width of three, when they are worked on, then never more than three at a time', async () => {
    const seen: number[] = [];
    let [underWay, most] = [0, 0];

    await forEachConcurrently(numbers(20), 3, async (n) => {
      most = Math.max(most, ++underWay);
      await turn();
      underWay--;
      seen.push(n);
    });

    expect(most).toBe(3);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('given work that throws, when the list goes on, then everything ends with it', async () => {
    const work = forEachConcurrently(numbers(5), 2, (n) =>
      n === 3 ? Promise.reject(new Error('three')) : turn().then(() => {}),
    );

    await expect(work).rejects.toThrow('three');
  });

  it('given an empty list, when it is worked on, then nothing is done', async () => {
    await expect(
      forEachConcurrently(numbers(0), 2, () => Promise.reject(new Error('no'))),
    ).resolves.toBeUndefined();
  });
});
