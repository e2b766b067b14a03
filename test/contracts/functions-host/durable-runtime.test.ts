/** Orchestrators of the unmodified durable-functions library on the local Durable runtime with Azurite. */
import { odata, TableClient } from '@azure/data-tables';
import { RetryOptions, type OrchestrationHandler } from 'durable-functions';
import {
  historyOf,
  untilStatus,
  untilTerminal,
  waitFor,
  type Driver,
  type DriverOptions,
  type Functions,
} from '../../support/durable/durable-driver';
import { useDurable } from '../../support/durable/durable-context';

const { drive, storage } = useDurable();

/** Runs one orchestrator named `main` to its end. */
async function runToEnd(
  main: OrchestrationHandler,
  functions: Functions & Partial<DriverOptions> = {},
  input?: unknown,
) {
  const driver = await drive({
    ...functions,
    orchestrators: { main, ...functions.orchestrators },
  });
  const id = await driver.client.startNew('main', { input });
  return { driver, id, status: await untilTerminal(driver, id) };
}

const timesRun = ({ invoked }: Driver, name: string) =>
  invoked.filter((one) => one === name).length;

const double = (value: number) => value * 2;
const broken = (message: string) => {
  throw new Error(message);
};

describe('activities of an orchestrator', () => {
  it('run in sequence with the previous result', async () => {
    const { status, driver } = await runToEnd(
      function* (context) {
        const two = yield context.df.callActivity('double', context.df.getInput());
        return yield context.df.callActivity('double', two);
      },
      { activities: { double } },
      1,
    );

    expect(status).toMatchObject({ runtimeStatus: 'Completed', input: 1, output: 4 });
    expect(timesRun(driver, 'double')).toBe(2);
  });

  it.each([
    ['text'],
    ['"quoted"'],
    [''],
    [0],
    [1.5],
    [true],
    [null],
    [{ a: ['ü', { b: 1 }] }],
    [[]],
  ])('receive the unchanged input %j', async (value) => {
    const child: OrchestrationHandler = function* (context) {
      return yield context.df.callActivity('echo', context.df.getInput());
    };

    const { status } = await runToEnd(
      function* (context) {
        return [
          context.df.getInput(),
          yield context.df.callActivity('echo', value),
          yield context.df.callSubOrchestrator('child', value),
        ];
      },
      { activities: { echo: (given) => given }, orchestrators: { child } },
      value,
    );

    expect(status.output).toEqual([value, value, value]);
  });

  it('return parallel results in the order of their start', async () => {
    const { status } = await runToEnd(
      function* (context) {
        const tasks = [5, 3, 1, 4, 2].map((n) => context.df.callActivity('late', n));
        return yield context.df.Task.all(tasks);
      },
      { activities: { late: (n: number) => new Promise((done) => setTimeout(done, n, n)) } },
    );

    expect(status.output).toEqual([5, 3, 1, 4, 2]);
  });

  it('pass an error as a plain Error with the text of .NET', async () => {
    const { status } = await runToEnd(
      function* (context) {
        try {
          yield context.df.Task.all([
            context.df.callActivity('double', 1),
            context.df.callActivity('broken', 'out of paper'),
          ]);
          return 'unreachable';
        } catch (error) {
          return { name: (error as Error).name, message: (error as Error).message };
        }
      },
      { activities: { double, broken } },
    );

    expect(status.output).toEqual({
      name: 'Error',
      message: expect.stringMatching(
        /^Activity function 'broken' failed: out of paper \n \{"\$type":".*"\}$/,
      ),
    });
  });

  it('run at most three at a time with that limit', async () => {
    let now = 0;
    let most = 0;
    const step = async () => {
      most = Math.max(most, ++now);
      await new Promise((done) => setTimeout(done, 5));
      now--;
    };

    const { status } = await runToEnd(
      function* (context) {
        yield context.df.Task.all(
          Array.from({ length: 10 }, () => context.df.callActivity('step')),
        );
      },
      { activities: { step }, maxActivities: 3 },
    );

    expect(status.runtimeStatus).toBe('Completed');
    expect(most).toBe(3);
  });

  it('keep the custom status if the orchestrator throws', async () => {
    const { status } = await runToEnd(function* (context) {
      context.df.setCustomStatus({ seen: 3 });
      yield context.df.createTimer(context.df.currentUtcDateTime);
      throw new Error('no such factory');
    });

    expect(status).toMatchObject({
      runtimeStatus: 'Failed',
      output: "Orchestrator function 'main' failed: no such factory",
      customStatus: { seen: 3 },
    });
  });
});

