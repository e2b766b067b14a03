/** Which bucket a request draws from, and what answers teach. */
import {
  RateBudgets,
  type BudgetRequest,
  type Permit,
} from '../../../functions/azure/resource-manager/rate-budgets';

const factory =
  '/subscriptions/S1/resourceGroups/rg/providers/Microsoft.DataFactory/factories/Shop';
const list = get(`${factory}/pipelines`);
const runs = post(`${factory}/queryPipelineRuns`);
const graph = post('/providers/Microsoft.ResourceGraph/resources');

function asked(method: BudgetRequest['method'], path: string, owner = 'ada'): BudgetRequest {
  return { owner, method, url: new URL(path, 'https://management.azure.com') };
}
function get(path: string, owner?: string) {
  return asked('GET', path, owner);
}
function post(path: string, owner?: string) {
  return asked('POST', path, owner);
}

const headers = (given: Readonly<Record<string, string>>) => (name: string) => given[name];
const silent = headers({});
const left = (kind: 'reads' | 'writes', count: number, scope = 'subscription') =>
  headers({ [`x-ms-ratelimit-remaining-${scope}-${kind}`]: String(count) });

function world() {
  let now = 1_000_000;
  const budgets = new RateBudgets(() => now);
  const waitOf = (one: BudgetRequest) => {
    const permit = budgets.take(one);
    if (typeof permit === 'number') return permit;
    permit({ header: silent });
    return 0;
  };
  return {
    waitOf,
    later: (ms: number) => void (now += ms),
    take: (one: BudgetRequest): Permit => {
      const permit = budgets.take(one);
      if (typeof permit === 'number') throw new Error(`has to wait ${permit} ms`);
      return permit;
    },
    /** How many go at once before one has to wait. */
    burst: (one: BudgetRequest) => {
      let sent = 0;
      while (waitOf(one) === 0) sent++;
      return sent;
    },
  };
}

describe('budgets', () => {
  it.each<[string, BudgetRequest, number]>([
    ['a list', list, 250],
    ['a query for runs', runs, 200],
    ['a query of Resource Graph', graph, 15],
    ['what is above all subscriptions', get('/subscriptions'), 250],
  ])(
    'given %s, when nothing is known yet, then it has the burst that is documented',
    (_, one, all) => {
      const { burst } = world();

      expect(burst(one)).toBe(all);
    },
  );

  it.each<[string, BudgetRequest]>([
    ['another subscription', get(factory.replace('S1', 'S2'))],
    ['another principal', get(factory, 'grace')],
    ['a write', runs],
    ['no subscription', get('/subscriptions')],
  ])('given an empty bucket, when %s is asked for, then it goes', (_, other) => {
    const { burst, waitOf } = world();
    burst(list);

    expect(waitOf(other)).toBe(0);
  });

  it('given a refusal, when others ask for the same subscription in any case, then they wait for its end', () => {
    const { take, waitOf, later } = world();
    take(list)({
      header: silent,
      throttled: { code: 'SubscriptionRequestsThrottled', waitMs: 30_000 },
    });

    const before = waitOf(get(`${factory.toUpperCase()}/datasets`));
    later(30_000);

    expect(before).toBe(30_000);
    expect(waitOf(list)).toBe(0);
  });

  it('given a query that counted as a read, when more of its shape come, then they draw from the reads', () => {
    const { take, burst } = world();
    take(runs)({ header: left('reads', 240) });

    const others = burst(post(`${factory.replace('Shop', 'Other')}/queryPipelineRuns`));
    const triggers = burst(post(`${factory}/queryTriggerRuns`));

    expect(others).toBe(240);
    // The first query had been taken for a write.
    expect(triggers).toBe(199);
  });

  it.each([
    ['its code', 'TooManyPipelineRunQueryRequests', silent],
    ['what is left of the subscription', 'TooManyRequests', left('writes', 150)],
  ])(
    'given a query that Data Factory refuses, when %s says so, then only queries of that factory wait, whoever asks',
    (_, code, header) => {
      const { take, waitOf } = world();

      take(runs)({ header, throttled: { code, waitMs: 9_000 } });

      expect(waitOf(post(`${factory}/queryTriggerRuns`, 'grace'))).toBe(9_000);
      expect(waitOf(post(`${factory.replace('Shop', 'Other')}/queryPipelineRuns`))).toBe(0);
      expect(waitOf(list)).toBe(0);
    },
  );

  it('given a first query that is refused, when its answer names another bucket than was drawn from, then queries wait as long as it says', () => {
    const { take, waitOf, later } = world();

    take(runs)({
      header: left('reads', 0),
      throttled: { code: 'SubscriptionRequestsThrottled', waitMs: 17_000 },
    });

    expect([waitOf(runs), waitOf(list)]).toEqual([17_000, 17_000]);
    later(17_000);
    expect(waitOf(runs)).toBe(0);
  });

  it('given little that is left, when lists are being read, then queries for runs wait and lists go on', () => {
    const { take, waitOf } = world();
    take(runs)({ header: left('reads', 40) });

    const pages = [waitOf(list), waitOf(list)];

    expect(waitOf(runs)).toBeGreaterThan(0);
    expect([...pages, waitOf(list)]).toEqual([0, 0, 0]);
  });

  it('given little that is left, when no list is read any more, then queries for runs may have it', () => {
    const { take, waitOf, later } = world();
    take(list)();
    take(runs)({ header: left('reads', 0) });

    later(11_000);
    take(runs)({ header: left('reads', 2) });

    expect([waitOf(runs), waitOf(runs)]).toEqual([0, 0]);
  });

  it('given the quota of Resource Graph, when it is used up, then nobody asks before it is whole again', () => {
    const { take, waitOf } = world();

    take(graph)({
      header: headers({
        'x-ms-user-quota-remaining': '0',
        'x-ms-user-quota-resets-after': '00:00:05',
      }),
    });

    expect(waitOf(graph)).toBe(5_000);
  });

  it('given a list of subscriptions, when it says what is left of the tenant, then that holds for the next', () => {
    const { take, burst } = world();

    take(get('/subscriptions'))({ header: left('reads', 3, 'tenant') });

    expect(burst(get('/subscriptions'))).toBe(3);
  });
});
