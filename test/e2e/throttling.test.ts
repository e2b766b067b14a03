/** A sync with a small request budget takes longer, is complete, and gets few 429 responses. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEntry } from '../../infra/local/emulator/journal';
import type { Limits } from '../../infra/local/resource-manager/limits';
import { numbered, upTo, writeFactory } from './support/factory-files';
import { endOfJournal, requestsSince } from './support/journal';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  connectWithSecret,
  createConnector,
  isTerminal,
  untilTerminal,
  listAllResources,
  startSync,
} from './support/journey';

let stack: RunningStack;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-throttling-'));
  const shop = await writeFactory(
    join(root, 'shop'),
    numbered({ pipelines: upTo(120), datasets: upTo(600) }),
  );
  stack = await startRunningStack({ arguments: ['--factories', shop] });
});
afterEach(() => stack.control('DELETE', '/limits'));
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

const limit = (limits: Partial<Limits>) => stack.control('POST', '/limits', limits);

async function startNamedSync(name: string) {
  const connectorId = await createConnector(stack, name);
  await connectWithSecret(stack, connectorId);
  const since = await endOfJournal(stack);
  return { connectorId, since, run: await startSync(stack, connectorId) };
}

/** Number of requests to Resource Manager by status. */
async function statuses(since: number): Promise<Record<number, number>> {
  const counted: Record<number, number> = {};
  const requests = await requestsSince(stack, since, 'resource-manager');
  for (const { status } of requests.filter(isOfFactory))
    counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}
const isOfFactory = ({ path }: JournalEntry) => path.includes('/factories/');

const names = async (connectorId: string, kind: string) =>
  (await listAllResources(stack, connectorId, `&kind=${kind}`)).map(({ name }) => name);

describe('a sync with a request budget', () => {
  it('is not throttled within the documented limits', async () => {
    await limit({
      reads: { burst: 250, perSecond: 25 },
      writes: { burst: 200, perSecond: 10 },
      monitoring: { burst: 1_000, perSecond: 1_000 / 60 },
    });

    const { run, since } = await startNamedSync('usual');
    const ended = await untilTerminal(stack, run);

    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(Object.keys(await statuses(since))).toEqual(['200']);
  });

  it('finishes with few throttled requests if the budget is short', async () => {
    await limit({
      reads: { burst: 12, perSecond: 4 },
      writes: { burst: 5, perSecond: 4 },
      monitoring: { burst: 5, perSecond: 4 },
    });

    const { connectorId, run, since } = await startNamedSync('short');
    const ended = await untilTerminal(stack, run);
    const { 200: granted = 0, 429: refused = 0, ...others } = await statuses(since);

    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(await names(connectorId, 'dataset')).toHaveLength(600);
    expect(await names(connectorId, 'pipeline')).toHaveLength(120);
    expect(others).toEqual({});
    expect(refused).toBeLessThan(granted / 4);
  });

  it('waits in durable timers if the budget is empty for a minute', async () => {
    await limit({ reads: { burst: 10, perSecond: 1 / 60 } });

    const { connectorId, run, since } = await startNamedSync('patient');
    let last = -1;
    let quiet = 0;
    const ended = await until(async () => {
      const { body } = await stack.call('GET', run);
      const count = (await requestsSince(stack, since, 'resource-manager')).length;
      quiet = count === last ? quiet + 1 : 0;
      last = count;
      // Without new requests, every step waits for a timer.
      if (quiet > 1) {
        await stack.control('POST', '/clock', { advanceSeconds: 61 });
        quiet = 0;
      }
      return isTerminal(body) && body;
    }, 'the sync run is terminal');
    const { 200: granted = 0, 429: refused = 0 } = await statuses(since);

    expect(ended.error).toBeUndefined();
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(await names(connectorId, 'dataset')).toHaveLength(600);
    expect(refused).toBeLessThan(granted / 3);
  });
});
