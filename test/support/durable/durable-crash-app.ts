/** A small orchestration with a step of each kind, which tests interrupt at each commit. */
import { RetryOptions, type OrchestrationHandler } from 'durable-functions';
import { existsSync, writeFileSync } from 'node:fs';
import { untilTerminal, type Driver, type Functions } from './durable-driver';

const main: OrchestrationHandler = function* (context) {
  const { round, seen } = context.df.getInput() as { round: number; seen: unknown[] };
  const { df } = context;
  const [a, b] = (yield df.Task.all([
    df.callActivity('add', round),
    df.callActivity('add', 10),
  ])) as [number, number];
  const retried = yield df.callActivityWithRetry('flaky', new RetryOptions(1, 3), a + b);
  const child = yield df.callSubOrchestrator('child', retried, `child-${round}`);
  yield df.createTimer(new Date(df.currentUtcDateTime.getTime() + 5));
  const raised = round === 1 ? yield df.waitForExternalEvent('go') : 'none';
  const all = [...seen, child, raised];
  if (round === 1) df.continueAsNew({ round: 2, seen: all });
  return all;
};

/** `marker` is the file that says that the flaky activity has failed before. */
export const crashApp = (marker: string): Functions => ({
  orchestrators: {
    main,
    *child(context) {
      return yield context.df.callActivity('add', context.df.getInput());
    },
  },
  activities: {
    add: (value: number) => value + 1,
    flaky(value: number) {
      if (existsSync(marker)) return value;
      writeFileSync(marker, '');
      throw new Error('fails once, in any process');
    },
  },
});

/** Starts the orchestration unless an earlier process has, and runs it to its end. */
export async function runToEnd(driver: Driver) {
  const known = await driver.client.getStatus('run').catch(() => undefined);
  if (!known)
    await driver.client.startNew('main', { instanceId: 'run', input: { round: 1, seen: [] } });
  await driver.client.raiseEvent('run', 'go', 'went');
  return untilTerminal(driver, 'run');
}
