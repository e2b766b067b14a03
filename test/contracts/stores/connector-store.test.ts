/** ConnectorStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { ConnectorTable } from '../../../functions/azure/tables/connector-table';
import { startDeleting } from '../../../functions/connectors/connection';
import type { Connector } from '../../../functions/connectors/connector';
import type { ConnectorStore } from '../../../functions/connectors/ports';
import { fakeConnectorStore } from '../../fakes/connector-store';
import {
  aConnectedConnector,
  aConnector,
  owner,
  ownerOfOtherTenant,
  now,
} from '../../support/builders';
import { useOwnStorage } from '../../support/storage';

const storage = useOwnStorage();

const tenant = owner.tenantId;
const connectorTable = async () =>
  new ConnectorTable(await storage.newTable(), await storage.newTable(), await storage.newTable());
const complete = aConnectedConnector({
  syncSummary: { lastSyncRunId: 'r1', lastStatus: 'succeeded', lastStartedAt: now.toISOString() },
  obsoleteSecrets: [
    { name: 'cn-c1-secret', version: 'v0', since: now.toISOString() },
    {
      name: 'cn-c1-grant',
      version: 'v0',
      since: now.toISOString(),
      attempts: 2,
      nextAttemptAt: now.toISOString(),
      failure: { code: 'key_vault_refused', message: 'Key Vault denied access.' },
    },
  ],
});

describe.each<[string, () => ConnectorStore | Promise<ConnectorStore>]>([
  ['fake', () => fakeConnectorStore()],
  ['Table Storage', connectorTable],
])('ConnectorStore: %s', (_, open) => {
  const openWith = async (...connectors: Connector[]) => {
    const store = await open();
    const stored = [];
    for (const connector of connectors) stored.push(await store.create(connector));
    return { store, stored };
  };

  it('lists summaries without filters, schedule and completed attempts', async () => {
    const schedule = { kind: 'manual', paused: false, version: 1, changedAt: '' } as const;
    const filters = { include: [{ factory: 'sales' }], exclude: [] };
    const account = { tenantId: tenant, username: 'ada@contoso.example' };
    const completedAttempts = [{ id: 'a1', at: now.toISOString(), account }];
    const { store, stored } = await openWith({ ...complete, schedule, filters, completedAttempts });
    const { id: connectorId } = complete;
    expect(await store.get({ tenantId: tenant, connectorId })).toEqual(stored[0]);

    const { items } = await store.listSummaries(tenant, { limit: 10 });

    const {
      filters: _filters,
      schedule: _schedule,
      completedAttempts: _attempts,
      etag: _etag,
      ...summary
    } = stored[0]!;
    expect(items).toEqual([summary]);
  });

  it('creates sixty connectors at once', async () => {
    const { store } = await openWith();
    const create = (_: unknown, n: number) =>
      store.create(aConnector({ id: `n${n}`, name: `n${n}` }), [], 100);

    const created = await Promise.all(Array.from({ length: 60 }, create));

    expect(new Set(created.map(({ id }) => id)).size).toBe(60);
  });

  it('creates no more connectors than allowed, also at once', async () => {
    const { store } = await openWith(aConnector());
    const create = (n: number) => store.create(aConnector({ id: `n${n}`, name: `n${n}` }), [], 4);

    const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(create));

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).toMatchObject({ code: 'too_many_connectors' });
    expect((await store.list(tenant, { limit: 10 })).items).toHaveLength(4);
  });

  it.each([
    ['minimal', aConnector()],
    ['complete', complete],
  ])('reads a %s connector as it was written', async (_, connector) => {
    const { store, stored } = await openWith(connector);

    expect(await store.get({ tenantId: tenant, connectorId: 'c1' })).toEqual(stored[0]);
    expect(stored[0]).toEqual({ ...connector, etag: expect.any(String) });
  });

  it('returns nothing for a connector that does not exist', async () => {
    const { store } = await openWith(aConnector());

    expect(await store.get({ tenantId: tenant, connectorId: 'c2' })).toBeUndefined();
    expect(
      await store.get({ tenantId: ownerOfOtherTenant.tenantId, connectorId: 'c1' }),
    ).toBeUndefined();
  });

  it.each([
    ['id', aConnector({ name: 'Stock' })],
    ['name', aConnector({ id: 'c2', name: 'sALES' })],
  ])('stores nothing if the %s is taken', async (_, taken) => {
    const { store, stored } = await openWith(aConnector());

    await expect(store.create(taken)).rejects.toMatchObject({ kind: 'conflict' });

    expect((await store.list(tenant, { limit: 10 })).items).toEqual(stored);
  });

  it('allows the same name and id in another tenant', async () => {
    const { store } = await openWith(
      aConnector(),
      aConnector({ tenantId: ownerOfOtherTenant.tenantId }),
    );

    expect((await store.list(tenant, { limit: 10 })).items).toHaveLength(1);
  });

  it('refuses to replace a connector with a stale etag', async () => {
    const { store, stored } = await openWith(aConnector());
    await store.replace({ ...stored[0]!, version: 2 });

    const replacing = store.replace({ ...stored[0]!, version: 3 });

    await expect(replacing).rejects.toMatchObject({ kind: 'stale' });
  });

  it('changes neither name nor connector with a stale etag', async () => {
    const { store, stored } = await openWith(aConnector());
    await store.replace({ ...stored[0]!, version: 2 });

    const renaming = store.replace({ ...stored[0]!, name: 'Stock' });

    await expect(renaming).rejects.toMatchObject({ kind: 'stale' });
    await expect(store.create(aConnector({ id: 'c2' }))).rejects.toMatchObject({
      kind: 'conflict',
    });
    await store.create(aConnector({ id: 'c3', name: 'Stock' }));
  });

  it('accepts exactly one of ten concurrent writes', async () => {
    const { store, stored } = await openWith(aConnector());

    const writes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => store.replace({ ...stored[0]!, name: `Sales ${n}` })),
    );

    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('frees the old name of a renamed connector', async () => {
    const { store, stored } = await openWith(aConnector());
    const renamed = await store.replace({ ...stored[0]!, name: 'Stock' });

    await store.create(aConnector({ id: 'c2' }));

    const renamingBack = store.replace({ ...renamed, name: 'Sales' });
    await expect(renamingBack).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('lets a connector change the case of its name', async () => {
    const { store, stored } = await openWith(aConnector());

    const renamed = await store.replace({ ...stored[0]!, name: 'SALES' });

    expect(renamed.name).toBe('SALES');
    await expect(store.create(aConnector({ id: 'c2' }))).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it('keeps a name that was taken during the deletion', async () => {
    const { store, stored } = await openWith(aConnector());
    const deleting = await store.replace({
      ...startDeleting(stored[0]!, now),
      etag: stored[0]!.etag,
    });
    await store.create(aConnector({ id: 'c2' }));
    await store.replace({ ...deleting, version: 9 });

    await store.delete({ tenantId: tenant, connectorId: 'c1' });

    const creating = store.create(aConnector({ id: 'c3' }));
    await expect(creating).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('frees the name of a connector that is deleted twice', async () => {
    const { store } = await openWith(aConnector());

    await store.delete({ tenantId: tenant, connectorId: 'c1' });
    await store.delete({ tenantId: tenant, connectorId: 'c1' });

    expect(await store.get({ tenantId: tenant, connectorId: 'c1' })).toBeUndefined();
    await store.create(aConnector({ id: 'c2' }));
  });

  it('lists seven connectors once each, in order, in pages of three', async () => {
    const ids = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];
    const { store } = await openWith(...ids.toReversed().map((id) => aConnector({ id, name: id })));

    const pages = [];
    let continuation: string | undefined;
    do {
      const page = await store.list(tenant, { limit: 3, ...(continuation && { continuation }) });
      pages.push(page.items.map(({ id }) => id));
      continuation = page.continuation;
    } while (continuation);

    expect(pages).toEqual([['c1', 'c2', 'c3'], ['c4', 'c5', 'c6'], ['c7']]);
  });

  it('lists each tenant once', async () => {
    const { store } = await openWith(
      aConnector(),
      aConnector({ id: 'c2', name: 'Stock' }),
      aConnector({ tenantId: ownerOfOtherTenant.tenantId }),
    );

    const tenants = [];
    for await (const tenantId of store.listTenants()) tenants.push(tenantId);

    expect(tenants.toSorted()).toEqual([tenant, ownerOfOtherTenant.tenantId].toSorted());
  });
});

describe('ConnectorTable', () => {
  afterEach(async () => {
    storage.context.faults.clear();
    await storage.storage.settle();
  });

  it('replaces a connector in one request after reading it', async () => {
    const store = await connectorTable();
    await store.create(aConnector());
    const read = (await store.get({ tenantId: tenant, connectorId: 'c1' }))!;
    await storage.storage.settle();
    storage.context.journal.clear();

    const second = await store.replace({ ...read, version: 2 });
    await store.replace({ ...second, version: 3 });

    await storage.storage.settle();
    const requests = storage.context.journal.read({ service: 'storage' });
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('creates a connector without reading after its first', async () => {
    const store = await connectorTable();
    await store.create(aConnector(), [], 9);
    await storage.storage.settle();
    storage.context.journal.clear();

    for (const id of ['c2', 'c3']) await store.create(aConnector({ id, name: id }), [], 9);

    await storage.storage.settle();
    const requests = storage.context.journal.read({ service: 'storage' });
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('counts connectors again when its number reaches the maximum', async () => {
    const store = await connectorTable();
    const create = (n: number) => store.create(aConnector({ id: `n${n}`, name: `n${n}` }), [], 2);
    await create(1);
    await create(2);
    await store.delete({ tenantId: tenant, connectorId: 'n1' });

    await create(3);

    await expect(create(4)).rejects.toMatchObject({ code: 'too_many_connectors' });
  });

  it('frees the old name of a connector that another worker has read', async () => {
    const tables = [
      await storage.newTable(),
      await storage.newTable(),
      await storage.newTable(),
    ] as const;
    const [store, otherWorker] = [new ConnectorTable(...tables), new ConnectorTable(...tables)];
    const created = await store.create(aConnector());

    await otherWorker.replace({ ...created, name: 'Stock' });

    await expect(store.create(aConnector({ id: 'c2' }))).resolves.toMatchObject({ id: 'c2' });
    await expect(store.replace({ ...created, name: 'Other' })).rejects.toMatchObject({
      kind: 'stale',
    });
  });

  it.each(['reset', 'truncate'] as const)(
    'retries a read immediately after a response lost by %s',
    async (kind) => {
      const store = await connectorTable();
      await store.create(aConnector());
      storage.context.faults.add({ service: 'storage', path: '^GET', kind, count: 2 });
      await storage.storage.settle();

      expect(await store.get({ tenantId: tenant, connectorId: 'c1' })).toMatchObject({ id: 'c1' });
    },
  );

  it.each([
    [
      503,
      (store: ConnectorStore) => store.get({ tenantId: tenant, connectorId: 'c1' }),
      { code: 'storage_unavailable' },
    ],
    [503, (store: ConnectorStore) => store.create(aConnector()), { code: 'storage_unavailable' }],
    [
      429,
      (store: ConnectorStore) => store.get({ tenantId: tenant, connectorId: 'c1' }),
      { code: 'dependency_throttled' },
    ],
  ])('throws a retryable error if storage returns %d', async (status, call, failure) => {
    const store = await connectorTable();
    storage.context.faults.add({
      service: 'storage',
      path: '.*',
      rate: 1,
      kind: 'status',
      status,
      delayMs: 0,
      seed: 1,
    });
    await storage.storage.settle();

    await expect(call(store)).rejects.toMatchObject({ ...failure, retryable: true });
  });
});

describe('a row that cannot be read', () => {
  const withBrokenRow = async () => {
    const table = await storage.newTable();
    const store = new ConnectorTable(table, await storage.newTable(), await storage.newTable());
    for (const id of ['c1', 'c2', 'c3', 'c4'])
      await store.create(aConnector({ id, name: `Connector ${id}` }));
    const connection = JSON.stringify({ state: 'of a later version' });
    const row = { partitionKey: tenant, rowKey: 'connector-c2', connection };
    await table.updateEntity(row, 'Merge');
    jest.spyOn(console, 'error').mockImplementation();
    return store;
  };
  afterEach(() => jest.restoreAllMocks());

  it('is left out of lists and reported by its id', async () => {
    const store = await withBrokenRow();
    const errors: unknown[] = [];
    const ids: string[][] = [];
    let continuation: string | undefined;
    do {
      const page = await store.list(
        tenant,
        { limit: 2, ...(continuation !== undefined && { continuation }) },
        (error) => errors.push(error),
      );
      ids.push(page.items.map(({ id }) => id));
      continuation = page.continuation;
    } while (continuation !== undefined);

    expect(ids).toEqual([['c1', 'c3'], ['c4']]);
    expect(errors).toMatchObject([{ code: 'connector_unreadable' }]);
    expect(String(errors[0])).toContain('c2');
    const { items } = await store.listSummaries(tenant, { limit: 10 });
    expect(items.map(({ id }) => id)).toEqual(['c1', 'c3', 'c4']);
  });

  it('is no missing connector', async () => {
    const store = await withBrokenRow();

    await expect(store.get({ tenantId: tenant, connectorId: 'c2' })).rejects.toMatchObject({
      code: 'connector_unreadable',
    });
  });
});

describe('two workers on the same tables', () => {
  it('create no more connectors than allowed', async () => {
    const [table, tenants, outbox] = [
      await storage.newTable(),
      await storage.newTable(),
      await storage.newTable(),
    ];
    const workers = [1, 2].map(() => new ConnectorTable(table, tenants, outbox));
    const create = (n: number) =>
      workers[n % 2]!.create(aConnector({ id: `n${n}`, name: `n${n}` }), [], 5);

    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => create(n)));

    const refused = results.filter(
      ({ status }) => status === 'rejected',
    ) as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => reason.code)).toEqual(
      Array.from({ length: 7 }, () => 'too_many_connectors'),
    );
  });
});
