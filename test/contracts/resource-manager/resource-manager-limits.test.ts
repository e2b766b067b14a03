/** Rate limits of the Resource Manager emulator: headers, throttling, refill by the clock. */
import { azureLimits } from '../../../infra/local/resource-manager/limits';
import { sample } from '../../../infra/local/seed/sample';
import { startManager, reader, type ManagerClient } from '../../support/resource-manager';

const window = {
  lastUpdatedAfter: '2024-01-01T00:00:00Z',
  lastUpdatedBefore: '2024-01-02T00:00:00Z',
};

let azure: ManagerClient;
beforeEach(async () => {
  azure = await startManager();
});
afterEach(() => azure.stop());

describe('the limits of the Resource Manager emulator', () => {
  it('throttle the third read until Retry-After', async () => {
    azure.manager.setLimits({ reads: { burst: 2, perSecond: 0.1 } });

    const responses = [];
    for (let n = 0; n < 3; n++) responses.push(await azure.get('orders-factory/pipelines'));
    const refused = responses[2]!;
    azure.clock.shiftTo(10_000);
    const later = await azure.get('orders-factory/pipelines');

    expect(responses.map(left('reads'))).toEqual(['1', '0', null]);
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { code: 'SubscriptionRequestsThrottled' } },
    });
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(later.status).toBe(200);
  });

  it('count each principal separately', async () => {
    azure.manager.setLimits({ reads: { burst: 1, perSecond: 0.001 } });
    const [ada] = sample.contoso.users;
    const path = `/subscriptions/${sample.contoso.subscription.subscriptionId}?api-version=2022-12-01`;

    const statuses = [];
    for (const as of [reader, reader, ada.objectId])
      statuses.push((await azure.request('GET', path, { as })).status);

    expect(statuses).toEqual([200, 429, 200]);
  });

  it('report the tenant limit above subscriptions', async () => {
    azure.manager.setLimits({ reads: { burst: 1, perSecond: 0.5 } });
    const listSubscriptions = () => azure.request('GET', '/subscriptions?api-version=2022-12-01');

    const [first, second] = [await listSubscriptions(), await listSubscriptions()];

    expect(first.headers.get('x-ms-ratelimit-remaining-tenant-reads')).toBe('0');
    expect(second).toMatchObject({
      status: 429,
      body: { error: { code: 'TenantRequestsThrottled' } },
    });
  });

  it('restore the initial limits', async () => {
    const before = azure.manager.limits();
    azure.manager.setLimits({ reads: { burst: 1, perSecond: 0.001 } });
    await azure.get('orders-factory');

    azure.manager.setLimits();

    expect(azure.manager.limits()).toEqual(before);
    expect((await azure.get('orders-factory')).status).toBe(200);
  });

  it('count queries of trigger and activity runs as writes', async () => {
    azure.manager.setLimits({ ...azureLimits });

    const pipelines = await azure.query('orders-factory/queryPipelineRuns', window);
    const triggers = await azure.query('orders-factory/queryTriggerRuns', window);

    expect([left('reads')(pipelines), left('writes')(pipelines)]).toEqual(['249', null]);
    expect([left('reads')(triggers), left('writes')(triggers)]).toEqual([null, '199']);
  });

  it('throttle queries per factory with the error of Data Factory', async () => {
    azure.manager.setLimits({ monitoring: { burst: 1, perSecond: 0.5 } });

    const [answered, refused] = [
      await azure.query('orders-factory/queryPipelineRuns', window),
      await azure.query('orders-factory/queryPipelineRuns', window),
    ];

    expect(answered.status).toBe(200);
    expect(refused).toMatchObject({
      status: 429,
      body: { error: { code: 'TooManyPipelineRunQueryRequests' } },
    });
    // The limit of the subscription is not reached.
    expect(Number(left('reads')(refused))).toBeGreaterThan(100);
  });

  it('throttle Resource Graph with its reset time', async () => {
    azure.manager.setLimits({ graph: { burst: 1, perSecond: 0.2 } });
    const queryGraph = () =>
      azure.request('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01', {
        body: { query: 'resources' },
      });

    const first = await queryGraph();
    const second = await queryGraph();

    expect(first.headers.get('x-ms-user-quota-remaining')).toBe('0');
    expect(first.headers.get('x-ms-user-quota-resets-after')).toBe('00:00:05');
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('5');
  });

  it('use the error format of Azure for injected faults', async () => {
    azure.context.faults.add({
      service: 'resource-manager',
      path: 'pipelines',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 7,
      count: 1,
    });

    const hit = await azure.get('orders-factory/pipelines');
    const next = await azure.get('orders-factory/pipelines');

    expect(hit).toMatchObject({ status: 429, body: { error: { code: 'TooManyRequests' } } });
    expect(hit.headers.get('retry-after')).toBe('7');
    expect(next.status).toBe(200);
  });

  it('delay every response by the latency', async () => {
    azure.manager.setLatency(40);

    const started = performance.now();
    await azure.get('orders-factory');

    expect(performance.now() - started).toBeGreaterThanOrEqual(39);
  });

  const left = (kind: 'reads' | 'writes') => (response: { headers: Headers }) =>
    response.headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`);
});
