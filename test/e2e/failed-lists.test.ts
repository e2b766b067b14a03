/** An incomplete list or discovery removes nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { named, numbered, upTo, writeFactory } from './support/factory-files';
import { endOfJournal, requestsSince } from './support/journal';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  connectWithSecret,
  createConnector,
  untilTerminal,
  listAllResources,
  startSync,
  syncedConnector,
} from './support/journey';

/** Three pages of datasets. Some of each page and a pipeline are removed, others are added. */
const before = numbered({ pipelines: [1, 2], datasets: upTo(130) });
const after = numbered(
  { pipelines: [1, 3], datasets: upTo(140).filter((n) => ![7, 77, 127].includes(n)) },
  (n) => (n === 3 ? 'changed' : `T${n}`),
);
const goneDatasets = [7, 77, 127].map((n) => named('D', n));

let stack: RunningStack;
let root: string;
let factory: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-failed-lists-'));
  const folders = [
    await writeFactory(join(root, 'shop'), before),
    await writeFactory(join(root, 'quiet'), numbered({ pipelines: [9], datasets: [9] })),
  ];
  await writeFactory(join(root, 'changed'), after);
  stack = await startRunningStack({ arguments: folders.flatMap((each) => ['--factories', each]) });
  factory = 'shop';
});
afterEach(async () => {
  await stack.control('DELETE', '/scenarios');
  await stack.control('DELETE', '/faults');
  await serve('shop');
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

const serve = (folder: string) =>
  stack.control('PUT', `/factories/${factory}`, { folder: join(root, folder) });

async function connectedConnector(): Promise<string> {
  const connectorId = await createConnector(stack, 'connected');
  await connectWithSecret(stack, connectorId);
  return connectorId;
}

async function refresh(connectorId: string) {
  const run = await untilTerminal(stack, await startSync(stack, connectorId), {
    advanceSeconds: 2,
  });
  const resources = await listAllResources(stack, connectorId);
  const namesOf = (kind: string, of = factory) =>
    resources
      .filter((each) => each.kind === kind && each.factory.name === of)
      .map(({ name }) => name)
      .sort();
  const failures = run.factories.find((each: any) => each.name === factory)?.failures;
  return { run, resources, namesOf, failures };
}

const page2 = { factory: 'shop', list: 'dataset', page: 2 };

describe('a refresh with an incomplete list', () => {
  it.each([
    [
      'fails with 500 at every attempt',
      { scenario: 'page-fails', ...page2 },
      'resource_manager_unavailable',
    ],
    [
      'fails with 403',
      { scenario: 'list-forbidden', factory: 'shop', list: 'dataset' },
      'resource_manager_access_denied',
    ],
    ['repeats its nextLink', { scenario: 'next-link-repeats', ...page2 }, 'list_page_loop'],
    ['leads to another host', { scenario: 'next-link-strays', ...page2 }, 'cross_origin_link'],
    ['is refused', { scenario: 'page-fails', ...page2, status: 400 }, 'resource_manager_rejected'],
  ])('removes nothing and reports the cause if page 2 of 3 %s', async (what, scenario, code) => {
    const connectorId = await syncedConnector(stack, `A list ${what}`);
    await serve('changed');
    await stack.control('POST', '/scenarios', scenario);

    const { run, namesOf, failures } = await refresh(connectorId);

    expect(run).toMatchObject({ status: 'partial', error: { code } });
    expect(failures).toEqual([{ kind: 'dataset', code, message: expect.any(String) }]);
    expect(namesOf('dataset')).toEqual(expect.arrayContaining(goneDatasets));
    expect(namesOf('pipeline')).toEqual([named('P', 1), named('P', 3)]);
    expect(namesOf('dataset', 'quiet')).toEqual([named('D', 9)]);
    await stack.control('DELETE', '/scenarios');
    const repaired = await refresh(connectorId);
    expect(repaired.run).toMatchObject({ status: 'succeeded' });
    expect(repaired.namesOf('dataset')).toEqual(namesIn(after, 'dataset'));
  });

  it('completes an interrupted initial list at the next refresh', async () => {
    await stack.control('POST', '/scenarios', { scenario: 'next-link-repeats', ...page2 });
    const connectorId = await connectedConnector();

    const first = await refresh(connectorId);
    await stack.control('DELETE', '/scenarios');
    const second = await refresh(connectorId);

    expect(first.run).toMatchObject({ status: 'partial', mode: 'initial' });
    expect(second.run).toMatchObject({ status: 'succeeded' });
    expect(second.namesOf('dataset')).toEqual(namesIn(before, 'dataset'));
  });

  it('follows the nextLink of an empty page', async () => {
    const connectorId = await syncedConnector(stack, 'empty page');
    await serve('changed');
    await stack.control('POST', '/scenarios', { scenario: 'page-empty', ...page2 });

    const { run, namesOf } = await refresh(connectorId);

    expect(run).toMatchObject({ status: 'succeeded' });
    expect(namesOf('dataset')).toEqual(namesIn(after, 'dataset'));
  });

  it('resumes a throttled list at the same page', async () => {
    const connectorId = await syncedConnector(stack, 'put off');
    await serve('changed');
    await stack.control('POST', '/faults', {
      service: 'resource-manager',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 90,
      count: 1,
      path: 'factories/shop/datasets\\?.*skiptoken',
    });
    const since = await endOfJournal(stack);
    const datasets = async () =>
      (await requestsSince(stack, since, 'resource-manager')).filter(({ path }) =>
        path.includes('/factories/shop/datasets?'),
      );

    const location = await startSync(stack, connectorId);
    await until(async () => {
      await stack.control('POST', '/clock', { advanceSeconds: 10 });
      return (await stack.call('GET', location)).body.status !== 'running';
    }, 'the run is over');
    const run = await untilTerminal(stack, location);

    expect(run).toMatchObject({ status: 'succeeded' });
    const [page1, refused, page2, ...others] = await datasets();
    expect([page1, refused, page2].map((request) => request?.status)).toEqual([200, 429, 200]);
    expect(others).toHaveLength(1);
    expect(page2!.path).toBe(refused!.path);
    expect(Date.parse(page2!.at) - Date.parse(refused!.at)).toBeGreaterThanOrEqual(90_000);
    const resources = await listAllResources(stack, connectorId, '&kind=dataset&factory=shop');
    expect(resources.map(({ name }) => name)).toEqual(namesIn(after, 'dataset'));
  });
});

describe('a refresh without a factory', () => {
  it('quarantines a large factory that is gone, and restores it unchanged', async () => {
    const connectorId = await syncedConnector(stack, 'vanished');
    const before = await listAllResources(stack, connectorId);
    const ids = (resources: typeof before) => resources.map(({ id, etag }) => ({ id, etag }));
    for (const scenario of ['factory-vanishes', 'factory-undiscovered'])
      await stack.control('POST', '/scenarios', { scenario, factory });

    const gone = await refresh(connectorId);
    await stack.control('DELETE', '/scenarios');
    const back = await refresh(connectorId);

    expect(gone.run.factories).toContainEqual(
      expect.objectContaining({ name: factory, status: 'removed' }),
    );
    expect(gone.run).toMatchObject({ pendingConfirmation: true });
    expect(ids(gone.resources)).toEqual(
      ids(before.filter((resource) => resource.factory.name !== factory)),
    );
    expect(ids(back.resources)).toEqual(ids(before));
  });
});

const namesIn = (files: Readonly<Record<string, unknown>>, folder: string) =>
  Object.keys(files)
    .filter((file) => file.startsWith(`${folder}/`))
    .map((file) => file.slice(folder.length + 1, -'.json'.length))
    .sort();
