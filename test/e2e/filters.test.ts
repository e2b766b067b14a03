/** Factory filters, and factories that are filtered out, not discovered or not accessible. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numbered, writeFactory } from './support/factory-files';
import { endOfJournal, requestsSince } from './support/journal';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  all,
  connectWithSecret,
  createConnector,
  untilTerminal,
  listAllResources,
  startSync,
  syncedConnector,
  type Resource,
} from './support/journey';

const production = 'c0c0a000-0000-4000-8000-0000000000f1';
const development = 'c0c0a000-0000-4000-8000-0000000000f3';
const factories = {
  alpha: { subscription: production, group: 'rg-data', tags: { Env: 'prod' } },
  beta: { subscription: production, group: 'rg-lab', tags: { env: 'test' } },
  gamma: { subscription: development, group: 'rg-data', tags: {} },
};
type Name = keyof typeof factories;
const allNames: readonly Name[] = ['alpha', 'beta', 'gamma'];

let stack: RunningStack;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-filters-'));
  const folders = Object.entries(factories).map(([name, { subscription, group, tags }], n) =>
    writeFactory(join(root, name), {
      ...numbered({ pipelines: [n + 1], datasets: [n + 1] }),
      [`factory/${name}.json`]: {
        name,
        id: `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.DataFactory/factories/${name}`,
        tags,
        properties: {},
      },
    }),
  );
  const served = (await Promise.all(folders)).flatMap((folder) => ['--factories', folder]);
  stack = await startRunningStack({ arguments: served });
});
afterEach(async () => {
  await stack.control('DELETE', '/scenarios');
  await stack.control('DELETE', '/faults');
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

async function setFilters(connectorId: string, filters: object | null): Promise<void> {
  const path = `/api/connectors/${connectorId}`;
  const { headers } = await stack.call('GET', path);
  const { status } = await stack.call('PATCH', path, {
    body: JSON.stringify({ filters }),
    headers: {
      'content-type': 'application/merge-patch+json',
      'if-match': headers.get('etag')!,
    },
  });
  expect(status).toBe(200);
}

async function refresh(connectorId: string) {
  const since = await endOfJournal(stack);
  const run = await untilTerminal(stack, await startSync(stack, connectorId));
  const requests = await requestsSince(stack, since, 'resource-manager');
  const resources = await listAllResources(stack, connectorId);
  const names = (of: readonly { readonly factory: { readonly name: string } }[]) =>
    [...new Set(of.map(({ factory }) => factory.name))].sort();
  return {
    run,
    resources,
    stored: names(resources),
    /** Factories with requests to Resource Manager. */
    requested: allNames.filter((name) => requests.some(({ path }) => path.includes(`/${name}/`))),
    removed: names(
      await all(stack, `/api/connectors/${connectorId}/resources?removed=true&limit=100`),
    ),
    statusOf: (name: string) => run.factories.find((each: any) => each.name === name)?.status,
  };
}

const identity = (resources: readonly { readonly id: string; readonly [key: string]: unknown }[]) =>
  resources.map(({ id, etag }) => ({ id, etag }));

describe('a sync with filters', () => {
  it.each<[string, object, Name[]]>([
    ['a subscription', { include: [{ subscriptionId: development.toUpperCase() }] }, ['gamma']],
    ['all but a resource group', { exclude: [{ resourceGroup: 'RG-LAB' }] }, ['alpha', 'gamma']],
    ['two factories', { include: [{ factory: 'ALPHA' }, { factory: 'beta' }] }, ['alpha', 'beta']],
    ['a tag', { include: [{ tag: { name: 'ENV', value: 'prod' } }] }, ['alpha']],
    ['all but tagged factories', { exclude: [{ tag: { name: 'env' } }] }, ['gamma']],
    [
      'a resource group without a factory',
      { include: [{ resourceGroup: 'rg-data' }], exclude: [{ factory: 'gamma' }] },
      ['alpha'],
    ],
  ])('reads and stores only factories that match %s', async (what, filters, expected) => {
    const connectorId = await createConnector(stack, what);
    await setFilters(connectorId, filters);
    await connectWithSecret(stack, connectorId);

    const { run, stored, requested, removed } = await refresh(connectorId);

    expect(run).toMatchObject({ status: 'succeeded' });
    expect({ stored, requested, removed }).toEqual({
      stored: expected,
      requested: expected,
      removed: [],
    });
  });

  it('removes a filtered-out factory without reading it, and restores it unchanged', async () => {
    const connectorId = await syncedConnector(stack, 'narrowed');
    const before = await listAllResources(stack, connectorId);
    const ofBeta = before.filter(({ factory }) => factory.name === 'beta');

    await setFilters(connectorId, { exclude: [{ tag: { name: 'env', value: 'test' } }] });
    const narrow = await refresh(connectorId);
    const log = await all(stack, `/api/connectors/${connectorId}/syncs/${narrow.run.id}/changes`);
    await setFilters(connectorId, null);
    const wide = await refresh(connectorId);

    expect(narrow).toMatchObject({ stored: ['alpha', 'gamma'], requested: ['alpha', 'gamma'] });
    expect(narrow.removed).toEqual(['beta']);
    expect(narrow.run).toMatchObject({ status: 'succeeded' });
    expect(narrow.statusOf('beta')).toBe('filtered_out');
    expect(log.map(({ id, change }: any) => `${change} ${id}`).sort()).toEqual(
      ofBeta.map(({ id }) => `removed ${id}`).sort(),
    );
    expect(wide).toMatchObject({ stored: allNames, removed: [] });
    expect(identity(wide.resources)).toEqual(identity(before));
  });
});

