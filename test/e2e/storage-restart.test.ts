/** Storage goes away for a moment while everything is at work. Connections stay, syncs go on. */
import { catalogOf } from './support/catalog';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  connectWithSecret,
  createConnector,
  finished,
  startSync,
  syncedConnector,
} from './support/journey';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startRunningStack({ arguments: ['--latency', '40'] });
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await stack.forget();
}, 60_000);

describe('a restart of storage', () => {
  it('given a sync under way, when storage is restarted, then the connection stays and the run finishes whole', async () => {
    const undisturbed = await syncedConnector(stack, 'undisturbed');
    const disturbed = await createConnector(stack, 'disturbed');
    await connectWithSecret(stack, disturbed);

    const run = await startSync(stack, disturbed);
    await stack.control('POST', '/storage/restart');
    const { status } = await finished(stack, run);

    expect(status).toBe('succeeded');
    expect(await catalogOf(stack, disturbed)).toEqual(await catalogOf(stack, undisturbed));
    const { body } = await stack.call('GET', `/api/connectors/${disturbed}`);
    expect(body).toMatchObject({ status: 'connected', warnings: [] });
  }, 180_000);
});
