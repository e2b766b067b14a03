/** Removed resources are hidden for a month and then purged, as are later their changes, syncs and events. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { named, numbered, upTo, writeFactory } from './support/factory-files';
import { until } from '../support/until';
import { startRunningStack, type ApiResponse, type RunningStack } from './support/stack';
import {
  all,
  untilTerminal,
  listAllResources,
  startSync,
  stopRefreshing,
  syncedConnector,
  type Resource,
} from './support/journey';
import { allRows, rowsOf } from './support/tables';
import { fireTimer } from './support/timers';

/** Pipelines of `shop` are removed, one for a while only. A mass removal in `store` is quarantined. */
const shop = {
  before: numbered({ pipelines: [1, 2, 3], datasets: [1] }),
  after: numbered({ pipelines: [1], datasets: [1] }),
  again: numbered({ pipelines: [1, 3], datasets: [1] }),
};
const store = {
  before: numbered({ pipelines: [1], datasets: upTo(8) }),
  after: numbered({ pipelines: [1], datasets: [] }),
};
const quarantinedNames = upTo(8).map((n) => named('D', n));

let stack: RunningStack;
let root: string;
let connectorId: string;
let removing: any;
/** The data at four points in time. */
let afterRemoval: View;
let afterMonth: View;
let afterConfirmation: View;
let afterQuarter: View;
let confirmed: readonly ApiResponse[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-retention-'));
  const folders = [
    await writeFactory(join(root, 'shop'), shop.before),
    await writeFactory(join(root, 'store'), store.before),
  ];
  await writeFactory(join(root, 'shop-after'), shop.after);
  await writeFactory(join(root, 'shop-again'), shop.again);
  await writeFactory(join(root, 'store-after'), store.after);
  stack = await startRunningStack({ arguments: folders.flatMap((each) => ['--factories', each]) });
  connectorId = await syncedConnector(stack, 'Forgetful');
  // The clock moves by months.
  await stopRefreshing(stack, connectorId);
  await serve('shop', 'shop-after');
  await serve('store', 'store-after');
  removing = await sync();
  afterRemoval = await view();
  await serve('shop', 'shop-again');
  await sync();
  await advanceDays(31);
  await purgeAll();
  afterMonth = await view();
  confirmed = [await confirm(), await confirm()];
  await purgeAll();
  afterConfirmation = await view();
  await advanceDays(62);
  await purgeAll();
  afterQuarter = await view();
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

const path = () => `/api/connectors/${connectorId}`;
const serve = (factory: string, folder: string) =>
  stack.control('PUT', `/factories/${factory}`, { folder: join(root, folder) });
const advanceDays = (days: number) =>
  stack.control('POST', '/clock', { advanceSeconds: days * 86_400 });

const confirm = () => stack.call('POST', `${path()}/syncs/${removing.id}/confirm-removals`);

const view = async () => ({
  /** As the API returns them. */
  removed: await listAllResources(stack, connectorId, '&removed=true'),
  live: await listAllResources(stack, connectorId, '&factory=shop&kind=pipeline'),
  syncs: await all<any>(stack, `${path()}/syncs`),
  events: await all<any>(stack, `${path()}/events`),
  /** As the tables hold them. */
  tombstones: await rowKeys('resources', ({ live }) => live === false),
  changes: await rowKeys('syncChanges'),
  instances: (await instances()).filter(({ partitionKey }) =>
    partitionKey.startsWith(`sync-${connectorId}`),
  ),
});
type View = Awaited<ReturnType<typeof view>>;

const rowKeys = async (table: string, wanted: (row: any) => boolean = () => true) =>
  (await rowsOf(await stack.description(), table))
    .filter((row) => String(row['partitionKey']).includes(connectorId) && wanted(row))
    .map(({ rowKey }) => String(rowKey));
const namesOf = (resources: readonly Resource[]) => resources.map(({ name }) => name);

/** The sync run and its orchestration, which ends a moment later, are finished. */
async function sync(): Promise<any> {
  const run = await untilTerminal(stack, await startSync(stack, connectorId));
  await until(async () => {
    const own = (await instances()).filter(({ partitionKey }) => partitionKey.includes(run.id));
    return own.length > 0 && own.every(({ runtimeStatus }) => runtimeStatus === 'Completed');
  }, 'the orchestration of the sync run is completed');
  return run;
}

/** Fires the timer and waits until every retention task is completed. */
async function purgeAll(): Promise<void> {
  await fireTimer(stack, 'startRetention');
  await until(async () => {
    const tasks = (await instances()).filter(({ partitionKey }) =>
      partitionKey.startsWith('retention-'),
    );
    const isDone = tasks.every(({ runtimeStatus }) => runtimeStatus === 'Completed');
    return tasks.length > 0 && isDone;
  }, 'all retention tasks are completed');
}

interface Instance {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly runtimeStatus: string;
}

/** Durable instances in storage, in any state. */
async function instances(): Promise<Instance[]> {
  const tables = await allRows(await stack.description());
  return [...tables]
    .flatMap(([name, rows]) => (name.endsWith('Instances') ? rows : []))
    .map((row) => row as unknown as Instance)
    .filter(({ rowKey }) => rowKey === 'status');
}

describe('a removed resource', () => {
  it('has a removal time and, if quarantined, its sync run', () => {
    const pipelines = afterRemoval.removed.filter(({ kind }) => kind === 'pipeline');
    const datasets = afterRemoval.removed.filter(({ kind }) => kind === 'dataset');

    expect(namesOf(pipelines)).toEqual([named('P', 2), named('P', 3)]);
    for (const each of pipelines)
      expect(each).toMatchObject({ removedAt: expect.any(String), pendingConfirmation: false });
    expect(namesOf(datasets)).toEqual(quarantinedNames);
    for (const each of datasets)
      expect(each).toMatchObject({ quarantinedBy: removing.id, pendingConfirmation: true });
    expect(removing).toMatchObject({ pendingConfirmation: true });
  });

  it('is shown with removed=true only', async () => {
    const connector = await syncedConnector(stack, 'Attentive');
    await serve('shop', 'shop-after');
    await untilTerminal(stack, await startSync(stack, connector));
    const [gone] = await listAllResources(stack, connector, '&removed=true&kind=pipeline');
    const address = `/api/connectors/${connector}/resources/${gone!.id}`;

    const plain = await stack.call('GET', address);
    const shown = await stack.call('GET', `${address}?removed=true`);

    expect(plain.status).toBe(404);
    expect(shown.body.body).toMatchObject(shop.again[`pipeline/${named('P', 3)}.json`] as object);
  });

  it('is purged after a month unless quarantined or restored', () => {
    const { tombstones, removed, live, syncs, instances: ended } = afterMonth;

    // A pipeline is removed with its activity.
    expect(afterRemoval.tombstones).toHaveLength(2 * 2 + quarantinedNames.length);
    expect(tombstones).toEqual(quarantinedNames.map((name) => `dataset|${name.toLowerCase()}`));
    expect(namesOf(removed)).toEqual(quarantinedNames);
    expect(namesOf(live)).toEqual([named('P', 1), named('P', 3)]);
    expect(syncs.filter(({ changesPurgedAt }) => !changesPurgedAt)).toMatchObject([
      { id: removing.id },
    ]);
    expect([afterRemoval.instances.length > 0, ended]).toEqual([true, []]);
  });

  it('is purged from quarantine after an Owner has confirmed', () => {
    const [first, second] = confirmed;

    expect([first!.status, second!.status]).toEqual([200, 200]);
    expect(second!.body.removalsConfirmedAt).toBe(first!.body.removalsConfirmedAt);
    expect(afterMonth.changes).not.toEqual([]);
    expect([
      afterConfirmation.removed,
      afterConfirmation.tombstones,
      afterConfirmation.changes,
    ]).toEqual([[], [], []]);
    expect(
      afterConfirmation.events.filter(({ type }) => type === 'sync.removals_confirmed'),
    ).toMatchObject([{ data: { syncRunId: removing.id, removed: quarantinedNames.length } }]);
  });

  it('takes sync runs and events with it after three months', () => {
    const { syncs, events } = afterQuarter;

    expect(afterConfirmation.syncs).toHaveLength(3);
    expect(syncs.map(({ id }) => id)).toEqual([afterConfirmation.syncs[0].id]);
    expect(events.map(({ type }) => type)).toEqual(['sync.removals_confirmed']);
  });
});