describe('retries', () => {
  const retrying = (attempts: number, coefficient = 1): OrchestrationHandler =>
    function* (context) {
      const retry = new RetryOptions(10, attempts);
      retry.backoffCoefficient = coefficient;
      return yield context.df.callActivityWithRetry('flaky', retry, 'in');
    };

  it.each([
    [0, 1, 'Completed'],
    [2, 3, 'Completed'],
    [3, 3, 'Failed'],
  ])('after %i failures with three attempts make %i runs: %s', async (failures, runs, wanted) => {
    let left = failures;
    const flaky = () => (left-- > 0 ? broken('not yet') : 'at last');

    const { status, driver } = await runToEnd(retrying(3), { activities: { flaky } });

    expect(status.runtimeStatus).toBe(wanted);
    expect(timesRun(driver, 'flaky')).toBe(runs);
  });

  it('wait after each failure but the last', async () => {
    const { id, driver } = await runToEnd(retrying(3, 4), {
      activities: { flaky: () => broken('never') },
    });

    const timers = (await historyOf(driver, id)).filter(
      ({ EventType }) => EventType === 'TimerCreated',
    );
    const waits = timers.map(
      ({ FireAt, Timestamp }) => Date.parse(String(FireAt)) - Date.parse(String(Timestamp)),
    );
    expect(waits).toEqual([10, 40, 0]);
  });

  it('run beside other activities', async () => {
    const tries = new Map<number, number>();
    const flaky = (n: number) => {
      tries.set(n, (tries.get(n) ?? 0) + 1);
      return tries.get(n)! <= n % 3 ? broken('not yet') : n;
    };

    const { status } = await runToEnd(
      function* (context) {
        const retry = new RetryOptions(1, 4);
        const tasks = [0, 1, 2, 3, 4, 5].map((n) =>
          n % 2
            ? context.df.callActivityWithRetry('flaky', retry, n)
            : context.df.callSubOrchestratorWithRetry('child', retry, n),
        );
        const first = yield context.df.Task.all(tasks);
        return [first, yield context.df.callActivity('flaky', 9)];
      },
      {
        activities: { flaky },
        orchestrators: {
          *child(context) {
            return yield context.df.callActivity('flaky', context.df.getInput());
          },
        },
      },
    );

    expect(status.output).toEqual([[0, 1, 2, 3, 4, 5], 9]);
    expect([...tries].toSorted(([one], [other]) => one - other)).toEqual(
      [0, 1, 2, 3, 4, 5, 9].map((n) => [n, (n % 3) + 1]),
    );
  });

  it('fail the instance for a retry timeout', async () => {
    const { status } = await runToEnd(
      function* (context) {
        const retry = new RetryOptions(1, 4);
        retry.retryTimeoutInMilliseconds = 5;
        yield context.df.callActivityWithRetry('double', retry, 1);
      },
      { activities: { double } },
    );

    expect(status.output).toContain('does not support retryTimeoutInMilliseconds');
  });
});

describe('sub-orchestrations', () => {
  const child: OrchestrationHandler = function* (context) {
    const input = context.df.getInput() as { fail?: string };
    yield context.df.createTimer(context.df.currentUtcDateTime);
    if (input.fail) throw new Error(input.fail);
    return { id: context.df.instanceId, parent: context.df.parentInstanceId };
  };

  it('know their parent and their id', async () => {
    const { id, status } = await runToEnd(
      function* (context) {
        const tasks = [1, 2, 3].map((n) =>
          context.df.callSubOrchestrator('child', {}, `${context.df.instanceId}-${n}`),
        );
        return yield context.df.Task.all(tasks);
      },
      { orchestrators: { child } },
    );

    expect(status.output).toEqual([1, 2, 3].map((n) => ({ id: `${id}-${n}`, parent: id })));
  });

  it('pass the message of a failure to the parent', async () => {
    const { status } = await runToEnd(
      function* (context) {
        try {
          yield context.df.callSubOrchestrator('child', { fail: 'no access' });
        } catch (error) {
          return (error as Error).message;
        }
      },
      { orchestrators: { child } },
    );

    expect(status.output).toMatch(/^The sub-orchestrator function 'child' failed: .*no access/);
  });

  it('fail for the id of a running instance', async () => {
    const driver = await drive({
      orchestrators: {
        *waiting(context) {
          yield context.df.waitForExternalEvent('go');
        },
        *main(context) {
          yield context.df.callSubOrchestrator('waiting', {}, 'taken');
        },
      },
    });
    await driver.client.startNew('waiting', { instanceId: 'taken' });

    const status = await untilTerminal(driver, await driver.client.startNew('main'));

    expect(status.output).toContain("'taken' with the status");
  });

  it('run on when their parent is terminated', async () => {
    const driver = await drive({
      orchestrators: {
        *waiting(context) {
          yield context.df.waitForExternalEvent('go');
        },
        *main(context) {
          yield context.df.Task.all(
            ['one', 'two'].map((id) => context.df.callSubOrchestrator('waiting', {}, id)),
          );
        },
      },
    });
    const id = await driver.client.startNew('main');
    await waitFor(async () => (await driver.client.getStatusAll()).length === 3);

    await driver.client.terminate(id, 'enough');

    expect(await driver.client.getStatus(id)).toMatchObject({ runtimeStatus: 'Terminated' });
    for (const child of ['one', 'two']) {
      await driver.client.raiseEvent(child, 'go', 'on');
      expect(await untilTerminal(driver, child)).toMatchObject({ runtimeStatus: 'Completed' });
    }
  });
});

