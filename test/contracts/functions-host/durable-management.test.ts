/** The client of durable-functions with the management API of the local Durable runtime. */
import { OrchestrationRuntimeStatus, type OrchestrationHandler } from 'durable-functions';
import {
  historyOf,
  untilStatus,
  untilTerminal,
  waitFor,
  type Driver,
} from '../../support/durable/durable-driver';
import { useDurable } from '../../support/durable/durable-context';

const { drive } = useDurable();

const waiting: OrchestrationHandler = function* (context) {
  return yield context.df.waitForExternalEvent('go');
};
const quick: OrchestrationHandler = function* (context) {
  return yield context.df.callActivity('echo', context.df.getInput());
};
const functions = {
  orchestrators: { waiting, quick },
  activities: { echo: (value: unknown) => value },
};
const driveAll = () => drive(functions);

async function finished(driver: Driver, id: string, input?: unknown): Promise<void> {
  await driver.client.startNew('quick', { instanceId: id, input });
  await untilTerminal(driver, id);
}

describe('starting an instance', () => {
  it('responds with 409 for the id of a running instance', async () => {
    const driver = await driveAll();
    await driver.client.startNew('waiting', { instanceId: 'sync-1' });

    const again = driver.client.startNew('waiting', { instanceId: 'sync-1' });

    await expect(again).rejects.toThrow(/unexpected status code: 409.*already exists/);
    await driver.client.raiseEvent('sync-1', 'go', 'first');
    expect(await untilTerminal(driver, 'sync-1')).toMatchObject({ output: 'first' });
  });

  it('succeeds for one of ten concurrent starts', async () => {
    const driver = await driveAll();

    const starts = await Promise.allSettled(
      Array.from({ length: 10 }, () => driver.client.startNew('waiting', { instanceId: 'sync-1' })),
    );

    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('replaces a finished instance', async () => {
    const driver = await driveAll();
    await finished(driver, 'sync-1', 'old');

    await finished(driver, 'sync-1', 'new');

    const status = await driver.client.getStatus('sync-1', { showHistory: true });
    expect(status).toMatchObject({ input: 'new', output: 'new' });
    expect(await historyOf(driver, 'sync-1')).toHaveLength(3);
  });

  it('starts an unknown orchestrator, whose instance fails', async () => {
    const driver = await driveAll();

    const id = await driver.client.startNew('nowhere');

    expect(await untilTerminal(driver, id)).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining("'nowhere' doesn't exist"),
    });
  });

  it.each(['@entity', 'x'.repeat(101)])('accepts the id %s', async (id) => {
    const driver = await driveAll();

    await finished(driver, id, 'in');

    expect(await driver.client.getStatus(id)).toMatchObject({ output: 'in' });
  });

  it('passes the version to the orchestrator', async () => {
    const driver = await drive({
      orchestrators: {
        *main(context) {
          yield context.df.createTimer(context.df.currentUtcDateTime);
          return context.df.version;
        },
      },
    });

    const id = await driver.client.startNew('main', { version: '2.1' });

    expect(await untilTerminal(driver, id)).toMatchObject({ output: '2.1' });
  });

  it('responds with the status URL', async () => {
    const driver = await driveAll();

    const response = await fetch(`${driver.url}orchestrators/quick/sync-1?code=key`, {
      method: 'POST',
      body: '"in"',
    });

    const urls = (await response.json()) as Record<string, string>;
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(urls['statusQueryGetUri']);
    await untilTerminal(driver, 'sync-1');
    const status = await fetch(urls['statusQueryGetUri']!);
    expect(await status.json()).toMatchObject({ output: 'in', runtimeStatus: 'Completed' });
  });
});

