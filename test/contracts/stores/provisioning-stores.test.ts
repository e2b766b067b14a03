/** ConnectionStore and RequestLogStore: one contract for the fakes and the Table Storage adapters. */
import { ConnectionTable } from '../../../functions/azure/tables/directory/connection-table';
import { RequestLogTable } from '../../../functions/azure/tables/directory/request-log-table';
import type { ProvisioningConnection } from '../../../functions/provisioning/connections/connection';
import type { ConnectionStore, RequestLogStore } from '../../../functions/provisioning/ports';
import type { LoggedRequest } from '../../../functions/provisioning/request-log/logged-request';
import { invertUlid, ulid } from '../../../functions/storage/ulid';
import {
  fakeProvisioningConnectionStore,
  fakeRequestLogStore,
} from '../../fakes/provisioning-stores';
import { now, owner, ownerOfOtherTenant } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const { tenantId } = owner;
const at = now.toISOString();
const key = { tenantId, connectionId: 'p1' };
const aConnection = (overrides: Partial<ProvisioningConnection> = {}): ProvisioningConnection => ({
  tenantId,
  id: 'p1',
  name: 'Entra ID',
  profile: 'entra',
  tokens: [],
  version: 1,
  createdAt: at,
  createdBy: { objectId: owner.objectId, displayName: owner.displayName },
  updatedAt: at,
  ...overrides,
});
const token = {
  id: 't1',
  scopes: ['users.read' as const],
  digest: 'd1',
  pepperVersion: 'v1',
  createdAt: at,
  createdBy: { objectId: owner.objectId, displayName: owner.displayName },
  expiresAt: at,
};

describe.each<[string, () => ConnectionStore | Promise<ConnectionStore>]>([
  ['fake', () => fakeProvisioningConnectionStore()],
  [
    'Table Storage',
    async () => new ConnectionTable(await storage.newTable(), await storage.newTable()),
  ],
])('ConnectionStore: %s', (_, open) => {
  it.each([
    ['minimal', aConnection()],
    [
      'deleted',
      aConnection({ tokens: [token, { ...token, id: 't2', revokedAt: at }], deletingSince: at }),
    ],
  ])('reads a %s connection as it was written', async (_, connection) => {
    const store = await open();

    const stored = await store.create(connection);

    expect(stored).toEqual({ ...connection, etag: expect.any(String) });
    expect(await store.get(key)).toEqual(stored);
    expect(await store.list(tenantId)).toEqual([stored]);
    expect(await store.get({ ...key, tenantId: ownerOfOtherTenant.tenantId })).toBeUndefined();
  });

  it('replaces the version that was read, and no other', async () => {
    const store = await open();
    const first = await store.create(aConnection());
    const second = await store.replace({ ...first, name: 'Okta' });

    const stale = store.replace({ ...first, name: 'Lost' });

    await expect(stale).rejects.toMatchObject({ code: 'provisioning_connection_changed' });
    expect(await store.get(key)).toEqual(second);
  });

  it('creates one of two connections that counted the same ones', async () => {
    const store = await open();
    const creations = await store.getCreations(tenantId);

    const results = await Promise.allSettled([
      store.create(aConnection(), [], creations),
      store.create(aConnection({ id: 'p2' }), [], creations),
    ]);

    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'provisioning_connection_changed' },
    });
    expect(await store.list(tenantId)).toHaveLength(1);
    expect(await store.getCreations(tenantId)).not.toBe(creations);
  });

  it('lists the keys of all tenants until a connection is deleted', async () => {
    const store = await open();
    const other = { tenantId: ownerOfOtherTenant.tenantId, connectionId: 'p2' };
    await store.create(aConnection());
    await store.create(aConnection({ tenantId: other.tenantId, id: 'p2' }));
    await store.putTokenUse(key, 't1', { at });
    const listKeys = async () => {
      const keys: object[] = [];
      for await (const each of store.listKeys()) keys.push(each);
      return keys;
    };

    const all = await listKeys();
    await store.delete(key);

    expect(all).toHaveLength(2);
    expect(await listKeys()).toEqual([other]);
  });

  it('knows the owner and the last use of a token', async () => {
    const store = await open();
    await store.putTokenOwner('t1', key);
    await store.putTokenUse(key, 't1', { at });
    await store.putTokenUse(key, 't1', { at, ip: '203.0.113.5' });

    expect(await store.getTokenOwner('t1')).toEqual(key);
    expect(await store.getTokenOwner('t2')).toBeUndefined();
    expect(await store.listTokenUses(key)).toEqual(new Map([['t1', { at, ip: '203.0.113.5' }]]));
    await store.deleteTokenOwner('t1');
    await store.deleteTokenUses(key);
    expect(await store.getTokenOwner('t1')).toBeUndefined();
    expect(await store.listTokenUses(key)).toEqual(new Map());
  });
});

describe.each<[string, () => RequestLogStore | Promise<RequestLogStore>]>([
  ['fake', () => fakeRequestLogStore()],
  ['Table Storage', async () => new RequestLogTable(await storage.newTable())],
])('RequestLogStore: %s', (_, open) => {
  const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
  const aRequest = (seconds: number, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
    id: invertUlid(ulid(later(seconds), Uint8Array.of(seconds))),
    at: later(seconds).toISOString(),
    requestId: 'r1',
    tokenId: 't1',
    method: 'GET',
    path: '/Users',
    status: 200,
    durationMs: 12,
    ...more,
  });
  const failed = aRequest(2, {
    status: 400,
    scimType: 'invalidValue',
    attribute: 'userName',
    detail: 'userName is required.',
  });

  it('lists requests of a connection newest first, page by page', async () => {
    const store = await open();
    await store.append(key, [aRequest(1), failed]);
    await store.append(key, [aRequest(3)]);
    await store.append({ ...key, connectionId: 'p2' }, [aRequest(4)]);

    const first = await store.list(key, { limit: 2 });
    const second = await store.list(key, { limit: 2, continuation: first.continuation! });

    expect(first.items).toEqual([aRequest(3), failed]);
    expect(second.items).toEqual([aRequest(1)]);
  });

  it('deletes old requests, and those of a connection', async () => {
    const store = await open();
    await store.append(key, [aRequest(1), aRequest(10)]);
    await store.append({ ...key, connectionId: 'p2' }, [aRequest(10)]);

    for await (const _ of store.deleteBefore(later(5)));
    const kept = await store.list(key, { limit: 9 });
    await store.deleteOfConnection(key);

    expect(kept.items).toEqual([aRequest(10)]);
    expect((await store.list(key, { limit: 9 })).items).toEqual([]);
    expect((await store.list({ ...key, connectionId: 'p2' }, { limit: 9 })).items).toHaveLength(1);
  });
});
