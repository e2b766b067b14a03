/**
 * The worker that runs the orchestrations is killed right before or right after Durable stores the
 * n-th event of a small sync, while queues are slow and deliver steps twice.
 * KILL_POINTS=all runs every n. The default is the first, one in the middle and the last.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instanceOf } from './support/durable';
import { numbered, upTo, writeFactory } from './support/factory-files';
import { endOfJournal, requestsSince } from './support/journal';
import { patienceMs, until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import { connectWithSecret, createConnector, untilTerminal, startSync } from './support/journey';
import { fireTimer } from './support/timers';
import { changesOver, differences, takeSnapshot, type Snapshot } from './support/snapshot';

const killEverywhere = process.env['KILL_POINTS'] === 'all';
/** Tested by default, besides the last. */
const sample = [1, 3];

/** A busy machine gets more time between two events with each attempt. */
const maxAttempts = 4;
let stepMs = 100;

type Kill = 'kill' | 'kill-after';

let stack: RunningStack;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-kill-points-'));
  const folder = await writeFactory(join(root, 'small'), {
    ...numbered({ pipelines: [1], datasets: [1] }),
    'managedVirtualNetwork/default.json': { name: 'default', properties: {} },
  });
  stack = await startRunningStack({ arguments: ['--factories', folder], unkind: true });
  await delayListsOneByOne();
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

const lists =
  'pipelines datasets triggers linkedservices dataflows managedVirtualNetworks globalParameters integrationRuntimes credentials adfcdcs';

/** Each list takes longer than the one before, so that no two results are stored together. */
async function delayListsOneByOne(): Promise<void> {
  await stack.control('DELETE', '/faults');
  for (const [n, list] of lists.split(' ').entries())
    await stack.control('POST', '/faults', {
      service: 'resource-manager',
      kind: 'delay',
      delayMs: stepMs * (n + 1),
      path: `/factories/small/${list}`,
    });
}

async function connectConnector(name: string): Promise<string> {
  const connectorId = await createConnector(stack, name);
  await connectWithSecret(stack, connectorId);
  return connectorId;
}

const storing = '^(POST|PUT|MERGE|DELETE) .*Instances';

async function storedSince(since: number): Promise<number> {
  const requests = await requestsSince(stack, since, 'storage');
  const line = new RegExp(storing);
  return requests.filter(({ method, path }) => line.test(`${method} ${path}`)).length;
}

/** Number of incoming events in the history of a sync of one factory. */
async function eventsOf(connectorId: string, syncRunId: string): Promise<number> {
  const incoming = ['ExecutionStarted', 'TaskCompleted'];
  const events = (await instanceOf(stack, connectorId, syncRunId))?.historyEvents ?? [];
  return events.filter(({ EventType }) => incoming.includes(EventType)).length;
}

interface CompletedState {
  readonly statuses: readonly string[];
  readonly snapshot: Snapshot;
  readonly changes: Snapshot;
}

interface Run {
  readonly id: string;
  readonly status: string;
}
/** Newest first. */
const runsOf = async (connectorId: string): Promise<readonly Run[]> =>
  (await stack.call('GET', `/api/connectors/${connectorId}/syncs`)).body.items;

/** The orchestration completes a moment after the sync run. */
async function isCompleted(connectorId: string): Promise<boolean> {
  const [run] = await runsOf(connectorId);
  const instance = run && (await instanceOf(stack, connectorId, run.id));
  return instance?.runtimeStatus === 'Completed';
}

/** The state once the sync run and its orchestration are completed. */
async function completedState(connectorId: string): Promise<CompletedState> {
  await until(() => isCompleted(connectorId), 'the orchestration is completed');
  const runs = await runsOf(connectorId);
  return {
    statuses: runs.map(({ status }) => status),
    snapshot: await takeSnapshot(stack, connectorId),
    changes: await changesOver(stack, connectorId, [runs[0]!.id]),
  };
}

/** An undisturbed sync in which every event, and the start of the instance, was stored separately. */
async function measureUndisturbed(): Promise<CompletedState & { readonly points: number }> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    stepMs = 100 * attempt;
    await delayListsOneByOne();
    const connectorId = await connectConnector(`undisturbed ${attempt}`);
    const since = await endOfJournal(stack);
    const { id } = await untilTerminal(stack, await startSync(stack, connectorId));
    const undisturbed = await completedState(connectorId);
    const points = await storedSince(since);
    if (points === (await eventsOf(connectorId, id)) + 1) return { ...undisturbed, points };
  }
  throw new Error('This machine is too busy to store one event at a time.');
}

/**
 * The request that was pending when the host died is not repeated: a timer starts the lost sync.
 * Undefined if the sync had fewer than n events, because a busy machine stored two together.
 */
async function killAt(n: number, kind: Kill, attempt: number): Promise<CompletedState | undefined> {
  const connectorId = await connectConnector(`${kind} ${n} ${attempt}`);
  const { hostPid } = await stack.description();
  const fault = { service: 'storage', path: storing, kind, skip: n - 1, count: 1 };
  await stack.control('POST', '/faults', fault);
  const armed = async () =>
    (await stack.control<{ kind: string }[]>('GET', '/faults')).some((each) => each.kind === kind);

  await stack.call('POST', `/api/connectors/${connectorId}/syncs`).catch(() => undefined);
  // A dying host does not respond.
  const completed = () => isCompleted(connectorId).catch(() => false);
  await until(async () => !(await armed()) || (await completed()), 'the host is killed');
  if (await armed()) {
    await delayListsOneByOne();
    return undefined;
  }
  await until(async () => (await stack.description()).hostPid !== hostPid, 'another host is up');
  const [run] = await runsOf(connectorId);
  if (!(await instanceOf(stack, connectorId, run!.id))) {
    await stack.control('POST', '/clock', { advanceSeconds: 61 });
    await fireTimer(stack, 'reconcileSyncs');
  }
  return completedState(connectorId);
}

async function killAtEvent(n: number, kind: Kill): Promise<CompletedState> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const result = await killAt(n, kind, attempt);
    if (result) return result;
  }
  throw new Error(`No sync has reached event ${n}.`);
}

describe('a host killed at a history event', () => {
  it(
    'finishes one sync run with the result of an undisturbed one',
    async () => {
      const { points, ...undisturbed } = await measureUndisturbed();
      const unequal: unknown[] = [];

      for (const n of upTo(points).filter(
        (n) => killEverywhere || sample.includes(n) || n === points,
      ))
        for (const kind of ['kill', 'kill-after'] as const) {
          const { statuses, snapshot, changes } = await killAtEvent(n, kind);
          const unequalKeys = [
            ...differences(snapshot, undisturbed.snapshot),
            ...differences(changes, undisturbed.changes),
          ];
          if (statuses.join() !== 'succeeded' || unequalKeys.length > 0)
            unequal.push({ n, kind, statuses, unequalKeys });
        }

      expect(unequal).toEqual([]);
    },
    12 * patienceMs,
  );
});
