/**
 * A process that runs a small orchestration on the Durable runtime and kills itself before or after
 * the commit with the given number. Prints the result of the orchestration, if it reaches its end.
 */
import { InstanceTable } from '../../../infra/local/function-app/durable/storage/instance-table';
import { crashApp, runToEnd } from './durable-crash-app';
import { startDriver } from './durable-driver';

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
  const driver = await startDriver({ storage, hubName, ...crashApp(marker) });
  const { runtimeStatus, output } = await runToEnd(driver);
  console.log(JSON.stringify({ runtimeStatus, output }));
  await driver.stop();
}

void run(...(process.argv.slice(2) as Parameters<typeof run>));