describe('timers', () => {
  it('fire within the second before their time', async () => {
    const { status } = await runToEnd(function* (context) {
      const due = new Date(context.df.currentUtcDateTime.getTime() + 1_500);
      yield context.df.createTimer(due);
      return context.df.currentUtcDateTime.getTime() - due.getTime();
    });

    expect(status.output).toBeGreaterThanOrEqual(-1_000);
    expect(status.output).toBeLessThan(500);
  });

  it('do not delay the end if canceled', async () => {
    const { status } = await runToEnd(
      function* (context) {
        const seen: unknown[] = [];
        for (const n of [1, 2]) {
          const hour = new Date(context.df.currentUtcDateTime.getTime() + 3_600_000);
          const timeout = context.df.createTimer(hour);
          const work = context.df.callActivity('double', n);
          const winner = yield context.df.Task.any([work, timeout]);
          timeout.cancel();
          seen.push(winner === work && work.result);
        }
        return seen;
      },
      { activities: { double } },
    );

    expect(status.output).toEqual([2, 4]);
  });

  it('fire when the clock is moved past a year', async () => {
    const year = 365 * 86_400_000;
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const due = new Date(context.df.currentUtcDateTime.getTime() + year);
          yield context.df.createTimer(due);
          return 'a year later';
        },
      },
    });
    const id = await driver.client.startNew('main');
    await untilStatus(driver, id, 'Running');

    const realNow = Date.now;
    Date.now = () => realNow() + year + 1_000;
    try {
      driver.runtime.clockMoved();
      await waitFor(() => timesRun(driver, 'main') === 2);
    } finally {
      Date.now = realNow;
    }

    expect(await untilTerminal(driver, id)).toMatchObject({ output: 'a year later' });
  });
});

describe('external events', () => {
  const collect = (...names: string[]): OrchestrationHandler =>
    function* (context) {
      const seen: unknown[] = [];
      for (const name of names) seen.push(yield context.df.waitForExternalEvent(name));
      return seen;
    };

  it('are delivered in order to a later wait', async () => {
    const driver = await drive({ orchestrators: { main: collect('start', 'page', 'page') } });
    const id = await driver.client.startNew('main');

    await driver.client.raiseEvent(id, 'page', 1);
    await driver.client.raiseEvent(id, 'page', { second: true });
    await driver.client.raiseEvent(id, 'start', 'go');

    const { output } = await untilTerminal(driver, id);
    expect(output).toEqual(['go', 1, { second: true }]);
  });

  it('complete the last of two waits with one name', async () => {
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const [first, second] = [1, 2].map(() => context.df.waitForExternalEvent('page'));
          const winner = yield context.df.Task.any([first!, second!]);
          return winner === second ? 'second' : 'first';
        },
      },
    });
    const id = await driver.client.startNew('main');
    await untilStatus(driver, id, 'Running');

    await driver.client.raiseEvent(id, 'page', 1);

    expect(await untilTerminal(driver, id)).toMatchObject({ output: 'second' });
  });
});

