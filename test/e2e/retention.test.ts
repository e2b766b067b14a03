/** What is removed is hidden for a month, then gone from the tables; so is, in its time, what is told of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { named, numbered, upTo, writeFactory } from './support/factory-files';
import { startRunningStack, until, type RunningStack } from './support/stack';
import { all, finished, resourcesOf, startSync, syncedConnector } from './support/story';
import { allRows, rowsOf } from './support/tables';
import { fireTimer } from './support/timers';

/** Of the shop a pipeline goes for good and one for a while; of the store so much goes that it is held. */
const shop = {
  before: numbered({ pipelines: [1, 2, 3], datasets: [1] }),
  after: numbered({ pipelines: [1], datasets: [1] }),
  again: numbered({ pipelines: [1, 3], datasets: [1] }),
};
const store = {
  before: numbered({ pipelines: [1], datasets: upTo(8) }),
  after: numbered({ pipelines: [1], datasets: [] }),
};
const heldNames = upTo(8).map((n) => named('D', n));

let stack: RunningStack;
let root: string;
let connectorId: string;
let removing: any;
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
  await keepFromRefreshing();
  await serve('shop', 'shop-after');
  await serve('store', 'store-after');
  removing = await finished(stack, await startSync(stack, connectorId));
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await stack.forget();
  await rm(root, { recursive: true, force: true });
});

const path = () => `/api/connectors/${connectorId}`;
const serve = (factory: string, folder: string) =>
  stack.control('PUT', `/factories/${factory}`, { folder: join(root, folder) });
const pass = (days: number) => stack.control('POST', '/clock', { advanceSeconds: days * 86_400 });

/** The clock goes far in this story, and syncs that start by themselves would tell another. */
async function keepFromRefreshing(): Promise<void> {
  const { headers } = await stack.call('GET', `${path()}/schedule`);
  const { status } = await stack.call('PUT', `${path()}/schedule`, {
    body: { kind: 'manual' },
    headers: { 'if-match': headers.get('etag')! },
  });
  expect(status).toBe(200);
}

const removed = (query = '') => resourcesOf(stack, connectorId, `&deleted=true${query}`);
const rowKeys = async (table: string, wanted: (row: any) => boolean = () => true) =>
  (await rowsOf(await stack.description(), table))
    .filter((row) => String(row['partitionKey']).includes(connectorId) && wanted(row))
    .map(({ rowKey }) => String(rowKey));
const tombstones = () => rowKeys('resources', ({ live }) => live === false);
const syncs = () => all(stack, `${path()}/syncs`);

/** Fires the timer and waits until nothing of it is at work any more. */
async function forgetAll(): Promise<void> {
  await fireTimer(stack, 'startForgetting');
  await until(async () => {
    const parts = (await instances()).filter(({ partitionKey }) =>
      partitionKey.startsWith('forget-'),
    );
    return parts.every(({ runtimeStatus }) => runtimeStatus === 'Completed');
  }, 'all parts are forgotten');
}

interface Instance {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly runtimeStatus: string;
}

/** What Durable keeps of orchestrations, whether they are over or not. */
async function instances(): Promise<Instance[]> {
  const tables = await allRows(await stack.description());
  return [...tables]
    .flatMap(([name, rows]) => (name.endsWith('Instances') ? rows : []))
    .map((row) => row as unknown as Instance)
    .filter(({ rowKey }) => rowKey === 'status');
}

describe('what was removed', () => {
  it('given removed resources, when they are listed, then each says since when, and which wait for a person', async () => {
    const pipelines = await removed('&factory=shop&kind=pipeline');
    const datasets = await removed('&factory=store');

    expect(pipelines.map(({ name }) => name)).toEqual([named('P', 2), named('P', 3)]);
    for (const each of pipelines)
      expect(each).toMatchObject({ deletedAt: expect.any(String), awaitsConfirmation: false });
    expect(datasets.map(({ name }) => name)).toEqual(heldNames);
    for (const each of datasets)
      expect(each).toMatchObject({ heldBy: removing.id, awaitsConfirmation: true });
    expect(removing).toMatchObject({ awaitsConfirmation: true });
  });

  it('given one of them, when it is asked for, then deleted=true shows what it said, and nothing else does', async () => {
    const [gone] = await removed('&factory=shop&kind=pipeline');

    const plain = await stack.call('GET', `${path()}/resources/${gone!.id}`);
    const shown = await stack.call('GET', `${path()}/resources/${gone!.id}?deleted=true`);

    expect(plain.status).toBe(404);
    expect(shown.body.body).toMatchObject(shop.before[`pipeline/${named('P', 2)}.json`] as object);
  });

  it('given a month, when the timer fires, then what is not held is gone from the tables and what came back stays', async () => {
    await serve('shop', 'shop-again');
    await finished(stack, await startSync(stack, connectorId));
    const before = await tombstones();
    await pass(31);

    await forgetAll();

    expect(before).toHaveLength(2 + heldNames.length);
    expect(await tombstones()).toEqual(heldNames.map((name) => `dataset|${name.toLowerCase()}`));
    expect((await removed()).map(({ name }) => name)).toEqual(heldNames);
    const live = await resourcesOf(stack, connectorId, '&factory=shop&kind=pipeline');
    expect(live.map(({ name }) => name)).toEqual([named('P', 1), named('P', 3)]);
    expect((await stack.call('GET', `${path()}/syncs/${removing.id}`)).body).not.toHaveProperty(
      'changesForgottenAt',
    );
    const ended = (await instances()).filter(({ partitionKey }) =>
      partitionKey.startsWith(`sync-${connectorId}`),
    );
    expect(ended).toEqual([]);
  }, 120_000);

  it('given a removal that is held, when an Owner confirms and the timer fires, then it is gone as well', async () => {
    const confirm = () => stack.call('POST', `${path()}/syncs/${removing.id}/confirm-removals`);

    const confirmed = [await confirm(), await confirm()];
    const waiting = await removed('&factory=store');
    await forgetAll();

    expect(confirmed.map(({ status }) => status)).toEqual([200, 200]);
    expect(confirmed[1]!.body.removalsConfirmedAt).toBe(confirmed[0]!.body.removalsConfirmedAt);
    expect(waiting.map(({ awaitsConfirmation }) => awaitsConfirmation)).not.toContain(true);
    expect([await tombstones(), await rowKeys('changes')]).toEqual([[], []]);
    const { body } = await stack.call('GET', `${path()}/events?limit=100`);
    expect(body.items.filter(({ type }: any) => type === 'sync.removals_confirmed')).toMatchObject([
      { data: { runId: removing.id, removed: heldNames.length } },
    ]);
  }, 120_000);

  it('given three months, when the timer fires, then syncs and events of then are gone but for the last sync', async () => {
    const last = (await syncs())[0]!;
    await pass(62);

    await forgetAll();

    expect((await syncs()).map(({ id }) => id)).toEqual([last.id]);
    const { body } = await stack.call('GET', `${path()}/events?limit=100`);
    expect(body.items.map(({ type }: any) => type)).toEqual(['sync.removals_confirmed']);
    expect(await rowKeys('events')).toHaveLength(1);
  }, 120_000);
});
