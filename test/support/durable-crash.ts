/**
 * A process that runs a small orchestration on the Durable runtime and kills itself, without any warning, where it
 * is told to: before or after the so-many-th commit. Prints how the orchestration ended, if it came to that.
 */
import { RetryOptions, type OrchestrationHandler } from 'durable-functions';
import { existsSync, writeFileSync } from 'node:fs';
import { InstanceTable } from '../../infra/local/function-app/durable/storage/instance-table';
import { startDriver, untilFinished, type Functions } from './durable-driver';

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

const functions = (marker: string): Functions => ({
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
      throw new Error('the first time, in whatever process');
    },
  },
});

function killAt(commit: number, when: string): void {
  const save = Reflect.get(InstanceTable.prototype, 'save') as InstanceTable['save'];
  let commits = 0;
  InstanceTable.prototype.save = async function (...given) {
    const isLast = ++commits === commit;
    if (isLast && when === 'before') process.kill(process.pid, 'SIGKILL');
    await save.apply(this, given);
    if (isLast) process.kill(process.pid, 'SIGKILL');
  };
  process.on('exit', () => console.log(JSON.stringify({ commits })));
}

async function run(storage: string, hubName: string, marker: string, commit: string, when: string) {
  killAt(Number(commit), when);
  const driver = await startDriver({ storage, hubName, ...functions(marker) });
  const known = await driver.client.getStatus('run').catch(() => undefined);
  if (!known)
    await driver.client.startNew('main', { instanceId: 'run', input: { round: 1, seen: [] } });
  await driver.client.raiseEvent('run', 'go', 'went');
  const { runtimeStatus, output } = await untilFinished(driver, 'run');
  console.log(JSON.stringify({ runtimeStatus, output }));
  await driver.stop();
}

void run(...(process.argv.slice(2) as Parameters<typeof run>));
