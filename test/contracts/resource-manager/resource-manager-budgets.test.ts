/** Our client against Azure's buckets, on one clock that passes by waiting: how long it takes, and who is refused. */
import { setTimeout as turn } from 'node:timers/promises';
import { ResourceManager } from '../../../functions/azure/resource-manager/resource-manager';
import { ArmRunReader } from '../../../functions/azure/resource-manager/run-reader';
import { ThrottledError } from '../../../functions/errors/app-error';
import {
  askedManager,
  reader,
  sampleGroup,
  tokenFor,
  type AskedManager,
} from '../../support/resource-manager';

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = `${sampleGroup}/providers/Microsoft.DataFactory/factories/orders-factory`;
const version = 'api-version=2018-06-01';
const days = { after: '2024-01-01T00:00:00Z', before: '2024-01-02T00:00:00Z' };
const window = { lastUpdatedAfter: days.after, lastUpdatedBefore: days.before };

let azure: AskedManager;
let arm: ResourceManager;
beforeEach(async () => {
  azure = await askedManager();
  arm = new ResourceManager({
    url: azure.manager.url,
    tokens: {
      forResourceManager: async () => tokenFor(reader).replace('Bearer ', ''),
      recordRejection: async () => {},
    },
    now: () => azure.clock.now().getTime(),
    wait: pass,
  });
});
afterEach(() => azure.stop());

/** Those who wait at the same time wait together: the clock is moved for the one who waits longest. */
async function pass(ms: number): Promise<void> {
  const until = azure.clock.now().getTime() + ms;
  await turn(1);
  const missing = until - azure.clock.now().getTime();
  if (missing > 0) azure.clock.shiftTo(azure.clock.offsetMs + missing);
}

/** As an orchestrator does: what is put off is asked again at the time that was named. */
async function pollWithRetry(ask: () => Promise<unknown>): Promise<void> {
  for (;;)
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      await pass(error.retryAfterSeconds * 1_000);
    }
}

const list = () => arm.get(connector, `${factory}/pipelines?${version}`);
const runs = (of: string) => arm.post(connector, `${factory}/${of}?${version}`, window);
const times = (count: number, ask: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, () => pollWithRetry(ask)));

const answered = (status: number, method = '') =>
  azure.surroundings.journal
    .read({ service: 'resource-manager' })
    .filter((entry) => entry.status === status && entry.method.includes(method)).length;

it.each([2, 5, 25])(
  'given %i reads a second after a small burst, when a hundred are asked at once, then hardly any is refused and no time is wasted',
  async (perSecond) => {
    azure.manager.setLimits({ reads: { burst: 10, perSecond } });
    const begun = azure.clock.now().getTime();

    await times(100, list);

    const seconds = (azure.clock.now().getTime() - begun) / 1_000;
    expect(answered(200)).toBe(100);
    expect(answered(429)).toBeLessThanOrEqual(15);
    expect(seconds).toBeLessThan(2 * ((100 - 10) / perSecond));
  },
);

it('given the limits that Azure documents, when they are not reached, then nobody waits', async () => {
  azure.manager.setLimits({ reads: { burst: 250, perSecond: 25 } });
  const begun = azure.clock.offsetMs;

  await times(120, list);

  expect(azure.clock.offsetMs).toBe(begun);
  expect(answered(429)).toBe(0);
});

it('given one bucket for lists and runs, when it runs low, then the lists are through before the runs', async () => {
  azure.manager.setLimits({ reads: { burst: 30, perSecond: 5 } });
  const { subscriptionId, resourceGroup, name } = azure.manager.factories()[0]!;
  const reading = new ArmRunReader(arm);
  const order: string[] = [];
  const query = () =>
    reading
      .readRuns(connector, { subscriptionId, resourceGroup, name }, 'pipeline', days)
      .then(() => order.push('run'));

  await query();
  await Promise.all([times(20, query), times(40, () => list().then(() => order.push('list')))]);

  expect(order).toHaveLength(61);
  expect(order.slice(-15)).toEqual(Array(15).fill('run'));
});

it('given a factory that has answered enough queries, when more are asked, then its lists do not wait for them', async () => {
  azure.manager.setLimits({ monitoring: { burst: 1, perSecond: 1 / 90 } });
  await runs('queryTriggerRuns');
  await expect(runs('queryTriggerRuns')).rejects.toMatchObject({ kind: 'throttled' });
  const before = azure.clock.offsetMs;

  await list();

  await expect(runs('queryPipelineRuns')).rejects.toMatchObject({ kind: 'throttled' });
  expect(azure.clock.offsetMs).toBe(before);
  expect(answered(429)).toBe(1);
});
