/** A receiver that hangs must not take the steps of a worker from all other tenants. */
import { SlowReceivers } from '../../functions/webhooks/receivers/slow-receivers';

function receivers() {
  let now = Date.parse('2026-01-15T12:00:00Z');
  const slow = new SlowReceivers(() => new Date(now));
  const wait = (ms: number) => {
    now += ms;
  };
  const requestOf = (ms: number, result: object) => () =>
    slow.send('r1', async () => {
      wait(ms);
      return result;
    });
  return {
    slow,
    wait,
    hang: requestOf(10_000, { error: 'timed_out' }),
    answer: requestOf(100, { status: 204 }),
    answerSlowly: requestOf(5_000, { status: 204 }),
  };
}

describe('a slow receiver', () => {
  it('gets no request for a minute after it did not answer', async () => {
    const { hang, answer, wait } = receivers();

    const results = [await hang(), await answer()];
    wait(60_000);
    results.push(await answer(), await answer());

    expect(results).toEqual([{ error: 'timed_out' }, undefined, { status: 204 }, { status: 204 }]);
  });

  it('is asked less often while it does not answer', async () => {
    const { hang, wait } = receivers();
    let requests = 0;

    for (let minute = 0; minute < 120; minute++) {
      if (await hang()) requests++;
      wait(60_000);
    }

    expect(requests).toBeLessThan(15);
  });

  it('gets one request at a time while it answers slowly', async () => {
    const { slow, answerSlowly } = receivers();
    await answerSlowly();
    let finish: (result: object) => void = () => undefined;
    const first = slow.send('r1', () => new Promise<object>((resolve) => (finish = resolve)));

    const second = await answerSlowly();
    finish({ status: 204 });
    await first;

    expect(second).toBeUndefined();
    expect(await answerSlowly()).toEqual({ status: 204 });
  });

  it('is paused once by requests that hang together', async () => {
    const { slow, wait, answer } = receivers();
    const ends: (() => void)[] = [];
    const hanging = Array.from({ length: 16 }, () =>
      slow.send(
        'r1',
        () => new Promise<object>((resolve) => ends.push(() => resolve({ error: 'timed_out' }))),
      ),
    );
    wait(10_000);
    for (const end of ends) end();
    await Promise.all(hanging);
    wait(60_000);

    expect(await answer()).toEqual({ status: 204 });
  });

  it('gets a test also during a pause', async () => {
    const { slow, hang, answer } = receivers();
    await hang();

    const tested = await slow.send('r1', async () => ({ status: 204 }), { isTest: true });

    expect(tested).toEqual({ status: 204 });
    expect(await answer()).toEqual({ status: 204 });
  });

  it('says nothing about other receivers, nor about quick failures', async () => {
    const { slow, hang } = receivers();
    await hang();
    const refuse = () => slow.send('r2', async () => ({ error: 'connection_failed' }));

    expect([await refuse(), await refuse()]).toEqual(Array(2).fill({ error: 'connection_failed' }));
  });
});
