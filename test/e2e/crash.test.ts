/** The host dies in the middle of a sync. Nobody may notice, but for the time it takes. */
import { catalogOf, unlike } from './support/catalogue';
import { startRunningStack, until, type RunningStack } from './support/stack';
import {
  connectWithSecret,
  createConnector,
  finished,
  startSync,
  syncedConnector,
} from './support/story';

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
    const whole = (await catalogOf(stack, undisturbed)).length;
    for (const share of [0, 0.1, 0.5]) {
      await until(async () => {
        const { length } = await catalogOf(stack, disturbed);
        return length >= share * whole;
      }, 'the sync has gone on');
      await stack.killHost();
    }
    const { status } = await finished(stack, run);

    expect(status).toBe('succeeded');
    expect(unlike(await catalogOf(stack, disturbed), await catalogOf(stack, undisturbed))).toEqual(
      [],
    );
  }, 180_000);
});
