/** AllowedTenantsStore and PasswordTryStore: one contract each for the fake and the adapter. */
import { AllowedTenantsTable } from '../../../functions/azure/tables/sign-in/allowed-tenants-table';
import { ConnectionAttemptTable } from '../../../functions/azure/tables/sign-in/connection-attempt-table';
import { PasswordTryTable } from '../../../functions/azure/tables/sign-in/password-try-table';
import type { AllowedTenantsStore, PasswordTryStore } from '../../../functions/credentials/ports';
import { fakeAllowedTenantsStore, fakePasswordTryStore } from '../../fakes/account-stores';
import { now, owner, ownerOfOtherTenant } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const { tenantId } = owner;
const setting = { tenantId, tenantIds: [ownerOfOtherTenant.tenantId], version: 1 };

async function openAllowedTenants() {
  const table = await storage.newTable();
  return new AllowedTenantsTable(table, table);
}

describe.each<[string, () => AllowedTenantsStore | Promise<AllowedTenantsStore>]>([
  ['fake', () => fakeAllowedTenantsStore()],
  ['Table Storage', openAllowedTenants],
])('AllowedTenantsStore: %s', (_, open) => {
  it('returns the setting of its own tenant only', async () => {
    const store = await open();
    const created = await store.create(setting);

    expect(await store.get(tenantId)).toEqual(created);
    expect(await store.get(ownerOfOtherTenant.tenantId)).toBeUndefined();
  });

  it('accepts one of ten concurrent writers', async () => {
    const store = await open();
    const creations = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.create(setting)),
    );
    const stored = (await store.get(tenantId))!;
    const changes = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.replace({ ...stored, version: 2 })),
    );

    for (const writes of [creations, changes]) {
      expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(writes.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { kind: 'stale' },
      });
    }
  });
});

const limit = { since: new Date(now.getTime() - 3_600_000), max: 3 };
const after = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

describe.each<[string, () => PasswordTryStore | Promise<PasswordTryStore>]>([
  ['fake', fakePasswordTryStore],
  ['Table Storage', async () => new PasswordTryTable(await storage.newTable())],
])('PasswordTryStore: %s', (_, open) => {
  const add = (store: PasswordTryStore, at: Date, subject = 's1', tenant = tenantId) =>
    store.add({ tenantId: tenant, subject, at }, limit);

  it('accepts three of ten concurrent tries', async () => {
    const store = await open();

    const tries = await Promise.all(Array.from({ length: 10 }, () => add(store, now)));

    expect(tries.filter(({ accepted }) => accepted)).toHaveLength(3);
  });

  it('names the oldest try of a refusal', async () => {
    const store = await open();
    for (const seconds of [0, 1, 2]) await add(store, after(seconds));

    expect(await add(store, after(3))).toEqual({ accepted: false, oldest: now });
  });

  it('forgets tries before the period', async () => {
    const store = await open();
    for (const seconds of [-3_601, -3_600, 0]) await add(store, after(seconds));

    expect(await add(store, after(1))).toEqual({ accepted: true, oldest: now });
  });

  it('counts subjects and tenants separately', async () => {
    const store = await open();
    for (const seconds of [0, 1, 2]) await add(store, after(seconds));

    expect((await add(store, now, 's2')).accepted).toBe(true);
    expect((await add(store, now, 's1', ownerOfOtherTenant.tenantId)).accepted).toBe(true);
  });
});

describe('rows of accounts', () => {
  it('are purged by age only if they are tries', async () => {
    const table = await storage.newTable();
    const [tries, settings] = [new PasswordTryTable(table), new AllowedTenantsTable(table, table)];
    const attempts = new ConnectionAttemptTable(table, table);
    await tries.add({ tenantId, subject: 's1', at: now }, limit);
    await settings.create(setting);

    const purged: string[] = [];
    for await (const key of attempts.deleteBefore(after(1))) purged.push(key);

    expect(purged).toEqual(['password-s1']);
    expect(await settings.get(tenantId)).toMatchObject(setting);
  });
});
