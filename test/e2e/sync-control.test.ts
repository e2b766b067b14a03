/** Cancel, pause, resume, retry and schedules of sync runs, end to end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numbered, upTo, writeFactory } from './support/factory-files';
import { endOfJournal, requestsSince } from './support/journal';
import { startCollector, type Collector } from './support/otlp-collector';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  all,
  connectWithSecret,
  createConnector,
  untilTerminal,
  listAllResources,
  startSync,
  stopRefreshing,
  syncedConnector,
} from './support/journey';
import { fireTimer } from './support/timers';

let stack: RunningStack;
let root: string;
let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
  root = await mkdtemp(join(tmpdir(), 'adf-connect-sync-control-'));
  const shop = await writeFactory(
    join(root, 'shop'),
    numbered({ pipelines: [1, 2], datasets: upTo(300) }),
  );
  const quiet = await writeFactory(
    join(root, 'quiet'),
    numbered({ pipelines: [9], datasets: [9] }),
  );
  stack = await startRunningStack({
    workers: 2,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    arguments: ['--factories', shop, '--factories', quiet],
  });
});
afterEach(async () => {
  await stack.control('DELETE', '/scenarios');
  await stack.control('POST', '/latency', { ms: 0 });
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await collector.stop();
  await rm(root, { recursive: true, force: true });
});

const slowDown = () => stack.control('POST', '/latency', { ms: 150 });
const runAt = async (run: string) => (await stack.call('GET', run)).body;
const control = (run: string, verb: string) => stack.call('POST', `${run}/${verb}`);
const syncsOf = async (id: string) =>
  (await stack.call('GET', `/api/connectors/${id}/syncs`)).body.items as any[];

/** A connector whose first sync run is reading its lists. */
async function startSlowSync(name: string) {
  const connectorId = await createConnector(stack, name);
  await connectWithSecret(stack, connectorId);
  await slowDown();
  const run = await startSync(stack, connectorId);
  await until(async () => (await runAt(run)).progress.done > 3, 'some lists are read');
  return { connectorId, run };
}

const listRequests = async (since: number) =>
  (await requestsSince(stack, since, 'resource-manager')).filter(({ method }) => method === 'GET');

