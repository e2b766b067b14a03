/**
 * The outbox and the stores that put events into it: one contract for the fakes and the Table Storage
 * adapters. An event exists if and only if its change does.
 */
import { randomUUID } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { ConnectorTable } from '../../../functions/azure/tables/connector-table';
import { DeliveryTable } from '../../../functions/azure/tables/delivery-table';
import { OutboxTable } from '../../../functions/azure/tables/outbox-table';
import { SyncRunTable } from '../../../functions/azure/tables/sync-run-table';
import { deleteWithEvents } from '../../../functions/azure/table-storage/outbox-rows';
import type { ConnectorStore } from '../../../functions/connectors/ports';
import type { RecordedEvent } from '../../../functions/events/event';
import type { Outbox } from '../../../functions/events/ports';
import { ulid } from '../../../functions/storage/ulid';
import type { SyncRun } from '../../../functions/sync/sync-run';
import { deliveryOf } from '../../../functions/webhooks/delivery';
import { fakeConnectorStore } from '../../fakes/connector-store';
import { fakeOutbox } from '../../fakes/event-store';
import { aConnector, now, owner, ownerOfOtherTenant } from '../../support/builders';
import { openBreakingTable, type Breaks } from '../../support/lost-responses';
import { useStorage } from '../../support/storage';

const storage = useStorage();
/** Lines that report a failure without failing the call. */
let logged: jest.SpyInstance<void, unknown[]>;
beforeEach(() => void (logged = jest.spyOn(console, 'error').mockImplementation()));
afterEach(() => logged.mockRestore());
const loggedEvents = () =>
  logged.mock.calls.map(([line]) => String(JSON.parse(String(line)).event)).toSorted();

const { tenantId } = owner;
const tomorrow = () => new Date(Date.now() + 86_400_000);

/** An event of the n-th second after now. */
function anEvent(n: number, overrides: Partial<RecordedEvent> = {}): RecordedEvent {
  const at = new Date(now.getTime() + n * 1_000);
  return {
    tenantId,
    connectorId: 'c1',
    id: ulid(at, Uint8Array.of(n)),
    type: 'connector.updated',
    at: at.toISOString(),
    actor: { objectId: owner.objectId, displayName: owner.displayName },
    outcome: 'succeeded',
    data: { name: 'Sales', changes: { name: { before: 'Stock', after: 'Sales' } } },
    ...overrides,
  };
}

const pending = async (outbox: Outbox, at = now) => {
  const found = [];
  for await (const message of outbox.listPending(at)) found.push(message);
  return found;
};
const idsOf = async (outbox: Outbox) =>
  (await pending(outbox)).map(({ event }) => event.id).toSorted();

function openFakes() {
  const outbox = fakeOutbox();
  return { outbox, connectors: fakeConnectorStore(outbox) };
}

interface Tables {
  readonly connectors: TableClient;
  readonly tenants: TableClient;
  readonly outbox: TableClient;
}

const newTables = async (): Promise<Tables> => ({
  connectors: await storage.newTable(),
  tenants: await storage.newTable(),
  outbox: await storage.newTable(),
});
const openAdapters = ({ connectors, tenants, outbox }: Tables) => ({
  outbox: new OutboxTable(outbox, [connectors]),
  connectors: new ConnectorTable(connectors, tenants, outbox),
});

type Stores = { readonly outbox: Outbox; readonly connectors: ConnectorStore };

describe.each<[string, () => Promise<Stores>]>([
  ['fakes', async () => openFakes()],
  ['Table Storage', async () => openAdapters(await newTables())],
])('Outbox: %s', (_, open) => {
  it('lists the events of all tenants, oldest first in each', async () => {
    const { outbox } = await open();
    await outbox.put({ event: anEvent(2) });
    await outbox.put({ event: anEvent(1) });
    await outbox.put({ event: anEvent(3, { tenantId: ownerOfOtherTenant.tenantId }) });

    const found = await pending(outbox);

    expect(found.filter(({ event }) => event.tenantId === tenantId)).toMatchObject([
      { event: anEvent(1) },
      { event: anEvent(2) },
    ]);
    expect(found).toHaveLength(3);
  });

  it('accepts an event twice and its deletion twice', async () => {
    const { outbox } = await open();
    await outbox.put({ event: anEvent(1) });
    await outbox.put({ event: anEvent(1) });
    const found = await pending(outbox);

    for (const message of [...found, ...found]) await outbox.delete(message);

    expect(found).toHaveLength(1);
    expect(await pending(outbox)).toEqual([]);
  });

  it('lists and deletes the events of changes', async () => {
    const { outbox, connectors } = await open();
    const created = await connectors.create(aConnector(), [{ event: anEvent(1) }]);
    await connectors.replace({ ...created, version: 2 }, [
      { event: anEvent(2) },
      { event: anEvent(3) },
    ]);

    const found = await pending(outbox);
    for (const message of found) await outbox.delete(message);

    expect(found).toMatchObject([
      { event: anEvent(1) },
      { event: anEvent(2) },
      { event: anEvent(3) },
    ]);
    expect(await pending(outbox)).toEqual([]);
  });

  it('has no event of a change that was refused', async () => {
    const { outbox, connectors } = await open();
    const created = await connectors.create(aConnector(), []);
    await connectors.replace({ ...created, version: 2 }, [{ event: anEvent(1) }]);

    const refused = await Promise.allSettled([
      connectors.replace({ ...created, version: 3 }, [{ event: anEvent(2) }]),
      connectors.create(aConnector({ id: 'c2' }), [{ event: anEvent(3) }]),
    ]);

    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await idsOf(outbox)).toEqual([anEvent(1).id]);
  });

  it('accepts an event that an earlier change has put', async () => {
    const { outbox, connectors } = await open();
    const created = await connectors.create(aConnector(), [{ event: anEvent(1) }]);

    await connectors.replace({ ...created, version: 2 }, [{ event: anEvent(1) }]);

    expect(await idsOf(outbox)).toEqual([anEvent(1).id]);
  });
});

