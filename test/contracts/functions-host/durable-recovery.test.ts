/** Recovery of the Durable runtime after a stop, and after a crash at any write. */
import type { OrchestrationHandler } from 'durable-functions';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fault } from '../../../infra/local/emulator/faults';
import { crashApp, runToEnd } from '../../support/durable/durable-crash-app';
import { versionMismatch } from '../../../infra/local/function-app/durable/version-match';
import {
  untilStatus,
  untilTerminal,
  waitFor,
  type Driver,
} from '../../support/durable/durable-driver';
import { useDurableWithFaults } from '../../support/durable/durable-context';

const { drive, newHub, storage } = useDurableWithFaults();

describe('a killed runtime', () => {
  const program = () => join(storage.context.dataFolder, 'durable-crash.js');
  beforeAll(() =>
    build({
      entryPoints: [join(__dirname, '../../support/durable/durable-crash.ts')],
      outfile: program(),
      bundle: true,
      platform: 'node',
      external: ['@azure/functions-core'],
      logLevel: 'error',
    }),
  );

  const markerOf = (hubName: string) => join(storage.context.dataFolder, hubName);

  async function run(hubName: string, commit = 0, when = 'never') {
    const { connectionString } = storage;
    const args = [program(), connectionString, hubName, markerOf(hubName), String(commit), when];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const lines = (await text(child.stdout)).split('\n').filter((line) => line.startsWith('{'));
    const [, signal] = (await exited) as [number | null, string | null];
    const report = Object.assign({}, ...lines.map((line) => JSON.parse(line)));
    return { ...report, signal } as { output?: unknown; commits?: number; signal: string | null };
  }

  /** Recovery in this process, which is faster than in another one. */
  async function recovered(hubName: string): Promise<unknown> {
    const driver = await drive({ hubName, ...crashApp(markerOf(hubName)) });
    const { output } = await runToEnd(driver);
    await driver.stop();
    return output;
  }

  it('is continued with the same result after each commit', async () => {
    const undisturbed = await run(newHub());
    const points = Array.from(
      { length: undisturbed.commits! },
      (_, n) => [n + 1, n % 2 ? 'after' : 'before'] as const,
    );
    const outputs: unknown[] = [];
    let kills = 0;
    const recover = async () => {
      for (let point = points.pop(); point; point = points.pop()) {
        const hub = newHub();
        const { signal, output } = await run(hub, ...point);
        // Events that arrive together share a commit, so a run may end before its last points.
        if (signal === 'SIGKILL') kills++;
        outputs.push(signal === 'SIGKILL' ? await recovered(hub) : output);
      }
    };

    await Promise.all([recover(), recover()]);

    expect(undisturbed.output).toEqual([14, 'went', 15, 'none']);
    expect(kills).toBeGreaterThan(undisturbed.commits! / 2);
    expect(new Set(outputs.map((output) => JSON.stringify(output)))).toEqual(
      new Set([JSON.stringify(undisturbed.output)]),
    );
  });

  it('is continued with the same result after repeated crashes', async () => {
    const hub = newHub();

    let last = await run(hub, 2, 'after');
    for (let tries = 0; last.signal === 'SIGKILL' && tries < 60; tries++)
      last = await run(hub, 2, 'after');

    expect(last.output).toEqual([14, 'went', 15, 'none']);
  });
});

describe('a runtime of an older version', () => {
  const orchestrators: Record<string, OrchestrationHandler> = {
    main: function* (context) {
      yield context.df.callActivity('work');
      return context.df.version;
    },
  };
  const app = () => ({ orchestrators, activities: { work: () => 1 }, hubName: newHub() });
  const startNewer = async (driver: Driver) =>
    driver.client.startNew('main', { instanceId: 'newer', version: '2' });

  it('leaves a newer instance to a runtime of that version', async () => {
    const functions = app();
    const lines: string[] = [];
    const old = await drive({
      ...functions,
      defaultVersion: '1',
      log: (line) => void lines.push(line),
    });
    await startNewer(old);
    await waitFor(() => lines.some((line) => line.includes('not one that this host runs')));
    const before = await old.client.getStatus('newer');
    await old.stop();

    const current = await drive({ ...functions, defaultVersion: '2' });

    expect([before.runtimeStatus, old.invoked]).toEqual(['Pending', []]);
    expect(await untilTerminal(current, 'newer')).toMatchObject({ output: '2' });
  });

  it('fails a newer instance if host.json says so', async () => {
    const old = await drive({ ...app(), defaultVersion: '1', versionFailureStrategy: 'Fail' });

    await startNewer(old);

    expect(await untilTerminal(old, 'newer')).toMatchObject({ runtimeStatus: 'Failed' });
    expect(old.invoked).toEqual([]);
  });

  it.each([
    ['1', '1', undefined],
    ['1', '2', undefined],
    ['2', '1', 'None'],
    ['1.9', '1.10', undefined],
    [undefined, '1', undefined],
  ])('may run an instance of %s on %s', (version, defaultVersion, versionMatchStrategy) => {
    expect(versionMismatch(version, { defaultVersion, versionMatchStrategy })).toBeUndefined();
  });

  it.each([
    ['2', '1', undefined],
    ['1', '2', 'Strict'],
    ['1.10', '1.9', undefined],
    // Single numbers are compared as text.
    ['9', '10', undefined],
    [undefined, '1', 'Strict'],
  ])('refuses an instance of %s on %s', (version, defaultVersion, versionMatchStrategy) => {
    const check = () => versionMismatch(version, { defaultVersion, versionMatchStrategy });

    expect(check).toThrow('is not one that this host runs');
  });
});

