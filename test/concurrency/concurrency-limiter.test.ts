import { ConcurrencyLimiter } from '../../functions/concurrency/concurrency-limiter';

describe('a limiter', () => {
  it('given ten pieces of work and room for three, when they run, then never more than three do', async () => {
    const limiter = new ConcurrencyLimiter(3);
    let running = 0;
    let most = 0;

    await Promise.all(
      Array.from({ length: 10 }, () =>
        limiter.run(async () => {
          most = Math.max(most, ++running);
          await new Promise(setImmediate);
          running--;
        }),
      ),
    );

    expect(most).toBe(3);
  });

  it('given work that fails, when it has ended, then its place is free again', async () => {
    const limiter = new ConcurrencyLimiter(1);

    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');

    await expect(limiter.run(async () => 'next')).resolves.toBe('next');
  });
});