describe('querying instances', () => {
  it('reports an unknown id as not found', async () => {
    const { client } = await driveAll();

    await expect(client.getStatus('missing')).rejects.toThrow('404');
    await expect(client.raiseEvent('missing', 'go', 1)).rejects.toThrow('No instance with ID');
    await expect(client.terminate('missing', 'x')).rejects.toThrow('No instance with ID');
    await expect(client.rewind('missing', 'x')).rejects.toThrow('No instance with ID');
    expect(await client.purgeInstanceHistory('missing')).toEqual({ instancesDeleted: 0 });
  });

  it('returns the history in the format of the extension', async () => {
    const driver = await driveAll();
    await finished(driver, 'sync-1', { a: 1 });

    const { history } = await driver.client.getStatus('sync-1', { showHistory: true });

    const time = expect.stringMatching(/^\d{4}-.*\.\d{7}Z$/);
    expect(history).toBeUndefined();
    expect(await historyOf(driver, 'sync-1')).toEqual([
      { EventType: 'ExecutionStarted', FunctionName: 'quick', Input: '{"a":1}', Timestamp: time },
      {
        EventType: 'TaskCompleted',
        FunctionName: 'echo',
        Input: '{"a":1}',
        Result: { a: 1 },
        ScheduledTime: time,
        Timestamp: time,
      },
      {
        EventType: 'ExecutionCompleted',
        OrchestrationStatus: 'Completed',
        Result: { a: 1 },
        Timestamp: time,
      },
    ]);
  });

  it('filters by status, time and prefix, in pages', async () => {
    const driver = await driveAll();
    for (const n of [1, 2, 3]) await finished(driver, `done-${n}`);
    await driver.client.startNew('waiting', { instanceId: 'open-1' });
    const ids = (list: readonly { instanceId: string }[]) => list.map((one) => one.instanceId);
    const soon = new Date(Date.now() + 60_000);

    const page = await fetch(`${driver.url}instances/?top=3`);
    const token = page.headers.get('x-ms-continuation-token')!;
    const rest = await fetch(`${driver.url}instances/?top=3`, {
      headers: { 'x-ms-continuation-token': token },
    });
    const prefixed = await fetch(`${driver.url}instances/?instanceIdPrefix=open&showInput=false`);

    expect(ids(await driver.client.getStatusAll())).toHaveLength(4);
    expect(ids((await page.json()) as [])).toEqual(['done-1', 'done-2', 'done-3']);
    expect(ids((await rest.json()) as [])).toEqual(['open-1']);
    expect(rest.headers.has('x-ms-continuation-token')).toBe(false);
    expect(ids((await prefixed.json()) as [])).toEqual(['open-1']);
    expect(
      ids(
        await driver.client.getStatusBy({ runtimeStatus: [OrchestrationRuntimeStatus.Completed] }),
      ),
    ).toHaveLength(3);
    expect(await driver.client.getStatusBy({ createdTimeFrom: soon })).toEqual([]);
    expect(ids(await driver.client.getStatusBy({ createdTimeTo: soon }))).toHaveLength(4);
  });

  it.each([
    ['POST', 'entities/counter/a'],
    ['GET', 'entities/counter/a'],
    ['POST', 'orchestrators/quick?timeout=1&pollingInterval=1'],
    ['GET', 'instances/x?taskHub=another'],
    ['POST', 'makeprimary'],
  ])('responds with 501 to %s %s', async (method, path) => {
    const driver = await driveAll();

    const response = await fetch(`${driver.url}${path}`, { method });

    expect(response.status).toBe(501);
  });
});

