import { ConcurrencyLimiter } from '../../functions/concurrency/concurrency-limiter';

describe('ConcurrencyLimiter', () => {
  it('runs at most three of ten calls at a time', async () => {
    const limiter = new ConcurrencyLimiter(3);
    let running = 0;
    let maxRunning = 0;

    await Promise.all(
      Array.from({ length: 10 }, () =>
        limiter.run(async () => {
          maxRunning = Math.max(maxRunning, ++running);
          await new Promise(setImmediate);
          running--;
        }),
      ),
    );

    expect(maxRunning).toBe(3);
  });

  it('runs the next call after one that failed', async () => {
    const limiter = new ConcurrencyLimiter(1);

    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');

    await expect(limiter.run(async () => 'next')).resolves.toBe('next');
  });

  it('runs urgent calls before others that wait', async () => {
    const limiter = new ConcurrencyLimiter(1);
    const ran: string[] = [];
    const run = (name: string, isUrgent = false) =>
      limiter.run(async () => void ran.push(name), { isUrgent });

    await Promise.all([run('first'), run('second'), run('urgent', true)]);

    expect(ran).toEqual(['urgent', 'first', 'second']);
  });

  it('is idle only when no call runs or waits', async () => {
    const limiter = new ConcurrencyLimiter(1);

    const calls = [limiter.run(async () => {}), limiter.run(async () => {})];
    const busy = limiter.isIdle;
    await Promise.all(calls);
    await new Promise(setImmediate);

    expect([busy, limiter.isIdle]).toEqual([false, true]);
  });
});
