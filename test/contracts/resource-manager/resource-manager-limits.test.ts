/** Budgets: what is left is told, an empty bucket refuses, and time fills it again. */
import { azureLimits } from '../../../infra/local/resource-manager/limits';
import { sample } from '../../../infra/local/seed/sample';
import { askedManager, reader, type AskedManager } from '../../support/resource-manager';

const window = {
  lastUpdatedAfter: '2024-01-01T00:00:00Z',
  lastUpdatedBefore: '2024-01-02T00:00:00Z',
};

let azure: AskedManager;
beforeEach(async () => {
  azure = await askedManager();
});
afterEach(() => azure.stop());

it('given a budget of two reads, when a third is asked, then it waits as long as it is told', async () => {
  azure.manager.setLimits({ reads: { burst: 2, perSecond: 0.1 } });

  const answers = [];
  for (let asked = 0; asked < 3; asked++) answers.push(await azure.get('orders-factory/pipelines'));
  const refused = answers[2]!;
  azure.clock.shiftTo(10_000);
  const later = await azure.get('orders-factory/pipelines');

  expect(answers.map(left('reads'))).toEqual(['1', '0', null]);
  expect(refused).toMatchObject({
    status: 429,
    body: { error: { code: 'SubscriptionRequestsThrottled' } },
  });
  expect(refused.headers.get('retry-after')).toBe('10');
  expect(later.status).toBe(200);
});

it('given an empty budget, when somebody else asks, then theirs is their own', async () => {
  azure.manager.setLimits({ reads: { burst: 1, perSecond: 0.001 } });
  const [ada] = sample.contoso.users;
  const path = `/subscriptions/${sample.contoso.subscription.subscriptionId}?api-version=2022-12-01`;

  const statuses = [];
  for (const as of [reader, reader, ada.objectId])
    statuses.push((await azure.ask('GET', path, { as })).status);

  expect(statuses).toEqual([200, 429, 200]);
});

it('given what lies above all subscriptions, when it is asked for, then the budget of the tenant is told', async () => {
  azure.manager.setLimits({ reads: { burst: 1, perSecond: 0.5 } });
  const ask = () => azure.ask('GET', '/subscriptions?api-version=2022-12-01');

  const [first, second] = [await ask(), await ask()];

  expect(first.headers.get('x-ms-ratelimit-remaining-tenant-reads')).toBe('0');
  expect(second).toMatchObject({
    status: 429,
    body: { error: { code: 'TenantRequestsThrottled' } },
  });
});

it('given limits that were changed, when they are taken back, then those of the start hold', async () => {
  const before = azure.manager.limits();
  azure.manager.setLimits({ reads: { burst: 1, perSecond: 0.001 } });
  await azure.get('orders-factory');

  azure.manager.setLimits();

  expect(azure.manager.limits()).toEqual(before);
  expect((await azure.get('orders-factory')).status).toBe(200);
});

it('given run queries, when they are counted, then trigger and activity runs draw from the writes', async () => {
  azure.manager.setLimits({ ...azureLimits });

  const pipelines = await azure.query('orders-factory/queryPipelineRuns', window);
  const triggers = await azure.query('orders-factory/queryTriggerRuns', window);

  expect([left('reads')(pipelines), left('writes')(pipelines)]).toEqual(['249', null]);
  expect([left('reads')(triggers), left('writes')(triggers)]).toEqual([null, '199']);
});

it('given too many queries of one factory, when one more comes, then Data Factory itself refuses', async () => {
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
  // The subscription has plenty, and says so.
  expect(Number(left('reads')(refused))).toBeGreaterThan(100);
});

it('given the quota of Resource Graph, when it is used up, then it says when to come back', async () => {
  azure.manager.setLimits({ graph: { burst: 1, perSecond: 0.2 } });
  const ask = () =>
    azure.ask('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01', {
      body: { query: 'resources' },
    });

  const first = await ask();
  const second = await ask();

  expect(first.headers.get('x-ms-user-quota-remaining')).toBe('0');
  expect(first.headers.get('x-ms-user-quota-resets-after')).toBe('00:00:05');
  expect(second.status).toBe(429);
  expect(second.headers.get('retry-after')).toBe('5');
});

it('given an injected fault, when it hits, then it is worded as Azure would', async () => {
  azure.surroundings.faults.add({
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

it('given a latency, when it is set, then every answer takes at least that long', async () => {
  azure.manager.setLatency(40);

  const started = performance.now();
  await azure.get('orders-factory');

  expect(performance.now() - started).toBeGreaterThanOrEqual(39);
});

const left = (kind: 'reads' | 'writes') => (answer: { headers: Headers }) =>
  answer.headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`);
