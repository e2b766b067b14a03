/** The host dies in the middle of a sync. Nobody may notice, but for the time it takes. */
import { startRunningStack, until, type RunningStack } from './support/stack';
import {
  connectWithSecret,
  createConnector,
  finished,
  startSync,
  syncedConnector,
} from './support/story';
import { rowsOf } from './support/tables';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack({ arguments: ['--latency', '40'] });
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await stack.forget();
});

describe('a host that is killed', () => {
  it('given a sync under way, when the host is killed and comes back, then the same run finishes with the same rows', async () => {
    const undisturbed = await syncedConnector(stack, 'undisturbed');
    const disturbed = await createConnector(stack, 'disturbed');
    await connectWithSecret(stack, disturbed);

    const run = await startSync(stack, disturbed);
    let seen = -1;
    for (let kills = 0; kills < 3; kills++) {
      seen = await until(async () => {
        const { length } = await catalogOf(disturbed);
        return length > seen ? length + 1 : 0;
      }, 'the sync has gone on');
      await stack.killHost();
    }
    const { status } = await finished(stack, run);

    expect(status).toBe('succeeded');
    expect(await catalogOf(disturbed)).toEqual(await catalogOf(undisturbed));
  }, 180_000);
});

/** Every catalogue row of a connector, but for what names the connector or the moment. */
async function catalogOf(connectorId: string) {
  const rows = await rowsOf(await stack.description(), 'resources');
  return rows
    .filter(({ partitionKey }) => String(partitionKey).includes(connectorId))
    .map(({ partitionKey, timestamp: _t, etag: _e, syncedAt: _s, ...row }) => ({
      partitionKey: String(partitionKey).replace(connectorId, ''),
      ...row,
    }))
    .sort((a: any, b: any) =>
      `${a.partitionKey} ${a.rowKey}` < `${b.partitionKey} ${b.rowKey}` ? -1 : 1,
    );
}
