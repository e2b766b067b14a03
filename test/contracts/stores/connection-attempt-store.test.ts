/** ConnectionAttemptStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { AuthorizationTable } from '../../../functions/azure/tables/sign-in/authorization-table';
import { ConnectionAttemptTable } from '../../../functions/azure/tables/sign-in/connection-attempt-table';
import type { AppError } from '../../../functions/errors/app-error';
import type { Authorization } from '../../../functions/oauth/authorization';
import {
  fakeConnectionAttemptStore,
  type FakeAttemptStore,
} from '../../fakes/connection-attempt-store';
import { owner, ownerOfOtherTenant } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const tenant = owner.tenantId;
const pending: Authorization = {
  tenantId: tenant,
  id: 's1',
  connectorId: 'c1',
  method: 'oauth',
  initiator: { objectId: owner.objectId, displayName: owner.displayName },
  state: 'pending',
  authority: tenant,
  allowAccountChange: false,
  ticketHash: 'a1',
  ticketExpiresAt: '2026-01-15T12:01:00.000Z',
  createdAt: '2026-01-15T12:00:00.000Z',
  expiresAt: '2026-01-15T12:10:00.000Z',
};
const browser = { stateHash: 'b1', cookieHash: 'c1' };

async function openAuthorizations() {
  const table = await storage.newTable();
  return new AuthorizationTable(table, table);
}

describe.each<[string, () => FakeAttemptStore | Promise<FakeAttemptStore>]>([
  ['fake', () => fakeConnectionAttemptStore()],
  ['Table Storage', openAuthorizations],
])('ConnectionAttemptStore: %s', (_, open) => {
  it('finds an attempt by ticket in its own tenant only', async () => {
    const store = await open();
    const created = await store.create(pending);

    expect(await store.findByTicket(tenant, 'a1')).toEqual(created);
    expect(await store.findByTicket(ownerOfOtherTenant.tenantId, 'a1')).toBeUndefined();
    expect(await store.findByTicket(tenant, 'a2')).toBeUndefined();
  });

  it('refuses an id that exists', async () => {
    const store = await open();
    await store.create(pending);

    await expect(store.create(pending)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('finds an attempt by browser state in every state', async () => {
    const store = await open();
    const started = await store.replace({
      ...(await store.create(pending)),
      state: 'started',
      browser,
    });
    const consumed = await store.replace({ ...started, state: 'consumed' });

    expect(await store.findByState(tenant, 'b1')).toEqual(consumed);
    expect(await store.findByState(ownerOfOtherTenant.tenantId, 'b1')).toBeUndefined();
  });

  it('lets one of ten concurrent callers consume an attempt', async () => {
    const store = await open();
    const created = await store.create(pending);

    const writes = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.replace({ ...created, state: 'consumed' })),
    );

    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = writes.filter((write) => write.status === 'rejected');
    expect(refusals.map(({ reason }) => (reason as AppError).kind)).toEqual(
      Array.from({ length: 9 }, () => 'stale'),
    );
  });

  it('deletes the attempts of one connector only', async () => {
    const store = await open();
    await store.create(pending);
    await store.create({ ...pending, id: 's2', connectorId: 'c2', ticketHash: 'a2' });

    await store.deleteConnector({ tenantId: tenant, connectorId: 'c1' });
    await store.deleteConnector({ tenantId: tenant, connectorId: 'c1' });

    expect(await store.get({ tenantId: tenant, connectorId: 'c1' }, 's1')).toBeUndefined();
    expect(await store.findByTicket(tenant, 'a1')).toBeUndefined();
    expect(await store.findByTicket(tenant, 'a2')).toMatchObject({ id: 's2' });
  });

  it('lists the attempts of a connector newest first by pages', async () => {
    const store = await open();
    for (const id of ['s2', 's1', 's3'])
      await store.create({ ...pending, id, ticketHash: `hash-${id}` });
    await store.create({ ...pending, connectorId: 'c10', ticketHash: 'hash-c10' });

    const first = await store.list({ tenantId: tenant, connectorId: 'c1' }, { limit: 2 });
    const second = await store.list(
      { tenantId: tenant, connectorId: 'c1' },
      { limit: 2, continuation: first.continuation! },
    );

    expect(first.items.map(({ id }) => id)).toEqual(['s1', 's2']);
    expect(second.items.map(({ id }) => id)).toEqual(['s3']);
    expect(
      (await store.list({ tenantId: ownerOfOtherTenant.tenantId, connectorId: 'c1' }, { limit: 2 }))
        .items,
    ).toEqual([]);
  });

  it('purges the ticket with an old attempt', async () => {
    const store = await open();
    await store.create({ ...pending, createdAt: '2025-11-15T12:00:00.000Z' });
    await store.create({ ...pending, id: 's2', ticketHash: 'a2' });

    for await (const _ of store.deleteBefore(new Date('2025-12-16T12:00:00.000Z')));

    expect(await store.findByTicket(tenant, 'a1')).toBeUndefined();
    expect(await store.get({ tenantId: tenant, connectorId: 'c1' }, 's1')).toBeUndefined();
    expect(await store.findByTicket(tenant, 'a2')).toMatchObject({ id: 's2' });
  });
});

describe('ConnectionAttemptTable', () => {
  it('lists a rotation of a connector that is connected by OAuth', async () => {
    const table = await storage.newTable();
    const store = new ConnectionAttemptTable(table, table);
    const { tenantId, connectorId, initiator, createdAt, expiresAt } = pending;
    const rotation = { tenantId, id: 's1', connectorId, method: 'oauth', initiator } as const;
    const created = await store.create({ ...rotation, state: 'failed', createdAt, expiresAt });

    const { items } = await store.list({ tenantId, connectorId }, { limit: 10 });

    expect(items).toEqual([created]);
  });
});
