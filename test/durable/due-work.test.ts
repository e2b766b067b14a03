/** Due work: who asks for it, how often, and what runs. */
import { app, InvocationContext } from '@azure/functions';
import { dueTasks } from '../../functions/durable/due-work';
import { registerDueWork, runAll, runRequested } from '../../functions/durable/tick.timer';
import { WorkRequestService } from '../../functions/durable/work-request-service';
import { ServiceUnavailableError } from '../../functions/errors/app-error';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { testContext } from '../support/context';

const outage = new ServiceUnavailableError('storage_unavailable', 'Storage is down.', true);
const { tenantId } = owner;

function aQueue() {
  let nowMs = Date.UTC(2026, 0, 15);
  const sent: { text: string; delay: number }[] = [];
  const state = { isDown: false };
  const queue = {
    async send(text: string, delay: number) {
      if (state.isDown) throw outage;
      sent.push({ text, delay });
    },
  };
  return {
    sent,
    state,
    requests: new WorkRequestService(queue, () => new Date(nowMs)),
    wait: (ms: number) => void (nowMs += ms),
  };
}

function tasksOf(failing: readonly string[] = []) {
  const runs: [string, string | undefined][] = [];
  const runner = (name: string) => async (_: object, __: InvocationContext, tenant?: string) => {
    runs.push([name, tenant]);
    if (failing.includes(name)) throw outage;
  };
  const [relayOutbox, linkAudit, applyRoleRules, maintainProvisioning, pushOpenLineage] =
    dueTasks.map(runner);
  return {
    runs,
    work: {
      relayOutbox: relayOutbox!,
      linkAudit: linkAudit!,
      applyRoleRules: applyRoleRules!,
      maintainProvisioning: maintainProvisioning!,
      pushOpenLineage: pushOpenLineage!,
    },
  };
}

function anInvocation() {
  const lines: object[] = [];
  const context = new InvocationContext({
    invocationId: 'test',
    logHandler: (_level, line) => void lines.push(JSON.parse(String(line)) as object),
  });
  return { context, lines };
}
const aNewConnector = { name: 'Sales', type: 'azure-data-factory' } as const;
const noServices = () => ({});

describe('WorkRequestService', () => {
  it('sends the first request of a tenant at once', async () => {
    const { requests, sent } = aQueue();

    await requests.request('relayOutbox', tenantId);
    await requests.request('relayOutbox', ownerOfOtherTenant.tenantId);
    await requests.request('linkAudit', tenantId);

    expect(sent.map(({ delay }) => delay)).toEqual([0, 0, 0]);
    expect(JSON.parse(sent[0]!.text)).toEqual({ task: 'relayOutbox', tenantId });
  });

  it('covers each change by a message that becomes visible after it', async () => {
    const { requests, sent, wait } = aQueue();
    const visible: number[] = [];
    const changes: number[] = [];

    for (let ms = 0; ms < 10_000; ms += 100) {
      const before = sent.length;
      await requests.request('relayOutbox', tenantId);
      changes.push(ms);
      if (sent.length > before) visible.push(ms + sent.at(-1)!.delay * 1_000);
      wait(100);
    }

    expect(sent.length).toBeLessThan(13);
    const waits = changes.map((at) => Math.min(...visible.filter((each) => each >= at)) - at);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  });

  it('asks for later work by a message of that time', async () => {
    const { requests, sent } = aQueue();

    await requests.request('applyRoleRules', tenantId, 29.2);
    await requests.request('applyRoleRules', tenantId);
    await requests.request('applyRoleRules', tenantId, 100_000);

    expect(sent.map(({ delay }) => delay)).toEqual([30, 0, 600]);
  });

  it('reports a message that was not sent, and sends the next', async () => {
    const { requests, sent, state } = aQueue();
    const logged = jest.spyOn(console, 'error').mockImplementation();
    state.isDown = true;
    await requests.request('relayOutbox', tenantId);
    state.isDown = false;

    await requests.request('relayOutbox', tenantId);

    expect(sent).toMatchObject([{ delay: 0 }]);
    expect(logged.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
      { event: 'work_request.failed', task: 'relayOutbox', code: 'storage_unavailable' },
    ]);
    logged.mockRestore();
  });
});