const hideBeta = () =>
  stack.control('POST', '/scenarios', { scenario: 'factory-undiscovered', factory: 'beta' });

describe('a sync with an invisible factory', () => {
  it('keeps a factory that answers, however often discovery misses it', async () => {
    const connectorId = await syncedConnector(stack, 'missed');
    await hideBeta();

    for (let n = 0; n < 3; n++) {
      const { stored, removed, statusOf } = await refresh(connectorId);

      expect({ stored, removed }).toEqual({ stored: allNames, removed: [] });
      expect(statusOf('beta')).toBe('succeeded');
    }
  });

  it('removes a factory that neither discovery nor Azure knows, and restores it', async () => {
    const connectorId = await syncedConnector(stack, 'gone');
    const before = await listAllResources(stack, connectorId);
    await hideBeta();
    await stack.control('POST', '/scenarios', { scenario: 'factory-vanishes', factory: 'beta' });

    const gone = await refresh(connectorId);
    await stack.control('DELETE', '/scenarios');
    const back = await refresh(connectorId);

    expect(gone).toMatchObject({ stored: ['alpha', 'gamma'], removed: ['beta'] });
    expect(gone.statusOf('beta')).toBe('removed');
    expect(gone.run).toMatchObject({ status: 'succeeded' });
    expect(gone.run).not.toHaveProperty('pendingConfirmation');
    expect(identity(back.resources)).toEqual(identity(before));
  });

  it('quarantines a listed factory that is gone in two sync runs', async () => {
    const connectorId = await syncedConnector(stack, 'listed and gone');
    await stack.control('POST', '/scenarios', { scenario: 'factory-vanishes', factory: 'beta' });

    const first = await refresh(connectorId);
    const second = await refresh(connectorId);

    expect(first).toMatchObject({ stored: allNames, removed: [] });
    expect(first.statusOf('beta')).toBe('failed');
    expect(second).toMatchObject({ stored: ['alpha', 'gamma'], removed: ['beta'] });
    expect(second.statusOf('beta')).toBe('removed');
    expect(second.run).toMatchObject({ status: 'succeeded', pendingConfirmation: true });
  });
});

/** One connector for cases that leave its catalog as it is. */
function useUnchangedConnector(name: string) {
  let connectorId: string;
  let before: Resource[];
  beforeAll(async () => {
    connectorId = await syncedConnector(stack, name);
    before = await listAllResources(stack, connectorId);
  });
  const refreshUnchanged = async () => {
    const { run, resources, removed, statusOf } = await refresh(connectorId);
    expect(resources).toEqual(before);
    expect(removed).toEqual([]);
    return { run, statusOf };
  };
  return { refreshUnchanged };
}

describe('a sync with an undiscovered factory that answers 404', () => {
  const { refreshUnchanged } = useUnchangedConnector('answers 404');
  const notFound = (code?: string) => ({
    service: 'resource-manager',
    kind: 'status',
    status: 404,
    body: code ? { error: { code, message: 'No.' } } : '<html>Not found</html>',
  });

  it.each(['ResourceNotFound', 'SubscriptionNotFound', 'NotFound', undefined])(
    'hides nothing if only the factory answers with the code %s',
    async (code) => {
      await hideBeta();
      await stack.control('POST', '/faults', { ...notFound(code), path: '/factories/beta\\?' });

      // A response that is not JSON is requested again for many seconds, so one refresh is enough.
      for (let n = 0; n < (code ? 2 : 1); n++) {
        const { statusOf } = await refreshUnchanged();

        expect(statusOf('beta')).toBe('partial');
      }
    },
  );

  it.each([
    ['SubscriptionNotFound', 'no_access'],
    ['NotFound', 'failed'],
  ])('keeps the factory if all answers have the code %s', async (code, status) => {
    await hideBeta();
    await stack.control('POST', '/faults', { ...notFound(code), path: '/factories/beta[/?]' });

    for (let n = 0; n < 2; n++) {
      const { statusOf } = await refreshUnchanged();

      expect(statusOf('beta')).toBe(status);
    }
  });
});

describe('a sync with a lost permission', () => {
  const denied = 'resource_manager_access_denied';
  const { refreshUnchanged } = useUnchangedConnector('denied');

  it('keeps resources of a kind that may not be listed', async () => {
    await stack.control('POST', '/scenarios', {
      scenario: 'list-forbidden',
      factory: 'beta',
      list: 'trigger',
    });

    const { run, statusOf } = await refreshUnchanged();

    expect(run).toMatchObject({ status: 'partial', error: { code: denied } });
    expect(statusOf('beta')).toBe('partial');
  });

  it.each([
    ['and discovery shows it', 1],
    ['and discovery has missed it twice', 2],
  ])('keeps a factory without access, %s', async (_, refreshes) => {
    if (refreshes > 1) await hideBeta();
    await stack.control('POST', '/faults', {
      service: 'resource-manager',
      kind: 'status',
      status: 403,
      path: '/factories/beta[/?]',
    });

    for (let n = 1; n < refreshes; n++) await refreshUnchanged();
    const { run, statusOf } = await refreshUnchanged();

    expect(run).toMatchObject({ status: 'partial', error: { code: denied } });
    expect(statusOf('beta')).toBe('no_access');
  });
});