describe('controlling an instance', () => {
  it('terminates it, and later operations report it as finished', async () => {
    const driver = await driveAll();
    const id = await driver.client.startNew('waiting');

    await driver.client.terminate(id, 'by hand');

    const status = await driver.client.getStatus(id);
    expect(status).toMatchObject({ runtimeStatus: 'Terminated', output: 'by hand' });
    for (const verb of ['terminate', 'suspend', 'resume', 'raiseEvent/go']) {
      const response = await fetch(`${driver.url}instances/${id}/${verb}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      expect(response.status).toBe(410);
    }
  });

  it.each([
    ['suspend', 'Suspended'],
    ['resume', 'Running'],
  ] as const)('refuses to %s it when it is %s', async (verb, state) => {
    const driver = await driveAll();
    const id = await driver.client.startNew('waiting');
    await untilStatus(driver, id, 'Running');
    if (state === 'Suspended') await driver.client.suspend(id, 'pause');

    const refused = driver.client[verb](id, 'again');

    await expect(refused).rejects.toThrow(
      `status code: 500. Details: {"Message":"Something went wrong while processing your request","ExceptionMessage":"Cannot ${verb} the orchestration instance ${id} because instance is in the ${state} state."`,
    );
    expect(await driver.client.getStatus(id)).toMatchObject({ runtimeStatus: state });
  });

  it('queues events and results while it is suspended', async () => {
    let finish = () => {};
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const step = yield context.df.callActivity('slow');
          return [step, yield context.df.waitForExternalEvent('go')];
        },
      },
      activities: { slow: () => new Promise((done) => (finish = () => done('slow'))) },
    });
    const id = await driver.client.startNew('main');
    await waitFor(() => driver.invoked.includes('slow'));

    await driver.client.suspend(id, 'pause');
    finish();
    await driver.client.raiseEvent(id, 'go', 'went');
    const paused = await driver.client.getStatus(id);
    await driver.client.resume(id, 'on');

    expect(paused.runtimeStatus).toBe('Suspended');
    expect(driver.invoked).toContain('slow');
    expect(await untilTerminal(driver, id)).toMatchObject({ output: ['slow', 'went'] });
  });

  it('repeats only the failed activity on rewind', async () => {
    let healthy = false;
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const first = yield context.df.callActivity('echo', 1);
          const child = yield context.df.callSubOrchestrator('child', first);
          return yield context.df.callActivity('echo', child);
        },
        *child(context) {
          try {
            return yield context.df.callActivity('fragile', context.df.getInput());
          } catch (error) {
            yield context.df.callActivity('cleanUp');
            throw error;
          }
        },
      },
      activities: {
        echo: (value: number) => value + 1,
        cleanUp: () => 'clean',
        fragile(value: number) {
          if (!healthy) throw new Error('the network is down');
          return value * 10;
        },
      },
    });
    const id = await driver.client.startNew('main');
    expect(await untilTerminal(driver, id)).toMatchObject({ runtimeStatus: 'Failed' });

    healthy = true;
    await driver.client.rewind(id, 'network repaired');

    const status = await untilStatus(driver, id, 'Completed');
    expect(status.output).toBe(21);
    expect(driver.invoked.filter((name) => name === 'echo')).toHaveLength(2);
    expect(driver.invoked.filter((name) => name === 'fragile')).toHaveLength(2);
  });

  it('does not repeat succeeded parallel activities on rewind', async () => {
    const areOthersStored = async () => {
      const history = await historyOf(driver, 'parallel');
      return history.filter(({ EventType }) => EventType === 'TaskCompleted').length === 2;
    };
    let healthy = false;
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const all = [1, 2, 3].map((n) => context.df.callActivity('step', n));
          return yield context.df.Task.all(all);
        },
      },
      activities: {
        async step(n: number) {
          if (n === 3) await waitFor(areOthersStored);
          if (n === 3 && !healthy) throw new Error('not this one');
          return n;
        },
      },
    });
    const id = await driver.client.startNew('main', { instanceId: 'parallel' });
    await untilStatus(driver, id, 'Failed');

    healthy = true;
    await driver.client.rewind(id, 'again');

    expect(await untilStatus(driver, id, 'Completed')).toMatchObject({ output: [1, 2, 3] });
    expect(driver.invoked.filter((name) => name === 'step')).toHaveLength(4);
  });

  it('rewinds an orchestrator that itself failed', async () => {
    let repaired = false;
    const driver = await drive({
      orchestrators: {
        *main(context) {
          const echoed = yield context.df.callActivity('echo', 'kept');
          if (!repaired) throw new Error('a bug');
          return echoed;
        },
      },
      activities: functions.activities,
    });
    const id = await driver.client.startNew('main');
    await untilStatus(driver, id, 'Failed');

    repaired = true;
    await driver.client.rewind(id, 'repaired');

    expect(await untilStatus(driver, id, 'Completed')).toMatchObject({ output: 'kept' });
    expect(driver.invoked.filter((name) => name === 'echo')).toHaveLength(1);
  });

  it('rejects a rewind of a running instance', async () => {
    const driver = await driveAll();
    const id = await driver.client.startNew('waiting');

    await expect(driver.client.rewind(id, 'why')).rejects.toThrow(
      'only orchestrations in the "Failed"',
    );
  });

  it('restarts it under a new id or the same one', async () => {
    const driver = await driveAll();
    await finished(driver, 'sync-1', 'in');
    const restart = (query: string) =>
      fetch(`${driver.url}instances/sync-1/restart${query}`, { method: 'POST' });

    const other = (await (await restart('')).json()) as { id: string };
    const same = (await (await restart('?restartWithNewInstanceId=false')).json()) as {
      id: string;
    };

    expect(other.id).not.toBe('sync-1');
    expect(same.id).toBe('sync-1');
    for (const { id } of [other, same])
      expect(await untilTerminal(driver, id)).toMatchObject({ output: 'in' });
  });

  it('responds with 400 to an event that is not JSON', async () => {
    const driver = await driveAll();
    const id = await driver.client.startNew('waiting');
    const raise = (type: string) =>
      fetch(`${driver.url}instances/${id}/raiseEvent/go`, {
        method: 'POST',
        body: '{',
        headers: { 'content-type': type },
      });

    expect((await raise('text/plain')).status).toBe(400);
    expect((await raise('application/json')).status).toBe(400);
  });
});

describe('purging instances', () => {
  it('deletes finished instances only', async () => {
    const driver = await driveAll();
    await finished(driver, 'done-1');
    await finished(driver, 'done-2');
    await driver.client.startNew('waiting', { instanceId: 'open-1' });
    const createdTimeFrom = new Date(Date.now() - 60_000);

    const one = await driver.client.purgeInstanceHistory('done-1');
    const open = driver.client.purgeInstanceHistory('open-1');
    await expect(open).rejects.toThrow('412');
    const none = await driver.client.purgeInstanceHistoryBy({
      createdTimeFrom,
      runtimeStatus: [OrchestrationRuntimeStatus.Failed],
    });
    const rest = await driver.client.purgeInstanceHistoryBy({ createdTimeFrom });

    expect([one, none, rest].map(({ instancesDeleted }) => instancesDeleted)).toEqual([1, 0, 1]);
    expect((await driver.client.getStatusAll()).map(({ instanceId }) => instanceId)).toEqual([
      'open-1',
    ]);
  });
});