describe('a stopped runtime', () => {
  it('restores waits, timers and suspension when started again', async () => {
    const waiting: OrchestrationHandler = function* (context) {
      return yield context.df.waitForExternalEvent('go');
    };
    const sleeping: OrchestrationHandler = function* (context) {
      const due = context.df.currentUtcDateTime.getTime() + 4_000;
      yield context.df.createTimer(new Date(due));
      return 'awake';
    };
    const app = { orchestrators: { waiting, sleeping }, hubName: newHub() };
    const first = await drive(app);
    await first.client.startNew('waiting', { instanceId: 'waiting' });
    await first.client.startNew('waiting', { instanceId: 'paused' });
    for (const id of ['waiting', 'paused']) await untilStatus(first, id, 'Running');
    await first.client.suspend('paused', 'for the night');
    await first.client.raiseEvent('paused', 'go', 'kept');
    // Last, because its timer runs.
    await first.client.startNew('sleeping', { instanceId: 'sleeping' });
    await untilStatus(first, 'sleeping', 'Running');

    await first.stop();
    const second = await drive(app);

    expect(await untilStatus(second, 'paused', 'Suspended')).toMatchObject({ output: null });
    await second.client.resume('paused', 'morning');
    await second.client.raiseEvent('waiting', 'go', 'came');
    expect(await untilTerminal(second, 'paused')).toMatchObject({ output: 'kept' });
    expect(await untilTerminal(second, 'waiting')).toMatchObject({ output: 'came' });
    expect(await untilTerminal(second, 'sleeping')).toMatchObject({ output: 'awake' });
  });

  it('waits for running activities and stores their results', async () => {
    let finish = () => {};
    const app = {
      hubName: newHub(),
      orchestrators: {
        *main(context) {
          return yield context.df.callActivity('slow');
        },
      } satisfies Record<string, OrchestrationHandler>,
    };
    const first = await drive({
      ...app,
      activities: { slow: () => new Promise((done) => (finish = () => done('once'))) },
    });
    await first.client.startNew('main', { instanceId: 'run' });
    await waitFor(() => first.invoked.includes('slow'));

    const stopped = first.stop();
    finish();
    await stopped;
    const second = await drive({ ...app, activities: { slow: () => 'twice' } });

    expect(await untilTerminal(second, 'run')).toMatchObject({ output: 'once' });
  });
});

describe('a failing storage', () => {
  it('does not duplicate or lose results', async () => {
    const broken = { service: 'storage', kind: 'reset', rate: 0.2, seed: 7 } as const;
    storage.context.faults.add(fault.parse({ ...broken, path: 'POST .*batch' }));
    const driver = await drive({
      orchestrators: {
        *main(context) {
          let sum = 0;
          for (let round = 0; round < 5; round++) {
            const child = context.df.callSubOrchestrator('child', round);
            const [one, two] = yield context.df.Task.all([child, context.df.callActivity('one')]);
            sum += (one as number) + (two as number);
          }
          return sum;
        },
        *child(context) {
          return yield context.df.callActivity('one');
        },
      },
      activities: { one: () => 1 },
    });
    const id = 'through-the-storm';
    await driver.client.startNew('main', { instanceId: id });

    expect(await untilTerminal(driver, id)).toMatchObject({ output: 10 });
  });

  it('delays the orchestration until storage recovers', async () => {
    const lines: string[] = [];
    const driver = await drive({
      orchestrators: {
        *main(context) {
          return yield context.df.callActivity('late');
        },
      },
      activities: {
        async late() {
          const refusal = { service: 'storage', kind: 'status', status: 503, count: 5 } as const;
          storage.context.faults.add(fault.parse({ ...refusal, path: 'POST .*batch' }));
          await storage.storage.settle();
          return 'in the end';
        },
      },
      log: (line) => lines.push(line),
    });

    const id = await driver.client.startNew('main');

    expect(await untilTerminal(driver, id)).toMatchObject({ output: 'in the end' });
    expect(lines.join()).toContain('is retried');
  });
});