describe('a change', () => {
  it('asks for the relay of its events after it is stored', async () => {
    const { services, workRequests, outbox } = testContext();
    let pending = 0;
    const request = workRequests.request.bind(workRequests);
    jest.spyOn(workRequests, 'request').mockImplementation((...call) => {
      pending = outbox.all().length;
      return request(...call);
    });

    await services.connectors.create(owner, aNewConnector);

    expect(workRequests.requested).toMatchObject([{ task: 'relayOutbox', tenantId }]);
    expect(pending).toBe(1);
  });

  it('asks for nothing if it was refused', async () => {
    const { services, workRequests } = testContext({ maxConnectors: 0 });

    await expect(services.connectors.create(owner, aNewConnector)).rejects.toThrow('too many');

    expect(workRequests.requested).toEqual([]);
  });

  it('asks for another look at its intents after a crash', () => {
    const { services, workRequests } = testContext();
    const key = { tenantId, connectionId: 'scim-1' };
    const left = { groupId: 'G', memberId: 'U', memberType: 'User', effect: 'removed' } as const;

    services.access.intentsOf({ key, users: [], groups: [], members: [] });
    services.access.intentsOf({ key, users: [], groups: [], members: [left] });

    expect(workRequests.requested).toEqual([
      { task: 'applyRoleRules', tenantId, delaySeconds: 10 },
    ]);
  });

  it('asks for the link of its record', async () => {
    const { services, workRequests } = testContext();
    await services.connectors.create(owner, aNewConnector);

    for await (const message of services.events.listPending())
      await services.events.relay(message, async () => undefined);

    expect(workRequests.requested.map(({ task }) => task)).toEqual(['relayOutbox', 'linkAudit']);
  });
});

describe('the tick', () => {
  it('runs every task for all tenants', async () => {
    const { runs, work } = tasksOf();

    await runAll(noServices, work, anInvocation().context);

    expect(runs).toEqual(dueTasks.map((task) => [task, undefined]));
  });

  it('runs the other tasks if one fails, then fails', async () => {
    const { runs, work } = tasksOf(['linkAudit']);
    const { context, lines } = anInvocation();

    await expect(runAll(noServices, work, context)).rejects.toBe(outage);

    expect(runs).toHaveLength(dueTasks.length);
    expect(lines).toMatchObject([{ event: 'task.failed', task: 'linkAudit' }]);
  });

  it('is registered once a minute, with a queue of requests', () => {
    const timer = jest.spyOn(app, 'timer').mockImplementation();
    const queue = jest.spyOn(app, 'storageQueue').mockImplementation();

    registerDueWork(noServices, tasksOf().work);

    expect(timer.mock.calls).toMatchObject([['tick', { schedule: '0 * * * * *' }]]);
    expect(queue.mock.calls).toMatchObject([['runTask', { queueName: 'work' }]]);
    jest.restoreAllMocks();
  });
});

describe('a requested task', () => {
  it('runs for its tenant', async () => {
    const { runs, work } = tasksOf();
    const message = { task: 'linkAudit', tenantId };

    await runRequested(noServices, work, message, anInvocation().context);

    expect(runs).toEqual([['linkAudit', tenantId]]);
  });

  it('is reported and fails if it could not do its work', async () => {
    const { work } = tasksOf(['relayOutbox']);
    const { context, lines } = anInvocation();
    const message = { task: 'relayOutbox', tenantId };

    await expect(runRequested(noServices, work, message, context)).rejects.toBe(outage);

    expect(lines).toMatchObject([{ event: 'task.failed', task: 'relayOutbox' }]);
  });

  it.each([undefined, 'text', {}, { task: 'rm', tenantId }, { task: 'linkAudit', tenantId: '' }])(
    'is refused for the message %j',
    async (message) => {
      const { runs, work } = tasksOf();

      const run = runRequested(noServices, work, message, anInvocation().context);

      await expect(run).rejects.toThrow(/Invalid|Too small/);
      expect(runs).toEqual([]);
    },
  );
});