describe('sync control', () => {
  it('cancels a sync run within a page and removes nothing', async () => {
    const { connectorId, run } = await startSlowSync('cancelled');
    const since = await endOfJournal(stack);

    const cancelled = await control(run, 'cancel');
    const ended = await untilTerminal(stack, run);
    const requests = await listRequests(since);
    await stack.control('POST', '/latency', { ms: 0 });
    const next = await untilTerminal(stack, await startSync(stack, connectorId));

    expect(cancelled).toMatchObject({ status: 202, body: { status: 'cancelling' } });
    expect(ended).toMatchObject({ status: 'cancelled' });
    expect(requests.length).toBeLessThanOrEqual(12);
    expect(await control(run, 'cancel')).toMatchObject({
      status: 409,
      body: { code: 'sync_finished' },
    });
    expect(next).toMatchObject({ status: 'succeeded' });
    expect(await listAllResources(stack, connectorId, '&kind=dataset')).toHaveLength(301);
  });

  it('reads nothing while paused, and everything once after the resume', async () => {
    const { connectorId, run } = await startSlowSync('paused');

    await control(run, 'pause');
    let quiet = 0;
    let last = -1;
    await until(async () => {
      const now = await endOfJournal(stack);
      const recent = await listRequests(last);
      quiet = recent.length === 0 ? quiet + 1 : 0;
      last = now;
      return quiet > 10;
    }, 'no list is being read');
    const paused = await runAt(run);
    const second = await stack.call('POST', `/api/connectors/${connectorId}/syncs`);
    await stack.control('POST', '/latency', { ms: 0 });
    await control(run, 'resume');
    const ended = await untilTerminal(stack, run, { advanceSeconds: 1 });

    expect(paused).toMatchObject({ status: 'paused' });
    expect(second).toMatchObject({ status: 409, body: { code: 'sync_already_running' } });
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.counts.dataset).toEqual({ read: 301, written: 301, unchanged: 0, removed: 0 });
    const changes = await all<any>(stack, `${run}/changes?kind=dataset&change=added&limit=100`);
    expect(changes).toHaveLength(301);
  });

  it('retries only the factory that failed', async () => {
    const connectorId = await createConnector(stack, 'retried');
    await connectWithSecret(stack, connectorId);
    await stack.control('POST', '/scenarios', {
      scenario: 'list-forbidden',
      factory: 'quiet',
      list: 'trigger',
    });
    const first = await startSync(stack, connectorId);
    expect(await untilTerminal(stack, first)).toMatchObject({ status: 'partial' });
    await stack.control('DELETE', '/scenarios');
    const since = await endOfJournal(stack);

    const retried = await control(first, 'retry');
    const ended = await untilTerminal(stack, retried.headers.get('location')!);
    const paths = (await listRequests(since)).map(({ path }) => path);

    expect(ended).toMatchObject({
      status: 'succeeded',
      trigger: 'retry',
      factories: [{ name: 'quiet', status: 'succeeded' }],
    });
    expect(paths.filter((path) => path.includes('/quiet/'))).not.toEqual([]);
    expect(paths.filter((path) => path.includes('/shop/'))).toEqual([]);
    expect(await control(retried.headers.get('location')!, 'retry')).toMatchObject({
      status: 409,
      body: { code: 'sync_nothing_failed' },
    });
  });

  it('marks a sync run without orchestration as lost', async () => {
    const { connectorId, run } = await startSlowSync('lost');
    const { baseUrl, masterKey } = await stack.description();
    const instance = `sync-${connectorId}-${run.split('/').at(-1)}`;
    await fetch(
      `${baseUrl}/runtime/webhooks/durabletask/instances/${instance}/terminate?code=${masterKey}`,
      { method: 'POST' },
    );

    await until(async () => {
      await stack.call('POST', '/api/ops/reconcile', { as: 'operator' });
      return (await runAt(run)).status === 'failed';
    }, 'the sync run is marked as lost');
    await stack.control('POST', '/latency', { ms: 0 });
    const next = await untilTerminal(stack, await startSync(stack, connectorId));
    const summary = await stack.call('GET', '/api/ops/summary', { as: 'operator' });

    expect(await runAt(run)).toMatchObject({ error: { code: 'sync_instance_lost' } });
    expect(next).toMatchObject({ status: 'succeeded' });
    expect(summary.body).toMatchObject({ locks: 0, oldestActiveAt: null });
  });
});