describe('continue-as-new', () => {
  it('starts a new history each time', async () => {
    const { id, driver, status } = await runToEnd(
      function* (context) {
        const round = (context.df.getInput() as number) + 1;
        yield context.df.callActivity('double', round);
        if (round < 5) context.df.continueAsNew(round);
        return round;
      },
      { activities: { double } },
      0,
    );

    const history = await historyOf(driver, id);
    expect(status).toMatchObject({ output: 5, input: 4 });
    expect(history.map(({ EventType }) => EventType)).toEqual([
      'ExecutionStarted',
      'TaskCompleted',
      'ExecutionCompleted',
    ]);
  });

  it('keeps the version of its start, and so do its children', async () => {
    const hubName = `versions${Date.now()}`;
    const child: OrchestrationHandler = function* (context) {
      yield context.df.createTimer(context.df.currentUtcDateTime);
      return context.df.version;
    };
    const main: OrchestrationHandler = function* (context) {
      const seen = [...(context.df.getInput() as unknown[])];
      yield context.df.waitForExternalEvent('deployed');
      seen.push(context.df.version, yield context.df.callSubOrchestrator('child'));
      if (seen.length === 4) return seen;
      context.df.continueAsNew(seen);
      return undefined;
    };
    const orchestrators = { main, child };
    const old = await drive({ hubName, defaultVersion: '1', orchestrators });
    const id = await old.client.startNew('main', { input: [] });
    await untilStatus(old, id, 'Running');
    await old.stop();
    const driver = await drive({ hubName, defaultVersion: '2', orchestrators });

    await driver.client.raiseEvent(id, 'deployed', null);
    await driver.client.raiseEvent(id, 'deployed', null);

    expect(await untilTerminal(driver, id)).toMatchObject({ output: ['1', '2', '1', '2'] });
    const other = await driver.client.startNew('child');
    expect(await untilTerminal(driver, other)).toMatchObject({ output: '2' });
  });

  it('stores the last execution only', async () => {
    const { driver, id } = await runToEnd(
      function* (context) {
        const round = (context.df.getInput() as number) + 1;
        yield context.df.callActivity('double', round);
        if (round < 20) context.df.continueAsNew(round);
      },
      { activities: { double }, hubName: 'rounds' },
      0,
    );
    await driver.stop();

    const table = TableClient.fromConnectionString(storage.connectionString, 'roundsInstances');
    const keys: string[] = [];
    const filter = odata`PartitionKey eq ${id}`;
    for await (const row of table.listEntities({ queryOptions: { filter } }))
      keys.push(row.rowKey!);

    expect(keys).toContain('status');
    expect(keys.filter((key) => !/^(status|history-20-\d+)$/.test(key))).toEqual([]);
  });

  it('carries unconsumed events over once', async () => {
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const seen = context.df.getInput() as string[];
          const next = (yield context.df.waitForExternalEvent('page')) as string;
          if (next === 'end') return seen;
          context.df.continueAsNew([...seen, next]);
        },
      },
    });
    const id = await driver.client.startNew('main', { input: [] });

    for (const page of ['a', 'b', 'c', 'd', 'end'])
      await driver.client.raiseEvent(id, 'page', page);

    expect(await untilTerminal(driver, id)).toMatchObject({ output: ['a', 'b', 'c', 'd'] });
  });
});

