/** How many run queries a factory is asked at once. */
import { AdaptiveLimiter } from '../../functions/concurrency/adaptive-limiter';

const good = async (limiter: AdaptiveLimiter, times: number) => {
  for (let n = 0; n < times; n++) await limiter.run(async () => undefined);
};

describe('the adaptive limiter', () => {
  it('given good answers only, when they go on, then the width doubles up to four', async () => {
    const limiter = new AdaptiveLimiter();
    const widths = [limiter.concurrency];
    for (let step = 0; step < 3; step++) {
      await good(limiter, 15);
      widths.push(limiter.concurrency);
    }

    expect(widths).toEqual([1, 2, 4, 4]);
  });

  it('given trouble that another try mended, when the answer comes, then the width is halved', async () => {
    const limiter = new AdaptiveLimiter();
    await good(limiter, 30);

    await limiter.run(async (trouble) => trouble());

    expect(limiter.concurrency).toBe(2);
  });

  it('given a failure, when it is thrown, then the width is halved and the failure passes through', async () => {
    const limiter = new AdaptiveLimiter();
    await good(limiter, 15);

    await expect(limiter.run(() => Promise.reject(new Error('busy')))).rejects.toThrow('busy');

    expect(limiter.concurrency).toBe(1);
  });

  it('given more work than it takes, when all of it is asked for at once, then never more run than its width', async () => {
    const limiter = new AdaptiveLimiter();
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };

    await Promise.all(Array.from({ length: 14 }, () => limiter.run(work)));

    expect(most).toBe(1);
  });
});