describe('operators', () => {
  const operate = (method: string, path: string, body?: unknown) =>
    stack.call(method, `/api/ops/orchestrations${path}`, { as: 'operator', body });
  const statusOf = async (id: string) => (await operate('GET', `/${id}`)).body.status;
  const untilStatus = (id: string, status: string) =>
    until(async () => {
      await stack.control('POST', '/clock', { advanceSeconds: 2 });
      return (await statusOf(id)) === status;
    }, `${id} is ${status}`);
  /** Actions of operators on an instance, in their order, as the audit trail has them. */
  const untilAudited = (instanceId: string, actions: readonly string[]): Promise<any> =>
    until<false | any[]>(async () => {
      await fireTimer(stack, 'tick');
      const entries = await all<any>(stack, '/api/audit/entries?limit=100');
      const found = entries.filter(({ data }) => data?.instanceId === instanceId).reverse();
      const named = found.map(({ action, outcome }) => `${action} ${outcome}`);
      if (named.length < actions.length) return false;
      expect(named).toEqual(actions.map((action) => `orchestration.${action}_requested succeeded`));
      return found;
    }, `${actions.join()} of ${instanceId} are in the audit trail`);

  it('control the orchestration of a running sync, each time with an entry', async () => {
    const { connectorId, run } = await startSlowSync('operated');
    const id = `sync-${connectorId}-${run.split('/').at(-1)}`;

    const suspended = await operate('POST', `/${id}/suspend`);
    await until(async () => (await runAt(run)).status === 'paused', 'the sync run is paused');
    const resumed = await operate('POST', `/${id}/resume`);
    await until(async () => (await runAt(run)).status === 'running', 'the sync run is running');
    const raised = await operate('POST', `/${id}/events/unknown`, { data: { any: 'JSON' } });
    const early = await operate('DELETE', `/${id}`);
    const terminated = await operate('POST', `/${id}/terminate`);
    const ended = await untilTerminal(stack, run);
    await stack.control('POST', '/latency', { ms: 0 });
    const restarted = await operate('POST', `/${id}/restart`);
    await untilTerminal(
      stack,
      `/api/connectors/${connectorId}/syncs/${restarted.body.instanceId.split('-').at(-1)}`,
    );
    const purged = await operate('DELETE', `/${id}`);

    expect([suspended, resumed, raised, terminated, restarted, purged]).toMatchObject([
      { status: 204 },
      { status: 204 },
      { status: 202 },
      { status: 204 },
      { status: 202 },
      { status: 204 },
    ]);
    expect(early).toMatchObject({ status: 409, body: { code: 'orchestration_not_purgeable' } });
    expect(ended).toMatchObject({ status: 'cancelled' });
    expect(await operate('GET', `/${id}`)).toMatchObject({ status: 404 });
    const actions = ['suspend', 'resume', 'event', 'terminate', 'restart', 'purge'];
    const entries = await untilAudited(id, actions);
    expect(entries[0]).toMatchObject({ connectorId, actor: { kind: 'person' } });
  });

  it('rewind a failed deletion, which then ends', async () => {
    const connectorId = await createConnector(stack, 'rewound');
    await stack.control('POST', '/faults', {
      service: 'storage',
      kind: 'status',
      path: `^DELETE .*/connectors\\(.*${connectorId}`,
      status: 403,
    });
    await stack.call('DELETE', `/api/connectors/${connectorId}`, { headers: { 'if-match': '*' } });
    const id: string = await until(async () => {
      const { body } = await operate('GET', `?connectorId=${connectorId}&name=purgeConnector`);
      return body.items[0]?.instanceId;
    }, 'the deletion is listed');
    await untilStatus(id, 'Failed');
    await stack.control('DELETE', '/faults');

    const rewound = await operate('POST', `/${id}/rewind`);
    await untilStatus(id, 'Completed');

    expect(rewound.status).toBe(204);
    expect(await stack.call('GET', `/api/connectors/${connectorId}`)).toMatchObject({
      status: 404,
    });
    await untilAudited(id, ['rewind']);
  });

  it('purge what has ended by status and time', async () => {
    const { body } = await operate('GET', '?status=Completed&limit=1');
    const newest = body.items[0];
    const before = new Date(Date.parse(newest.createdAt) + 1).toISOString();
    const query = `status=Completed&createdTo=${before}`;

    const purged = await operate('POST', `/purge?${query}`);

    expect(purged).toMatchObject({ status: 200, body: { isComplete: true } });
    expect(purged.body.purged).toBeGreaterThan(0);
    expect((await operate('GET', `?${query}`)).body.items).toEqual([]);
    await until(async () => {
      await fireTimer(stack, 'tick');
      const entries = await all<any>(stack, '/api/audit/entries?limit=100');
      return entries.some(
        ({ data }) => data?.statuses === 'Completed' && data.createdTo === before,
      );
    }, 'the purge is in the audit trail');
  });
});

