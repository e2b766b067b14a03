import { AdaptiveLimiter } from '../../functions/concurrency/adaptive-limiter';

async function succeed(limiter: AdaptiveLimiter, times: number) {
  for (let n = 0; n < times; n++) await limiter.run(async () => undefined);
}

describe('AdaptiveLimiter', () => {
  it('doubles its concurrency after each series of successes, up to four', async () => {
    const limiter = new AdaptiveLimiter();
    const steps = [limiter.concurrency];

    for (let step = 0; step < 3; step++) {
      await succeed(limiter, 15);
      steps.push(limiter.concurrency);
    }

    expect(steps).toEqual([1, 2, 4, 4]);
  });

  it('halves its concurrency for a reported failure', async () => {
    const limiter = new AdaptiveLimiter();
    await succeed(limiter, 30);

    await limiter.run(async (reportFailure) => reportFailure());

    expect(limiter.concurrency).toBe(2);
  });

  it('halves its concurrency for an error and rethrows it', async () => {
    const limiter = new AdaptiveLimiter();
    await succeed(limiter, 15);

    await expect(limiter.run(() => Promise.reject(new Error('busy')))).rejects.toThrow('busy');

    expect(limiter.concurrency).toBe(1);
  });

  it('never runs more calls than its concurrency', async () => {
    const limiter = new AdaptiveLimiter();
    let running = 0;
    let maxRunning = 0;
    const work = async () => {
      maxRunning = Math.max(maxRunning, ++running);
      await Promise.resolve();
      running--;
    };

    await Promise.all(Array.from({ length: 14 }, () => limiter.run(work)));

    expect(maxRunning).toBe(1);
  });

  it('is idle only when no call runs or waits', async () => {
    const limiter = new AdaptiveLimiter();

    const calls = [limiter.run(async () => {}), limiter.run(async () => {})];
    const busy = limiter.isIdle;
    await Promise.all(calls);
    await new Promise(setImmediate);

    expect([busy, limiter.isIdle]).toEqual([false, true]);
  });
});
