/** The operators' API on fakes: lists, details, control, and what operators of other tenants see. */
import type { HistoryEntry } from '../../functions/durable/instance';
import type { InstanceStatus } from '../../functions/durable/instance-status';
import { orchestrationEndOf } from '../../functions/durable/orchestration-end';
import type { Caller } from '../../functions/http/caller';
import { timelineOf } from '../../functions/ops/timeline';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import { owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const operator: Caller = { ...owner, roles: ['Operator'] };
const stranger: Caller = { ...ownerOfOtherTenant, roles: ['Operator'] };
const { tenantId } = owner;

function opsContext() {
  const context = syncContext();
  const { services, durableClient, wait } = context;
  const call = (name: EndpointName, call: object = {}, as = operator) =>
    callEndpoint(name, { as, services, ...call });
  /** Starts an instance, a minute after the one before. */
  const start = async (instanceId: string, status: InstanceStatus = 'Running', input = {}) => {
    wait(60);
    await services.durableClient().start('deliverWebhook', instanceId, { tenantId, ...input });
    durableClient.statuses.set(instanceId, status);
  };
  const startSync = async () => {
    const as: Caller = { ...owner, roles: ['Owner'] };
    const { json } = await call('startSync', { params: { connectorId: 'c1' } }, as);
    const syncRunId = String(json.id);
    return { syncRunId, instanceId: `sync-c1-${syncRunId}` };
  };
  const ids = async (query: Record<string, string> = {}, as = operator) => {
    const { json } = await call('listOrchestrations', { query }, as);
    return json.items.map((item: { readonly instanceId: string }) => item.instanceId) as string[];
  };
  return { ...context, call, start, startSync, ids };
}

describe('listOrchestrations', () => {
  it('lists the newest first with their statuses', async () => {
    const { start, call } = opsContext();
    await start('one', 'Completed');
    await start('two', 'Running', { connectorId: 'c1' });

    const { json } = await call('listOrchestrations');

    expect(json.items).toEqual([
      expect.objectContaining({ instanceId: 'two', status: 'Running', connectorId: 'c1' }),
      expect.objectContaining({ instanceId: 'one', status: 'Completed', name: 'deliverWebhook' }),
    ]);
  });

  it.each<[string, Record<string, string>, readonly string[]]>([
    ['status', { status: 'Failed,Suspended' }, ['c-3', 'b-2']],
    ['id prefix', { idPrefix: 'b' }, ['b-2']],
    ['connector', { connectorId: 'c9' }, ['c-3']],
    ['unknown orchestrator', { name: 'syncConnector' }, []],
    ['orchestrator', { name: 'deliverWebhook' }, ['c-3', 'b-2', 'a-1']],
    ['begin of creation', { createdFrom: '2026-01-15T12:02:00Z' }, ['c-3', 'b-2']],
    ['end of creation', { createdTo: '2026-01-15T12:02:00Z' }, ['a-1']],
    ['offset', { createdTo: '2026-01-15T13:02:00+01:00' }, ['a-1']],
    ['order', { sort: 'createdAt' }, ['a-1', 'b-2', 'c-3']],
  ])('filters by %s', async (_, query, expected) => {
    const { start, ids } = opsContext();
    await start('a-1');
    await start('b-2', 'Failed');
    await start('c-3', 'Suspended', { connectorId: 'c9' });

    expect(await ids(query)).toEqual(expected);
  });

  it('pages through all of them', async () => {
    const { start, call } = opsContext();
    for (const id of ['a', 'b', 'c']) await start(id);

    const first = await call('listOrchestrations', { query: { limit: '2' } });
    const next = new URL(first.json.nextLink).searchParams;
    const second = await call('listOrchestrations', { query: Object.fromEntries(next) });

    expect(first.json.items).toHaveLength(2);
    expect(second.json.items).toEqual([expect.objectContaining({ instanceId: 'a' })]);
  });

  it('hides instances of other tenants', async () => {
    const { start, ids, call } = opsContext();
    await start('ours');

    const one = await call('getOrchestration', { params: { instanceId: 'ours' } }, stranger);

    expect(await ids({}, stranger)).toEqual([]);
    expect(one).toMatchObject({ status: 404, json: { code: 'orchestration_not_found' } });
  });

  it.each([
    ['status', 'Broken'],
    ['createdFrom', 'yesterday'],
    ['sort', 'name'],
    ['idPrefix', 'a/b'],
  ])('refuses a wrong %s', async (name, value) => {
    const { status, json } = await opsContext().call('listOrchestrations', {
      query: { [name]: value },
    });

    expect([status, json.errors[0].pointer]).toEqual([400, `?${name}`]);
  });

  it('drops the row of an instance that never started', async () => {
    const { start, ids, durableClient, wait } = opsContext();
    await start('lost');
    durableClient.statuses.delete('lost');

    const early = await ids();
    wait(301);

    expect([early, await ids()]).toEqual([['lost'], []]);
  });
});

describe('getOrchestration', () => {
  it('returns input and failures without secrets', async () => {
    const { start, call, durableClient } = opsContext();
    const secret =
      'AccountKey=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Cg==';
    await start('one', 'Failed', { clientSecret: 'hunter2-hunter2', note: secret });
    durableClient.histories.set('one', [
      { EventType: 'TaskFailed', FunctionName: 'send', Timestamp: at(2), Reason: secret },
    ]);

    const { json, status } = await call('getOrchestration', { params: { instanceId: 'one' } });

    expect(status).toBe(200);
    expect(JSON.stringify(json)).not.toMatch(/hunter2|Zm9vYmFy/);
    expect(json.timeline[0]).toMatchObject({ name: 'send', status: 'failed' });
    expect(json.input.tenantId).toBe(tenantId);
  });

  it('shows a child under the root of its tenant', async () => {
    const { start, call, durableClient } = opsContext();
    await start('root');
    await durableClient.start('child', 'root-0-3', {});

    const params = { instanceId: 'root-0-3' };
    const ours = await call('getOrchestration', { params });
    const theirs = await call('getOrchestration', { params }, stranger);
    const control = await call('suspendOrchestration', { params });

    expect(ours.json).toMatchObject({ instanceId: 'root-0-3', rootInstanceId: 'root' });
    expect(theirs.status).toBe(404);
    expect(control).toMatchObject({ status: 409, json: { code: 'orchestration_is_child' } });
  });
});

describe('control of an orchestration', () => {
  const control = (name: EndpointName, instanceId: string) =>
    [name, { params: { instanceId, eventName: 'go' } }] as const;

  it.each<[EndpointName, InstanceStatus, number, InstanceStatus | undefined]>([
    ['suspendOrchestration', 'Running', 204, 'Suspended'],
    ['suspendOrchestration', 'Suspended', 204, 'Suspended'],
    ['suspendOrchestration', 'Completed', 409, 'Completed'],
    ['resumeOrchestration', 'Suspended', 204, 'Running'],
    ['terminateOrchestration', 'Running', 204, 'Terminated'],
    ['terminateOrchestration', 'Terminated', 409, 'Terminated'],
    ['rewindOrchestration', 'Failed', 204, 'Running'],
    ['rewindOrchestration', 'Completed', 409, 'Completed'],
    ['restartOrchestration', 'Running', 409, 'Running'],
    ['raiseOrchestrationEvent', 'Failed', 409, 'Failed'],
    ['purgeOrchestration', 'Running', 409, 'Running'],
    ['purgeOrchestration', 'Failed', 204, undefined],
  ])('%s of an instance that is %s responds with %i', async (name, before, expected, after) => {
    const { start, call, durableClient } = opsContext();
    await start('one', before);

    const { status } = await call(...control(name, 'one'));

    expect([status, durableClient.statuses.get('one')]).toEqual([expected, after]);
  });

  it('restarts with the same input under a new id', async () => {
    const { start, call, durableClient, ids } = opsContext();
    await start('one', 'Failed', { webhookId: 'w1' });

    const { json } = await call(...control('restartOrchestration', 'one'));

    expect(durableClient.started.at(-1)).toEqual({
      name: 'deliverWebhook',
      instanceId: json.instanceId,
      input: { tenantId, webhookId: 'w1' },
    });
    expect(await ids()).toContain(json.instanceId);
  });

  it('pauses, resumes and cancels the sync run of a sync', async () => {
    const { startSync, call, durableClient, syncRunStore } = opsContext();
    const { syncRunId, instanceId } = await startSync();
    const statuses: (string | undefined)[] = [];

    for (const name of ['suspend', 'resume', 'terminate'] as const) {
      await call(...control(`${name}Orchestration`, instanceId));
      statuses.push((await syncRunStore.find(tenantId, syncRunId))?.status);
    }

    expect(statuses).toEqual(['paused', 'queued', 'cancelled']);
    expect(durableClient.statuses.get(instanceId)).toBe('Terminated');
  });

  it('restarts a sync as a new sync run', async () => {
    const { startSync, call, ids } = opsContext();
    const { instanceId } = await startSync();
    await call(...control('terminateOrchestration', instanceId));

    const { status, json } = await call(...control('restartOrchestration', instanceId));

    expect(status).toBe(202);
    expect(json.instanceId).toMatch(/^sync-c1-/);
    expect(await ids({ status: 'Running' })).toEqual([json.instanceId]);
  });

  it('does not rewind a sync run that has ended', async () => {
    const { startSync, call, durableClient } = opsContext();
    const { instanceId } = await startSync();
    await call(...control('terminateOrchestration', instanceId));
    durableClient.statuses.set(instanceId, 'Failed');

    const { json } = await call(...control('rewindOrchestration', instanceId));

    expect(json.code).toBe('sync_not_rewindable');
  });

  it('purges by time, status and orchestrator in its tenant only', async () => {
    const { start, call, ids, durableClient } = opsContext();
    await start('done', 'Completed');
    await start('failed', 'Failed');
    await start('active', 'Running');
    await start('theirs', 'Completed', { tenantId: stranger.tenantId });
    const query = { createdTo: '2026-02-01T00:00:00Z', status: 'Completed' };

    const { json } = await call('purgeOrchestrations', { query });
    const refused = await call('purgeOrchestrations', { query: { ...query, status: 'Running' } });

    expect(refused.json.errors[0].pointer).toBe('?status');
    expect(json).toEqual({ purged: 1, isComplete: true });
    expect(await ids()).toEqual(['active', 'failed']);
    expect(durableClient.statuses.has('theirs')).toBe(true);
  });
});

describe('a purge', () => {
  it('counts each orchestration for one of five requests', async () => {
    const { start, call } = opsContext();
    for (let n = 0; n < 9; n++) await start(`done-${n}`, 'Completed');
    const query = { createdTo: '2026-02-01T00:00:00Z' };

    const responses = await Promise.all(
      Array.from({ length: 5 }, () => call('purgeOrchestrations', { query })),
    );

    const counts = responses.map(({ json }) => json.purged as number);
    expect(counts.reduce((sum, count) => sum + count)).toBe(9);
    expect(responses.map(({ json }) => json.isComplete)).toEqual(Array(5).fill(true));
  });
});

describe('opsSummary', () => {
  it('counts what runs, fails, is late and was not relayed', async () => {
    const { start, call, wait } = opsContext();
    await start('one', 'Running');
    await start('two', 'Failed');

    const early = await call('opsSummary');
    wait(8 * 3_600);
    const late = await call('opsSummary');

    expect(early.json).toMatchObject({
      orchestrations: { active: 1, failed: 1, isComplete: true },
      staleConnectors: { count: 0, items: [] },
      throttledFactories: 0,
      outbox: { oldestAt: null, ageMs: 0 },
      drift: { missing: 0, unwanted: 0, foreign: 0, reconciledAt: null },
    });
    expect(late.json.staleConnectors).toMatchObject({ count: 1, items: [{ connectorId: 'c1' }] });
  });
});

const at = (second: number) => new Date(Date.UTC(2026, 0, 15, 12, 0, second)).toISOString();

describe('timelineOf', () => {
  const task = (EventType: string, FunctionName: string, from: number, to: number) => ({
    EventType,
    FunctionName,
    ScheduledTime: at(from),
    Timestamp: at(to),
  });
  const shortOf = (history: readonly HistoryEntry[]) =>
    timelineOf({ history }).map(({ kind, name, status, attempt = 0 }) => [
      kind,
      name,
      status,
      attempt,
    ]);

  it('tells retries and their pauses from other steps and waits', () => {
    expect(
      shortOf([
        task('TaskFailed', 'read', 1, 2),
        { EventType: 'TimerCreated', Timestamp: at(2), FireAt: at(4) },
        task('TaskCompleted', 'list', 1, 3),
        { EventType: 'TimerFired', Timestamp: at(4), FireAt: at(4) },
        task('TaskCompleted', 'read', 4, 5),
        { EventType: 'TimerCreated', Timestamp: at(5), FireAt: at(9) },
      ]),
    ).toEqual([
      ['step', 'read', 'failed', 1],
      ['step', 'list', 'completed', 1],
      ['retry_pause', 'read', 'completed', 0],
      ['step', 'read', 'completed', 2],
      ['wait', 'timer', 'running', 0],
    ]);
  });

  it('ends what was running when the instance is terminated', () => {
    expect(
      shortOf([
        { EventType: 'ExecutionStarted', FunctionName: 'main', Timestamp: at(0) },
        { EventType: 'SubOrchestrationInstanceCreated', Name: 'child', Timestamp: at(1) },
        { EventType: 'EventRaised', Name: 'go', Timestamp: at(2) },
        { EventType: 'ExecutionTerminated', Timestamp: at(3) },
      ]),
    ).toEqual([
      ['orchestration', 'child', 'cancelled', 1],
      ['event', 'go', 'completed', 0],
      ['control', 'terminated', 'completed', 0],
    ]);
  });
});

describe('orchestrationEndOf', () => {
  const input = { instanceId: 'one', history: [], input: { tenantId } };
  const done = { isDone: true, actions: [[]] };

  it.each<[string, unknown, unknown, unknown, string | undefined]>([
    ['a completed orchestration', input, done, undefined, 'Completed'],
    [
      'an input that is text',
      { ...input, input: JSON.stringify(input.input) },
      done,
      undefined,
      'Completed',
    ],
    ['a failed one', input, undefined, new Error('x\n\n$OutOfProcData$:{}'), 'Failed'],
    ['a failure of the host', input, undefined, new Error('x'), undefined],
    ['an active one', input, { isDone: false, actions: [] }, undefined, undefined],
    [
      'one that continues as new',
      input,
      { isDone: true, actions: [[{ actionType: 4 }]] },
      undefined,
      undefined,
    ],
    ['a child', { ...input, parentInstanceId: 'root' }, done, undefined, undefined],
    ['one of no tenant', { ...input, input: {} }, done, undefined, undefined],
    ['another function', { isPastDue: false }, undefined, undefined, undefined],
  ])('recognizes %s', (_, trigger, result, error, expected) => {
    expect(orchestrationEndOf(trigger, result, error)?.status).toBe(expected);
  });
});
