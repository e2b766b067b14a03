import { waitAtMost } from '../../functions/concurrency/wait-at-most';

describe('waitAtMost', () => {
  it('resolves after the time although the work continues', async () => {
    let finish = () => {};
    let isDone = false;
    const work = new Promise<void>((resolve) => (finish = resolve)).then(() => {
      isDone = true;
    });

    await waitAtMost(work, 1);
    const before = isDone;
    finish();
    await work;

    expect([before, isDone]).toEqual([false, true]);
  });

  it('resolves with the work', async () => {
    let isDone = false;

    await waitAtMost(
      Promise.resolve().then(() => {
        isDone = true;
      }),
      60_000,
    );

    expect(isDone).toBe(true);
  });
});
