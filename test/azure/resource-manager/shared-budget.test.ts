/** Several workers ask Azure with one principal. Each knows its own requests and the headers only. */
import { RateBudgets, type Permit } from '../../../functions/azure/resource-manager/rate-budgets';
import type { ArmError } from '../../../infra/local/resource-manager/arm-error';
import { createTokenBuckets, type Limits } from '../../../infra/local/resource-manager/limits';

const concurrent = 8;
const latencyMs = 100;
const url = new URL(
  'https://management.azure.com/subscriptions/s/providers/Microsoft.DataFactory/factories',
);

/** Sends requests from workers until all have succeeded. Time is simulated. */
function simulate(workers: number, requests: number, reads: Limits['reads']) {
  let now = 0;
  const due: { readonly at: number; readonly act: () => void }[] = [];
  const later = (ms: number, act: () => void) => void due.push({ at: now + Math.max(1, ms), act });
  const azure = createTokenBuckets({ now: () => new Date(now) } as never, { reads });
  const throttledAt: number[] = [];
  let waiting = requests;
  const send = (budgets: RateBudgets): void => {
    if (waiting === 0) return;
    const permit = budgets.take({ owner: 'connector', method: 'GET', url });
    if (typeof permit === 'number') return later(permit, () => send(budgets));
    waiting--;
    later(latencyMs / 2, () => {
      const respond = answer(permit);
      later(latencyMs / 2, () => {
        respond();
        send(budgets);
      });
    });
  };
  const answer = (permit: Permit) => {
    try {
      const remaining = azure.takeFromSubscription('reads', 'principal', 's');
      return () => permit({ header: headerOf(remaining) });
    } catch (error) {
      throttledAt.push(now / 1_000);
      waiting++;
      const waitMs = 1_000 * Number((error as ArmError).headers['retry-after']);
      return () => permit({ header: headerOf(0), throttled: { code: undefined, waitMs } });
    }
  };
  for (let worker = 0; worker < workers; worker++) {
    const budgets = new RateBudgets(() => now);
    for (let n = 0; n < concurrent; n++) later(worker + n, () => send(budgets));
  }
  while (due.length > 0) {
    due.sort((one, other) => other.at - one.at);
    const { at, act } = due.pop()!;
    now = at;
    act();
  }
  return { throttledAt, seconds: now / 1_000 };
}

const headerOf = (remaining: number) => (name: string) =>
  name === 'x-ms-ratelimit-remaining-subscription-reads' ? String(remaining) : undefined;

describe('budgets of several workers', () => {
  it.each([1, 2, 4])('let no 429 happen within the limits of Azure for %i', (workers) => {
    const { throttledAt, seconds } = simulate(workers, 1_000, { burst: 250, perSecond: 25 });

    expect(throttledAt).toEqual([]);
    expect(seconds).toBeLessThan(32);
  });

  it.each([
    [{ burst: 40, perSecond: 10 }, 400],
    [{ burst: 20, perSecond: 5 }, 300],
  ])('learn limits that are tighter than documented: %o', (limits, requests) => {
    const two = simulate(2, requests, limits);

    // Only requests that were in flight before the first headers told of the limit.
    expect(two.throttledAt.length).toBeLessThan(2 * concurrent);
    expect(Math.max(...two.throttledAt)).toBeLessThan(1);
    expect(two.seconds).toBeLessThan((1.1 * (requests - limits.burst)) / limits.perSecond);
  });
});
