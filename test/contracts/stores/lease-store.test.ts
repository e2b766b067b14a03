/** LeaseStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { LeaseTable } from '../../../functions/azure/tables/lease-table';
import type { LeaseStore } from '../../../functions/credentials/ports';
import { fakeLeaseStore } from '../../fakes/lease-store';
import { owner, ownerOfOtherTenant, now } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: owner.tenantId, connectorId: 'c1' };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

describe.each<[string, () => LeaseStore | Promise<LeaseStore>]>([
  ['fake', fakeLeaseStore],
  ['Table Storage', async () => new LeaseTable(await storage.newTable())],
])('LeaseStore: %s', (_, open) => {
  it('grants a lease to one of ten concurrent callers', async () => {
    const store = await open();

    const leases = await Promise.all(
      Array.from({ length: 10 }, () => store.take(connector, now, later(60))),
    );

    expect(leases.filter(Boolean)).toHaveLength(1);
  });

  it('grants an expired lease to one of ten concurrent callers', async () => {
    const store = await open();
    await store.take(connector, now, later(60));

    const leases = await Promise.all(
      Array.from({ length: 10 }, () => store.take(connector, later(60), later(120))),
    );

    expect(leases.filter(Boolean)).toHaveLength(1);
  });

  it('refuses a lease that is held, for its connector and tenant only', async () => {
    const store = await open();
    await store.take(connector, now, later(60));

    const leases = [
      await store.take(connector, later(59), later(120)),
      await store.take({ ...connector, connectorId: 'c2' }, now, later(60)),
      await store.take({ ...connector, tenantId: ownerOfOtherTenant.tenantId }, now, later(60)),
    ];

    expect(leases.map(Boolean)).toEqual([false, true, true]);
  });

  it('grants a lease that was released', async () => {
    const store = await open();
    await store.release((await store.take(connector, now, later(60)))!);

    expect(await store.take(connector, now, later(60))).toBeDefined();
  });

  it('does not release a lease of another holder', async () => {
    const store = await open();
    const first = await store.take(connector, now, later(60));
    await store.take(connector, later(61), later(120));

    await store.release(first!);

    expect(await store.take(connector, later(62), later(120))).toBeUndefined();
  });
});
