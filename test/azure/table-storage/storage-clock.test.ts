import { createPipelineRequest, createHttpHeaders } from '@azure/core-rest-pipeline';
import { StorageClock } from '../../../functions/azure/table-storage/storage-clock';

const noon = Date.UTC(2026, 0, 15, 12);

/** A worker whose clock is `aheadMs` ahead of storage's. */
function worker(aheadMs: number) {
  let steadyMs = 0;
  let ahead = aheadMs;
  const clock = new StorageClock(
    () => noon + steadyMs + ahead,
    () => steadyMs,
  );
  const [{ policy }] = clock.policies as [(typeof clock.policies)[0]];
  return {
    clock,
    setAhead: (newAheadMs: number) => void (ahead = newAheadMs),
    errorMs: () => clock.now().getTime() - (noon + steadyMs),
    /** Storage responds after half the time. */
    async request(tookMs = 100) {
      const request = createPipelineRequest({ url: 'https://storage.example' });
      await policy.sendRequest(request, async () => {
        const date = new Date(noon + steadyMs + tookMs / 2).toUTCString();
        steadyMs += tookMs;
        return { request, status: 200, headers: createHttpHeaders({ date }) };
      });
    },
  };
}

async function requests(of: ReturnType<typeof worker>, count: number, tookMs?: number) {
  for (let n = 0; n < count; n++) await of.request(tookMs);
}

describe('StorageClock', () => {
  it.each([90_000, -90_000, 3_600_000])('corrects a clock that is %i ms ahead', async (ahead) => {
    const one = worker(ahead);

    await requests(one, 3);

    expect(Math.abs(one.errorMs())).toBeLessThanOrEqual(1_100);
  });

  it('gives workers with different clocks the same time', async () => {
    const [early, late] = [worker(-40_000), worker(90_000)];

    await requests(early, 20, 330);
    await requests(late, 20, 330);

    expect(Math.abs(early.errorMs() - late.errorMs())).toBeLessThanOrEqual(1_500);
  });

  it('leaves a clock alone that storage does not contradict', async () => {
    const one = worker(0);

    await requests(one, 50, 70);

    expect(one.errorMs()).toBe(0);
  });

  it('does not believe a single response that was late', async () => {
    const one = worker(0);

    await one.request(60_000);
    await requests(one, 2);

    expect(one.errorMs()).toBe(0);
  });

  it('ignores responses from before the clock was set', async () => {
    const one = worker(0);
    await one.request();

    one.setAhead(7 * 86_400_000);
    await requests(one, 40);

    expect(one.errorMs()).toBe(7 * 86_400_000);
  });

  it('corrects a clock that was set wrongly after five seconds', async () => {
    const one = worker(0);
    await one.request();

    one.setAhead(90_000);
    await requests(one, 60);

    expect(Math.abs(one.errorMs())).toBeLessThanOrEqual(1_100);
  });

  it('forgets its correction when the clock is set', async () => {
    const one = worker(90_000);
    await requests(one, 3);

    one.setAhead(0);

    expect(one.errorMs()).toBe(0);
  });
});