describe('limits of the runtime', () => {
  it.each([
    ['an unknown step', (df: any) => df.callActivity('nowhere'), "'nowhere' doesn't exist"],
    ['an unknown child', (df: any) => df.callSubOrchestrator('nowhere'), "'nowhere' doesn't exist"],
    ['HTTP', (df: any) => df.callHttp({ method: 'GET', url: 'https://x' }), 'not support callHttp'],
    [
      'an entity',
      (df: any) => df.callEntity({ name: 'counter', key: 'a' }, 'add'),
      'not support callEntity',
    ],
  ])('fail an orchestrator that uses %s', async (_what, use, text) => {
    const { status } = await runToEnd(function* (context) {
      yield use(context.df);
    });

    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toContain(text);
  });

  it('reject registered entities at start', async () => {
    const starting = drive({ entities: ['counter'] });

    await expect(starting).rejects.toThrow('does not support entities: counter');
  });

  it('fail a non-deterministic orchestrator', async () => {
    let run = 0;
    const { status } = await runToEnd(
      function* (context) {
        yield context.df.callActivity(run++ === 0 ? 'double' : 'echo', 1);
        yield context.df.callActivity('double', 2);
      },
      { activities: { double, echo: double } },
    );

    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toContain(
      "Non-deterministic workflow detected: an earlier run scheduled 'double'",
    );
  });

  it('fail a pending task in a second compound', async () => {
    const { status, driver } = await runToEnd(
      function* (context) {
        const slow = context.df.callActivity('slow');
        yield context.df.Task.any([slow, context.df.callActivity('double', 1)]);
        yield context.df.Task.any([slow, context.df.callActivity('double', 2)]);
      },
      { activities: { double, slow: () => new Promise((done) => setTimeout(done, 50)) } },
    );

    expect(status.output).toContain('passed to a second Task.any');
    expect(timesRun(driver, 'slow')).toBe(1);
  });

  it('allow a new task that equals a pending one', async () => {
    const { status, driver } = await runToEnd(
      function* (context) {
        const slow = () => context.df.callActivity('slow');
        yield context.df.Task.any([slow(), context.df.callActivity('double', 1)]);
        return yield context.df.Task.all([slow(), context.df.callActivity('double', 2)]);
      },
      {
        activities: {
          double,
          slow: () => new Promise((done) => setTimeout(done, 50, 'slow')),
        },
      },
    );

    expect(status.output).toEqual(['slow', 4]);
    expect(timesRun(driver, 'slow')).toBe(2);
  });

  it('allow inputs, outputs and histories above 64 KiB', async () => {
    // Random, so that compression does not make it small again.
    const noise = (seed: number) =>
      Array.from({ length: 150_000 }, (_, n) => ((n * seed * 7919) % 104_729).toString(36)).join(
        '',
      );
    const big = noise(13);

    const { id, driver, status } = await runToEnd(
      function* (context) {
        const input = context.df.getInput() as string;
        context.df.setCustomStatus(input.slice(0, 8_000));
        const all = context.df.Task.all(
          [1, 2, 3].map(() => context.df.callActivity('echo', input)),
        );
        return ((yield all) as string[]).join('|');
      },
      { activities: { echo: (given: string) => given } },
      big,
    );

    expect(status.output === [big, big, big].join('|')).toBe(true);
    expect(status.customStatus === big.slice(0, 8_000)).toBe(true);
    expect((await driver.client.getStatusAll())[0]!.input === big).toBe(true);
    await driver.client.purgeInstanceHistory(id);
    expect(await driver.client.getStatusAll()).toEqual([]);
  });

  it('fail the instance for a custom status above 16 KB', async () => {
    const { status } = await runToEnd(
      function* (context) {
        context.df.setCustomStatus('x'.repeat(8_192));
        yield context.df.callActivity('double', 1);
      },
      { activities: { double } },
    );

    expect(status).toMatchObject({ runtimeStatus: 'Failed', customStatus: null });
    expect(status.output).toContain('must not exceed 16 KB');
  });

  it('allow hundreds of parallel activities', async () => {
    const { status } = await runToEnd(
      function* (context) {
        const all = Array.from({ length: 300 }, (_, n) => context.df.callActivity('double', n));
        return ((yield context.df.Task.all(all)) as number[]).length;
      },
      { activities: { double } },
    );

    expect(status.output).toBe(300);
  });
});

describe('unkind queues', () => {
  it('deliver the results of a fan-out in few turns', async () => {
    const { status, driver } = await runToEnd(
      function* (context) {
        const all = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => context.df.callActivity('double', n));
        return yield context.df.Task.all(all);
      },
      { activities: { double }, hopMs: [200, 200] },
    );

    expect(status.output).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
    expect(timesRun(driver, 'main')).toBeLessThan(1 + 8);
  });

  it('number the tasks of a retry as without delays', async () => {
    const runs = new Map<number, number>();
    const { status } = await runToEnd(
      function* (context) {
        const retry = new RetryOptions(1, 3);
        const all = [1, 2, 3, 4].map((n) => context.df.callActivityWithRetry('flaky', retry, n));
        const first = yield context.df.Task.all(all);
        return [first, yield context.df.callActivity('flaky', 2)];
      },
      {
        activities: {
          flaky(n: number) {
            runs.set(n, (runs.get(n) ?? 0) + 1);
            return n % 2 === 1 && runs.get(n)! < 3 ? broken('not yet') : n;
          },
        },
        hopMs: [1, 60],
      },
    );

    expect(status.output).toEqual([[1, 2, 3, 4], 2]);
  });

  it('deliver activities twice, of which one result counts', async () => {
    let runs = 0;
    const { status, driver } = await runToEnd(
      function* (context) {
        const first = yield context.df.callActivity('count');
        return [first, yield context.df.callActivity('count')];
      },
      { activities: { count: () => ++runs }, redeliver: 1, redeliverAfterMs: [150, 150] },
    );
    await waitFor(() => timesRun(driver, 'count') === 4);

    expect(status.output).toEqual([1, 2]);
  });
});