describe('exported spans', () => {
  it('of a sync run are one trace over both workers', async () => {
    const connectorId = await createConnector(stack, 'traced');
    await connectWithSecret(stack, connectorId);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { headers } = await stack.call('POST', `/api/connectors/${connectorId}/syncs`, {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-00` },
    });
    await untilTerminal(stack, headers.get('location')!);
    const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
    const named = (name: string) => ofTrace().filter((span) => span.name === name);
    const expected = [
      'POST /connectors/{connectorId}/syncs',
      'step discoverFactories',
      'step finishSync',
      'POST entra token',
      'GET key vault',
      'GET resource manager',
      'POST table resources',
    ];
    // Each worker sends what it has every two seconds.
    await until(() => expected.every((name) => named(name).length > 0), 'all are exported');

    expect(named('POST /connectors/{connectorId}/syncs')).toMatchObject([
      { kind: 2, parentSpanId: '00f067aa0ba902b7', resource: { 'service.name': 'adf-connect' } },
    ]);
    const workers = ofTrace().map(({ resource }) => resource['service.instance.id']);
    expect(new Set(workers).size).toBe(2);
    expect(collector.complaints).toEqual([]);
  });

  it('hold no secret, token, query or body', async () => {
    const { sample, tokens } = await stack.description();
    const collected = collector.bodies.join();

    expect(collected.includes('POST /connectors/{connectorId}/credentials')).toBe(true);
    const secrets = [sample.clientSecret, tokens.owner, 'Bearer', 'eyJ', 'api-version=', '"body"'];
    expect(secrets.filter((secret) => collected.includes(secret))).toEqual([]);
  });
});

describe('schedules', () => {
  // The clock moves by months.
  beforeAll(async () => {
    for (const { id } of await all(stack, '/api/connectors')) await stopRefreshing(stack, id);
  });

  it('start one sync per day in Berlin across daylight saving', async () => {
    const set = (now: string) => stack.control('POST', '/clock', { now });
    await set('2027-03-27T12:00:00.000Z');
    const connectorId = await syncedConnector(stack, 'daily');
    const { headers } = await stack.call('GET', `/api/connectors/${connectorId}/schedule`);
    const planned = await stack.call('PUT', `/api/connectors/${connectorId}/schedule`, {
      body: { kind: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' },
      headers: { 'if-match': headers.get('etag')! },
    });
    const startedAt = async (now: string) => {
      await set(now);
      await fireTimer(stack, 'refreshConnectors');
      const syncs = await syncsOf(connectorId);
      await untilTerminal(stack, `/api/connectors/${connectorId}/syncs/${syncs[0].id}`);
      return syncs.length;
    };

    expect(planned.status).toBe(200);
    // Half past two does not exist on 28 March 2027: it is half past three, 01:30 UTC, and some jitter.
    expect(planned.body.nextRunAt).toMatch(/^2027-03-28T01:3/);
    expect(await startedAt('2027-03-28T01:29:00.000Z')).toBe(1);
    expect(await startedAt('2027-03-28T01:36:00.000Z')).toBe(2);
    expect(await startedAt('2027-03-28T02:36:00.000Z')).toBe(2);
    expect(await startedAt('2027-04-02T12:00:00.000Z')).toBe(3);
    expect(await startedAt('2027-04-02T13:00:00.000Z')).toBe(3);
    expect((await syncsOf(connectorId)).map(({ trigger }) => trigger)).toEqual([
      'schedule',
      'schedule',
      'manual',
    ]);
  });

  it('start a due sync after the active one has finished', async () => {
    const { connectorId, run } = await startSlowSync('overlap');
    const schedule = `/api/connectors/${connectorId}/schedule`;
    const { headers } = await stack.call('GET', schedule);
    await stack.call('PUT', schedule, {
      body: JSON.stringify({ kind: 'interval', minutes: 30 }),
      headers: { 'If-Match': headers.get('etag')! },
    });
    // Less than an hour, after which a sync run without a report would be ended.
    await stack.control('POST', '/clock', { advanceSeconds: 50 * 60 });

    await fireTimer(stack, 'refreshConnectors');

    expect(await syncsOf(connectorId)).toHaveLength(1);
    await stack.control('POST', '/latency', { ms: 0 });
    await untilTerminal(stack, run);
    await fireTimer(stack, 'refreshConnectors');
    expect(await syncsOf(connectorId)).toHaveLength(2);
  });
});
