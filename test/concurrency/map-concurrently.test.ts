import { mapConcurrently, mapIterably } from '../../functions/concurrency/map-concurrently';

const nextTurn = () => new Promise(setImmediate);

describe('mapConcurrently', () => {
  it('maps two of five items at a time, in order', async () => {
    let [running, maxRunning] = [0, 0];

    const mapped = await mapConcurrently([1, 2, 3, 4, 5], 2, async (n) => {
      maxRunning = Math.max(maxRunning, ++running);
      if (n % 2 === 1) await nextTurn();
      running--;
      return n * 10;
    });

    expect(mapped).toEqual([10, 20, 30, 40, 50]);
    expect(maxRunning).toBe(2);
  });

  it('rejects with the error of an item', async () => {
    const mapped = mapConcurrently([1, 2], 2, () => Promise.reject(new Error('no')));

    await expect(mapped).rejects.toThrow('no');
  });
});

describe('mapIterably', () => {
  it('stops mapping when its consumer stops', async () => {
    let mapped = 0;
    const results: number[] = [];
    const items = Array.from({ length: 100 }, (_, n) => n);

    for await (const result of mapIterably(items, 4, async (n) => (mapped++, n))) {
      results.push(result);
      if (results.length === 3) break;
    }

    expect(results).toEqual([0, 1, 2]);
    expect(mapped).toBeLessThan(12);
  });
});
