/**
 * Stores of the audit trail: one contract for the fakes and the Table Storage adapters, and the linker
 * on both. However many linkers run at once, a tenant has one chain with each record once.
 */
import { randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { AuditTable } from '../../../functions/azure/tables/audit/audit-table';
import { PendingRecordTable } from '../../../functions/azure/tables/audit/pending-record-table';
import type { AuditRecord } from '../../../functions/audit/audit-record';
import { link } from '../../../functions/audit/chain';
import type { AuditStore, PendingRecordStore, PendingRow } from '../../../functions/audit/ports';
import { auditServices } from '../../../functions/audit/services';
import { Secret } from '../../../functions/secrets/secret';
import { ulid } from '../../../functions/storage/ulid';
import { fakeAuditStore, fakePendingRecordStore } from '../../fakes/audit-stores';
import { fakeSecretStore } from '../../fakes/secret-store';
import { fakeWorkRequests } from '../../fakes/work-requests';
import { now, owner } from '../../support/builders';
import { breakFirst, openBreakingTable } from '../../support/lost-responses';
import { useStorage } from '../../support/storage';

const storage = useStorage();
const { tenantId } = owner;
const connectionId = 'p1';

const idOf = (n: number) => ulid(new Date(now.getTime() + n), Uint8Array.of(n));
const aRecord = (n: number, overrides: Partial<AuditRecord> = {}): AuditRecord => ({
  at: new Date(now.getTime() + n).toISOString(),
  tenantId,
  connectionId,
  actor: { kind: 'token', tokenId: 't1' },
  requestId: `r${n}`,
  action: 'user.changed',
  resource: { type: 'User', id: `u${n % 3}`, name: 'Ada 😀' },
  changes: [{ path: 'active', before: true, after: false }],
  status: 200,
  ...overrides,
});

interface Stores {
  readonly auditStore: AuditStore;
  readonly pendingRecordStore: PendingRecordStore;
  addRow(row: PendingRow): Promise<void>;
}

function openFakes(): Stores {
  const pendingRecordStore = fakePendingRecordStore();
  return {
    auditStore: fakeAuditStore(),
    pendingRecordStore,
    addRow: async (row) => pendingRecordStore.addRow(tenantId, connectionId, row),
  };
}

interface Tables {
  readonly trail: TableClient;
  readonly pending: TableClient;
  readonly directory: TableClient;
}

const newTables = async (): Promise<Tables> => ({
  trail: await storage.newTable(),
  pending: await storage.newTable(),
  directory: await storage.newTable(),
});

const openTables = ({ trail, pending, directory }: Tables): Stores => ({
  auditStore: new AuditTable(trail),
  pendingRecordStore: new PendingRecordTable(pending, directory),
  addRow: async ({ rowKey, columns }) =>
    void (await directory.createEntity({
      partitionKey: `${tenantId}|${connectionId}`,
      rowKey,
      ...columns,
    })),
});

async function servicesOn(stores: Stores) {
  const secretStore = fakeSecretStore();
  await secretStore.put('app-cursor-key', new Secret('key'), { contentType: 'key' });
  return auditServices({
    ...stores,
    provisioningConnectionStore: {
      async *listKeys() {
        yield { tenantId, connectionId };
      },
    },
    secretStore,
    checkpointSecretName: 'app-cursor-key',
    auditRetentionDays: 30,
    workRequests: fakeWorkRequests(),
    now: () => now,
    randomBytes,
  });
}

const report = {
  failed: (error: unknown) => {
    throw error;
  },
  checkpointAdded: () => {},
};

describe.each<[string, () => Promise<Stores>]>([
  ['fakes', async () => openFakes()],
  ['Table Storage', async () => openTables(await newTables())],
])('AuditStore: %s', (_, open) => {
  it('adds entries to the head that was read only', async () => {
    const { auditStore } = await open();
    const first = link(undefined, [{ id: idOf(1), record: aRecord(1) }], now);

    const added = await auditStore.append(tenantId, undefined, first.head, first.entries);
    const again = await auditStore.append(tenantId, undefined, first.head, first.entries);
    const head = await auditStore.getHead(tenantId);
    const second = link(head, [{ id: idOf(2), record: aRecord(2) }], now);
    const next = await auditStore.append(tenantId, head, second.head, second.entries);
    const late = await auditStore.append(tenantId, head, second.head, second.entries);

    expect([added, again, next, late]).toEqual([true, false, true, false]);
    expect(await auditStore.read(tenantId, 1, 9)).toEqual([
      { seq: 1, entry: first.entries[0] },
      { seq: 2, entry: second.entries[0] },
    ]);
    expect(await auditStore.nextSeq(tenantId, 1)).toBe(2);
    expect(await auditStore.nextSeq(tenantId, 2)).toBeUndefined();
    expect(await auditStore.getHead('other')).toBeUndefined();
  });

  it('links a record once', async () => {
    const { auditStore } = await open();
    const first = link(undefined, [{ id: idOf(1), record: aRecord(1) }], now);
    await auditStore.append(tenantId, undefined, first.head, first.entries);
    const head = await auditStore.getHead(tenantId);
    const repeated = link(
      head,
      [
        { id: idOf(2), record: aRecord(2) },
        { id: idOf(1), record: aRecord(1) },
      ],
      now,
    );

    const added = await auditStore.append(tenantId, head, repeated.head, repeated.entries);

    expect(added).toBe(false);
    expect(await auditStore.findLinked(tenantId, [idOf(1), idOf(2)])).toEqual(new Set([idOf(1)]));
    expect(await auditStore.read(tenantId, 1, 9)).toHaveLength(1);
  });

  it('filters entries by each column', async () => {
    const { auditStore } = await open();
    const records = [
      aRecord(1),
      aRecord(2, { action: 'request.refused', status: 400 }),
      aRecord(3, { actor: { kind: 'person', objectId: 'ABC', displayName: 'Ada' } }),
      aRecord(4, { actor: { kind: 'system' }, connectorId: 'c1', resource: { type: 'Tenant' } }),
    ].map((record, n) => ({ id: idOf(n + 1), record }));
    const { head, entries } = link(undefined, records, now);
    await auditStore.append(tenantId, undefined, head, entries);

    const seqsOf = async (filter: Parameters<AuditStore['read']>[3]) =>
      (await auditStore.read(tenantId, 1, 9, filter)).map(({ seq }) => seq);

    expect(await seqsOf({ action: 'request.refused' })).toEqual([2]);
    expect(await seqsOf({ outcome: 'refused' })).toEqual([2]);
    expect(await seqsOf({ actorId: 'abc' })).toEqual([3]);
    expect(await seqsOf({ actorId: 'system' })).toEqual([4]);
    expect(await seqsOf({ connectorId: 'c1' })).toEqual([4]);
    expect(await seqsOf({ resourceId: 'u2' })).toEqual([2]);
    expect(await seqsOf({ connectionId: "o'x" })).toEqual([]);
    expect(await seqsOf({ from: new Date(now.getTime() + 2) })).toEqual([2, 3, 4]);
    expect(await seqsOf({ to: new Date(now.getTime() + 2) })).toEqual([1]);
  });

  it('keeps the floor at its highest and deletes what is below', async () => {
    const { auditStore } = await open();
    const records = [1, 2, 3].map((n) => ({ id: idOf(n), record: aRecord(n) }));
    const { head, entries } = link(undefined, records, now);
    await auditStore.append(tenantId, undefined, head, entries);
    const floor = { ...entries[1]!, at: head.linkedAt, keyVersion: 'v1', signature: 's' };

    await auditStore.putFloor(tenantId, floor);
    await auditStore.putFloor(tenantId, { ...floor, seq: 1 });
    for await (const _ of auditStore.deleteUpTo(tenantId, 2));

    expect(await auditStore.getFloor(tenantId)).toMatchObject({ seq: 2, hash: entries[1]!.hash });
    expect((await auditStore.read(tenantId, 1, 9)).map(({ seq }) => seq)).toEqual([3]);
    expect(await auditStore.findLinked(tenantId, [idOf(1), idOf(3)])).toEqual(new Set([idOf(3)]));
    const tenants = [];
    for await (const each of auditStore.listTenants()) tenants.push(each);
    expect(tenants).toEqual([tenantId]);
  });

  it('lists checkpoints newest first and never replaces one', async () => {
    const { auditStore } = await open();
    const checkpoint = { at: 'a', keyVersion: 'v1', signature: 's' };
    for (const seq of [500, 1_000, 12])
      await auditStore.putCheckpoint(tenantId, { ...checkpoint, seq, hash: `h${seq}` });
    await auditStore.putCheckpoint(tenantId, { ...checkpoint, seq: 500, hash: 'other' });

    const found = await auditStore.listCheckpoints(tenantId, 12, 500);

    expect(found.map(({ seq, hash }) => [seq, hash])).toEqual([
      [500, 'h500'],
      [12, 'h12'],
    ]);
    expect(await auditStore.getLatestCheckpoint(tenantId)).toMatchObject({ seq: 1_000 });
  });

  it('lists pending records of changes and of the tenant', async () => {
    const stores = await open();
    const { pendingRecordStore } = stores;
    const { auditTrail } = await servicesOn(stores);
    const long = 'ä😀'.repeat(40_000);
    await stores.addRow(auditTrail.rowOf(aRecord(1, { changes: [{ path: 'a', after: long }] })));
    await pendingRecordStore.put(idOf(2), aRecord(2, { detail: 'x'.repeat(1_999) + '😀' }));
    await pendingRecordStore.put(idOf(2), aRecord(2));

    const ofChanges = await pendingRecordStore.list(tenantId, connectionId, 10);
    const ofTenant = await pendingRecordStore.list(tenantId, undefined, 10);
    await pendingRecordStore.delete(tenantId, [...ofChanges, ...ofTenant]);
    await pendingRecordStore.delete(tenantId, ofTenant);

    expect(ofChanges[0]?.record.changes).toMatchObject([
      { path: 'a', after: { characters: 120_002 } },
    ]);
    expect(ofTenant).toMatchObject([{ id: idOf(2), record: aRecord(2) }]);
    expect(await pendingRecordStore.list(tenantId, connectionId, 10)).toEqual([]);
    expect(await pendingRecordStore.list(tenantId, undefined, 10)).toEqual([]);
  });

  it('has one chain without gap after ten linkers at once', async () => {
    const stores = await open();
    const linkers = await Promise.all(Array.from({ length: 10 }, () => servicesOn(stores)));
    const { auditTrail, auditVerification } = linkers[0]!;
    for (let n = 1; n <= 30; n++) await stores.addRow(auditTrail.rowOf(aRecord(n)));
    for (let n = 31; n <= 60; n++) await auditTrail.put(idOf(n), aRecord(n));

    await Promise.all(linkers.map(({ auditLinker }) => auditLinker.linkAll(report)));
    await linkers[0]!.auditLinker.linkAll(report);

    const rows = await stores.auditStore.read(tenantId, 1, 999);
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_each, n) => n + 1));
    expect(new Set(rows.map(({ entry }) => entry?.requestId)).size).toBe(60);
    expect(await auditVerification.verify(tenantId)).toMatchObject({
      outcome: 'intact',
      checkedTo: 60,
      checkpointCount: expect.any(Number),
    });
  });

  it('links what a stopped linker has linked and not deleted once', async () => {
    const stores = await open();
    const { auditLinker, auditTrail } = await servicesOn(stores);
    for (const n of [1, 2, 3]) await auditTrail.put(idOf(n), aRecord(n));
    const pending = await stores.pendingRecordStore.list(tenantId, undefined, 2);
    const { head, entries } = link(undefined, pending, now);
    await stores.auditStore.append(tenantId, undefined, head, entries);

    await auditLinker.linkAll(report);
    await auditTrail.put(idOf(1), aRecord(1));
    await auditLinker.linkAll(report);

    const rows = await stores.auditStore.read(tenantId, 1, 9);
    expect(rows.map(({ entry }) => entry?.id)).toEqual([1, 2, 3].map(idOf));
    expect(await stores.pendingRecordStore.list(tenantId, undefined, 9)).toEqual([]);
  });
});

