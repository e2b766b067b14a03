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

function request(
  method: BudgetRequest['method'],
  path: string,
  owner = 'contoso/c1',
): BudgetRequest {
  return { owner, method, url: new URL(path, 'https://management.azure.com') };
}
function get(path: string, owner?: string) {
  return request('GET', path, owner);
}
function post(path: string, owner?: string) {
  return request('POST', path, owner);
}

const headers = (given: Readonly<Record<string, string>>) => (name: string) => given[name];
const noHeaders = headers({});
const remaining = (kind: 'reads' | 'writes', count: number, scope = 'subscription') =>
  headers({ [`x-ms-ratelimit-remaining-${scope}-${kind}`]: String(count) });

function budgetContext() {
  let now = 1_000_000;
  const budgets = new RateBudgets(() => now);
  const waitOf = (one: BudgetRequest) => {
    const permit = budgets.take(one);
    if (typeof permit === 'number') return permit;
    permit({ header: noHeaders });
    return 0;
  };
  return {
    waitOf,
    advance: (ms: number) => void (now += ms),
    take: (one: BudgetRequest): Permit => {
      const permit = budgets.take(one);
      if (typeof permit === 'number') throw new Error(`has to wait ${permit} ms`);
      return permit;
    },
    /** Number of requests that are sent before one has to wait. */
    burst: (one: BudgetRequest) => {
      let sent = 0;
      while (waitOf(one) === 0) sent++;
      return sent;
    },
  };
}

describe('RateBudgets', () => {
  it.each<[string, BudgetRequest, number]>([
    ['a list', list, 250],
    ['a query for runs', runs, 200],
    ['a query of Resource Graph', graph, 15],
    ['the list of subscriptions', get('/subscriptions'), 250],
  ])('starts with the documented burst for %s', (_, one, all) => {
    const { burst } = budgetContext();

    expect(burst(one)).toBe(all);
  });

  it.each<[string, BudgetRequest]>([
    ['another subscription', get(factory.replace('S1', 'S2'))],
    ['another connector', get(factory, 'contoso/c2')],
    ['a write', runs],
    ['no subscription', get('/subscriptions')],
  ])('has a separate budget for %s', (_, other) => {
    const { burst, waitOf } = budgetContext();
    burst(list);

    expect(waitOf(other)).toBe(0);
  });

  it('pauses a throttled subscription, spelled in any case, for all requests', () => {
    const { take, waitOf, advance } = budgetContext();
    take(list)({
      header: noHeaders,
      throttled: { code: 'SubscriptionRequestsThrottled', waitMs: 30_000 },
    });

    const before = waitOf(get(`${factory.toUpperCase()}/datasets`));
    advance(30_000);

    expect(before).toBe(30_000);
    expect(waitOf(list)).toBe(0);
  });

  it('takes later queries from the budget that Azure counted', () => {
    const { take, burst } = budgetContext();
    take(runs)({ header: remaining('reads', 240) });

    const others = burst(post(`${factory.replace('Shop', 'Other')}/queryPipelineRuns`));
    const triggers = burst(post(`${factory}/queryTriggerRuns`));

    expect(others).toBe(240);
    // The first query was taken from the writes.
    expect(triggers).toBe(199);
  });

  it.each([
    ['the error code', 'TooManyPipelineRunQueryRequests', noHeaders],
    ['the remaining requests', 'TooManyRequests', remaining('writes', 150)],
  ])('pauses only the queries of a factory according to %s', (_, code, header) => {
    const { take, waitOf } = budgetContext();

    take(runs)({ header, throttled: { code, waitMs: 9_000 } });

    expect(waitOf(post(`${factory}/queryTriggerRuns`, 'contoso/c2'))).toBe(9_000);
    expect(waitOf(post(`${factory.replace('Shop', 'Other')}/queryPipelineRuns`))).toBe(0);
    expect(waitOf(list)).toBe(0);
  });

  it('pauses the budget that a throttled response names', () => {
    const { take, waitOf, advance } = budgetContext();

    take(runs)({
      header: remaining('reads', 0),
      throttled: { code: 'SubscriptionRequestsThrottled', waitMs: 17_000 },
    });

    expect([waitOf(runs), waitOf(list)]).toEqual([17_000, 17_000]);
    advance(17_000);
    expect(waitOf(runs)).toBe(0);
  });

  it('gives lists priority over run queries when little remains', () => {
    const { take, waitOf } = budgetContext();
    take(runs)({ header: remaining('reads', 40) });

    const pages = [waitOf(list), waitOf(list)];

    expect(waitOf(runs)).toBeGreaterThan(0);
    expect([...pages, waitOf(list)]).toEqual([0, 0, 0]);
  });

  it('gives run queries the full budget without recent lists', () => {
    const { take, waitOf, advance } = budgetContext();
    take(list)();
    take(runs)({ header: remaining('reads', 0) });

    advance(11_000);
    take(runs)({ header: remaining('reads', 2) });

    expect([waitOf(runs), waitOf(runs)]).toEqual([0, 0]);
  });

  it('pauses Resource Graph until its quota is reset', () => {
    const { take, waitOf } = budgetContext();

    take(graph)({
      header: headers({
        'x-ms-user-quota-remaining': '0',
        'x-ms-user-quota-resets-after': '00:00:05',
      }),
    });

    expect(waitOf(graph)).toBe(5_000);
  });

  it('applies the remaining requests of a tenant', () => {
    const { take, burst } = budgetContext();

    take(get('/subscriptions'))({ header: remaining('reads', 3, 'tenant') });

    expect(burst(get('/subscriptions'))).toBe(3);
  });
});
