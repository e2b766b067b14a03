/** The client against the emulator's token buckets. One clock, which only waiting moves. */
import { setTimeout as turn } from 'node:timers/promises';
import { ResourceManager } from '../../../functions/azure/resource-manager/resource-manager';
import { ArmRunReader } from '../../../functions/azure/resource-manager/run-reader';
import { ThrottledError } from '../../../functions/errors/app-error';
import {
  startManager,
  reader,
  sampleGroup,
  tokenFor,
  type ManagerClient,
} from '../../support/resource-manager';

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = `${sampleGroup}/providers/Microsoft.DataFactory/factories/orders-factory`;
const version = 'api-version=2018-06-01';
const days = { after: '2024-01-01T00:00:00Z', before: '2024-01-02T00:00:00Z' };
const window = { lastUpdatedAfter: days.after, lastUpdatedBefore: days.before };

let azure: ManagerClient;
let arm: ResourceManager;
beforeEach(async () => {
  azure = await startManager();
  arm = new ResourceManager({
    url: azure.manager.url,
    tokens: {
      forResourceManager: async () => tokenFor(reader).replace('Bearer ', ''),
      confirmRejection: async () => true,
    },
    now: () => azure.clock.now().getTime(),
    wait,
  });
});
afterEach(() => azure.stop());

/** Moves the clock. Concurrent waits overlap. */
async function wait(ms: number): Promise<void> {
  const until = azure.clock.now().getTime() + ms;
  await turn(1);
  const missing = until - azure.clock.now().getTime();
  if (missing > 0) azure.clock.shiftTo(azure.clock.offsetMs + missing);
}

/** Repeats a deferred call after its wait, as an orchestrator does. */
async function callUntilDone(call: () => Promise<unknown>): Promise<void> {
  for (;;)
    try {
      await call();
      return;
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      await wait(error.retryAfterSeconds * 1_000);
    }
}

const list = () => arm.get(connector, `${factory}/pipelines?${version}`);
const runs = (of: string) => arm.post(connector, `${factory}/${of}?${version}`, window);
const times = (count: number, call: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, () => callUntilDone(call)));

const countResponses = (status: number, method = '') =>
  azure.context.journal
    .read({ service: 'resource-manager' })
    .filter((entry) => entry.status === status && entry.method.includes(method)).length;

describe('ResourceManager against token buckets', () => {
  it.each([2, 5, 25])(
    'sends 100 concurrent reads at %i per second with few 429',
    async (perSecond) => {
      azure.manager.setLimits({ reads: { burst: 10, perSecond } });
      const startedAt = azure.clock.offsetMs;

      await times(100, list);

      // Without the time that the test itself takes.
      const seconds = (azure.clock.offsetMs - startedAt) / 1_000;
      expect(countResponses(200)).toBe(100);
      expect(countResponses(429)).toBeLessThanOrEqual(15);
      expect(seconds).toBeLessThan(2 * ((100 - 10) / perSecond));
    },
  );

  it('does not wait below the documented limits', async () => {
    azure.manager.setLimits({ reads: { burst: 250, perSecond: 25 } });
    const startedAt = azure.clock.offsetMs;

    await times(120, list);

    expect(azure.clock.offsetMs).toBe(startedAt);
    expect(countResponses(429)).toBe(0);
  });

  it('finishes lists before run queries when the budget is low', async () => {
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

  it('does not delay lists while a factory throttles run queries', async () => {
    azure.manager.setLimits({ monitoring: { burst: 1, perSecond: 1 / 90 } });
    await runs('queryTriggerRuns');
    await expect(runs('queryTriggerRuns')).rejects.toMatchObject({ kind: 'throttled' });
    const before = azure.clock.offsetMs;

    await list();

    await expect(runs('queryPipelineRuns')).rejects.toMatchObject({ kind: 'throttled' });
    expect(azure.clock.offsetMs).toBe(before);
    expect(countResponses(429)).toBe(1);
  });
});