describe('the stores of sync runs and deliveries', () => {
  const run: SyncRun = {
    tenantId,
    connectorId: 'c1',
    id: anEvent(1).id,
    mode: 'initial',
    trigger: 'manual',
    status: 'queued',
    phase: 'queued',
    listCount: 0,
    factoryCount: 0,
    tallies: {},
    factories: [],
    activeMs: 0,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
  const next = { ...run, id: anEvent(9).id };

  it('put the events of a run and its lock', async () => {
    const [runs, hints] = [await storage.newTable(), await storage.newTable()];
    const store = new SyncRunTable(runs, hints);
    const outbox = new OutboxTable(hints, [runs]);

    await store.begin(run, [{ event: anEvent(1) }]);
    await store.replace((await store.get(run, run.id))!, [{ event: anEvent(2) }]);
    await store.takeOverLock(next, (await store.getLock(run))!, [{ event: anEvent(3) }]);
    const refused = store.begin(run, [{ event: anEvent(4) }]);

    await expect(refused).rejects.toMatchObject({ kind: 'conflict' });
    expect(await idsOf(outbox)).toEqual([1, 2, 3].map((n) => anEvent(n).id));
    expect((await store.list(run, { limit: 10 })).items).toHaveLength(2);
    expect((await store.listTenant(tenantId, undefined, { limit: 10 })).items).toHaveLength(2);
    expect(await store.listActive(tenantId)).toHaveLength(1);
    expect(await store.listClosing(tenantId)).toHaveLength(1);
    expect(await store.listLocks(tenantId)).toHaveLength(1);
  });

  it('keep events that are not relayed when deliveries are deleted', async () => {
    const [deliveries, hints] = [await storage.newTable(), await storage.newTable()];
    const store = new DeliveryTable(deliveries, hints);
    const key = { tenantId, webhookId: 'w1' };
    const delivery = deliveryOf(anEvent(1), { tenantId, id: 'w1' }, now);
    await store.create(delivery);
    const stored = (await store.get(key, delivery.id))!;
    await store.replace({ ...stored, status: 'failed' }, [{ event: anEvent(2) }]);
    const listed = await store.list(key, { limit: 10 });

    for await (const _ of store.deleteBefore(tomorrow()));
    await store.deleteOfWebhook(key);

    expect(listed.items).toHaveLength(1);
    expect((await store.list(key, { limit: 10 })).items).toEqual([]);
    expect(await idsOf(new OutboxTable(hints, [deliveries]))).toEqual([anEvent(2).id]);
  });
});

describe('OutboxTable', () => {
  it('lists no events among connectors', async () => {
    const { connectors } = openAdapters(await newTables());
    await connectors.create(aConnector(), [{ event: anEvent(1) }]);

    const { items } = await connectors.list(tenantId, { limit: 10 });

    expect(items.map(({ id }) => id)).toEqual(['c1']);
  });

  it('keeps a hint that precedes its transaction', async () => {
    const tables = await newTables();
    const { outbox, connectors } = openAdapters(tables);
    const created = await connectors.create(aConnector(), [{ event: anEvent(1) }]);
    for (const message of await pending(outbox)) await outbox.delete(message);
    expect(await pending(outbox, new Date())).toEqual([]);
    const withoutHint = new ConnectorTable(tables.connectors, tables.tenants, failing(tables));

    await withoutHint.replace({ ...created, version: 2 }, [{ event: anEvent(2) }]);

    expect(await idsOf(outbox)).toEqual([anEvent(2).id]);
  });

  it('is given one hint for changes within seconds', async () => {
    const tables = await newTables();
    const write = jest.spyOn(tables.outbox, 'upsertEntity');
    const { outbox, connectors } = openAdapters(tables);
    const created = await connectors.create(aConnector(), [{ event: anEvent(1) }]);
    const second = await connectors.replace({ ...created, version: 2 }, [{ event: anEvent(2) }]);
    const inOneDay = jest.spyOn(Date, 'now').mockReturnValue(tomorrow().getTime());
    await connectors.replace({ ...second, version: 3 }, [{ event: anEvent(3) }]);
    inOneDay.mockRestore();

    expect(write).toHaveBeenCalledTimes(2);
    expect(await idsOf(outbox)).toEqual([1, 2, 3].map((n) => anEvent(n).id));
  });

  it('deletes an old hint of an empty partition only', async () => {
    const tables = await newTables();
    const { outbox, connectors } = openAdapters(tables);
    await connectors.create(aConnector(), [{ event: anEvent(1) }]);
    const found = await pending(outbox, tomorrow());

    for (const message of found) await outbox.delete(message);
    const before = await rowCount(tables.outbox);
    await pending(outbox, tomorrow());

    expect([found.length, before, await rowCount(tables.outbox)]).toEqual([1, 1, 0]);
  });

  it('restores the hint of an event whose hint was lost', async () => {
    const tables = await newTables();
    const { outbox } = openAdapters(tables);
    const lossy = new ConnectorTable(tables.connectors, tables.tenants, failing(tables));
    await lossy.create(aConnector({ tenantId: randomUUID() }));
    await lossy.create(aConnector(), [{ event: anEvent(1) }]);
    const before = await idsOf(outbox);

    const restored = await outbox.restoreHints();

    expect([before, restored]).toEqual([[], 1]);
    expect(await idsOf(outbox)).toEqual([anEvent(1).id]);
    expect(loggedEvents()).toEqual(['outbox.hint_failed']);
  });

  it('yields the other messages before it fails for an unreadable partition', async () => {
    const tables = await newTables();
    const { outbox, connectors } = openAdapters(tables);
    await connectors.create(aConnector(), [{ event: anEvent(1) }]);
    const unreadable = { partitionKey: tenantId, event: '{}' };
    await tables.connectors.createEntity({ ...unreadable, rowKey: 'outbox-0' });
    await tables.outbox.createEntity({ ...unreadable, rowKey: '0' });
    const hint = { table: 'gone', partition: tenantId };
    await tables.outbox.createEntity({ ...hint, partitionKey: tenantId, rowKey: 'pending-gone' });

    const found: string[] = [];
    const read = async () => {
      for await (const { event } of outbox.listPending(now)) found.push(event.id);
    };

    await expect(read()).rejects.toThrow('gone');

    expect(found).toEqual([anEvent(1).id]);
    expect(loggedEvents()).toEqual([
      'outbox.partition_failed',
      'outbox.row_failed',
      'outbox.row_failed',
    ]);
  });
});

describe('a change with events', () => {
  const breaks: [string, Breaks][] = [
    ['the first response is lost', (write) => (write === 0 ? 'reset' : undefined)],
    ['the first response is cut', (write) => (write === 0 ? 'cut' : undefined)],
    ['every response is lost', () => 'reset'],
  ];

  it.each(breaks)('has one event if %s', async (_, lost) => {
    const tables = await newTables();
    const { outbox, connectors } = openAdapters(tables);
    const broken = breaking(tables, lost);

    const created = await broken.create(aConnector(), [{ event: anEvent(1) }]);
    await broken.replace({ ...created, version: 2 }, [{ event: anEvent(2) }]);

    await outbox.restoreHints();
    expect(await idsOf(outbox)).toEqual([anEvent(1).id, anEvent(2).id]);
    expect(await connectors.get({ tenantId, connectorId: 'c1' })).toMatchObject({ version: 2 });
  });

  it('has neither row nor event if no request arrives', async () => {
    const tables = await newTables();
    const { outbox, connectors } = openAdapters(tables);
    const created = await connectors.create(aConnector());

    const change = breaking(tables, () => 'not sent').replace({ ...created, version: 2 }, [
      { event: anEvent(1) },
    ]);

    await expect(change).rejects.toMatchObject({ code: 'storage_unavailable' });
    await outbox.restoreHints();
    expect(await idsOf(outbox)).toEqual([]);
    expect(await connectors.get({ tenantId, connectorId: 'c1' })).toEqual(created);
  });

  it.each([...breaks, ['no response is lost', () => undefined] as [string, Breaks]])(
    'has one event of its deletion if %s',
    async (_, lost) => {
      const tables = await newTables();
      const { outbox } = openAdapters(tables);
      const key = { partitionKey: tenantId, rowKey: 'row' };
      await tables.connectors.createEntity(key);
      const table = openBreakingTable(storage.connectionString, tables.connectors.tableName, lost);

      for (const n of [1, 2])
        await deleteWithEvents(table, tables.outbox, key, [{ event: anEvent(n) }]);

      await outbox.restoreHints();
      expect(await idsOf(outbox)).toEqual([anEvent(1).id]);
      expect(await rowCount(tables.connectors)).toBe(1);
    },
  );
});

const breaking = ({ connectors, tenants, outbox }: Tables, breaks: Breaks) => {
  const open = ({ tableName }: TableClient) =>
    openBreakingTable(storage.connectionString, tableName, breaks);
  return new ConnectorTable(open(connectors), open(tenants), open(outbox));
};

/** An outbox table that cannot be written. */
const failing = ({ outbox }: Tables) =>
  openBreakingTable(storage.connectionString, outbox.tableName, () => 'not sent');

async function rowCount(table: TableClient): Promise<number> {
  let count = 0;
  for await (const _ of table.listEntities()) count += 1;
  return count;
}