describe('AuditTable', () => {
  async function linked(count: number) {
    const tables = await newTables();
    const stores = openTables(tables);
    const services = await servicesOn(stores);
    for (let n = 1; n <= count; n++) await services.auditTrail.put(idOf(n), aRecord(n));
    await services.auditLinker.linkAll(report);
    return { ...tables, ...services, stores };
  }
  const rowKeyOf = (seq: number) => `entry-${String(seq).padStart(16, '0')}`;

  it('adds entries once although the response is lost', async () => {
    const { trail } = await newTables();
    const breaking = openBreakingTable(
      storage.connectionString,
      trail.tableName,
      breakFirst('reset'),
    );
    const first = link(undefined, [{ id: idOf(1), record: aRecord(1) }], now);

    const added = await new AuditTable(breaking).append(
      tenantId,
      undefined,
      first.head,
      first.entries,
    );

    expect(added).toBe(true);
    expect(await new AuditTable(trail).read(tenantId, 1, 9)).toHaveLength(1);
  });

  it.each([
    ['a changed filter column', { action: 'user.created' }, 'columns'],
    ['a text that is not canonical', { text0: '{"seq": 3}' }, 'unreadable'],
  ])('names an entry with %s', async (_, change, kind) => {
    const { trail, auditVerification } = await linked(5);
    await trail.updateEntity({ partitionKey: tenantId, rowKey: rowKeyOf(3), ...change }, 'Merge');

    const verified = await auditVerification.verify(tenantId);

    expect(verified).toMatchObject({ outcome: 'broken', fault: { seq: 3, kind } });
  });

  it('names a row that is inserted between entries', async () => {
    const { trail, auditVerification } = await linked(5);
    const row = await trail.getEntity(tenantId, rowKeyOf(2));
    await trail.createEntity({ ...row, partitionKey: tenantId, rowKey: `${rowKeyOf(2)}a` });

    const verified = await auditVerification.verify(tenantId);

    expect(verified).toMatchObject({ outcome: 'broken', fault: { seq: 2, kind: 'foreign' } });
  });

  it.each([
    ['head', { hash: 1 }, { seq: 5, kind: 'head' }],
    ['head', { seq: 'x' }, { seq: 0, kind: 'head' }],
    ['head', { seq: 4 }, { seq: 4, kind: 'head' }],
    ['checkpoint', { signature: 7 }, { seq: 5, kind: 'signature' }],
    ['checkpoint', { at: 'never' }, { seq: 5, kind: 'signature' }],
    ['floor', { seq: 2, hash: 'h' }, { seq: 2, kind: 'signature' }],
  ])('names the %s that was changed to %j', async (row, change, fault) => {
    const { trail, auditVerification } = await linked(5);
    const checkpoint = `checkpoint-${String(Number.MAX_SAFE_INTEGER - 5).padStart(16, '0')}`;
    const rowKey = row === 'checkpoint' ? checkpoint : row;
    await trail.upsertEntity({ partitionKey: tenantId, rowKey, ...change }, 'Merge');

    const verified = await auditVerification.verify(tenantId);

    expect(verified).toMatchObject({ outcome: 'broken', fault });
  });

  it('names a row behind the head, which blocks the linker', async () => {
    const { trail, auditVerification, auditTrail, auditLinker } = await linked(5);
    const row = await trail.getEntity(tenantId, rowKeyOf(5));
    await trail.createEntity({ ...row, partitionKey: tenantId, rowKey: rowKeyOf(6) });
    await auditTrail.put(idOf(7), aRecord(7));
    const failures: unknown[] = [];

    await auditLinker.linkAll({ ...report, failed: (error) => failures.push(error) });

    expect(failures).toMatchObject([{ code: 'audit_chain_blocked' }]);
    expect(await auditVerification.verify(tenantId)).toMatchObject({
      outcome: 'broken',
      fault: { seq: 6, kind: 'foreign' },
    });
  });

  it('links a record that says a pending row is unreadable', async () => {
    const tables = await newTables();
    const stores = openTables(tables);
    const { auditLinker, auditTrail, auditVerification } = await servicesOn(stores);
    const rowKey = `audit-${idOf(1)}`;
    await tables.pending.createEntity({ partitionKey: tenantId, rowKey, text0: '{"tenantId":1' });
    await auditTrail.put(idOf(2), aRecord(2));

    await auditLinker.linkAll(report);

    const rows = await stores.auditStore.read(tenantId, 1, 9);
    expect(rows.map(({ entry }) => entry?.action)).toEqual([
      'audit.record_unreadable',
      'user.changed',
    ]);
    expect(await auditVerification.verify(tenantId)).toMatchObject({ outcome: 'intact' });
  });
});
