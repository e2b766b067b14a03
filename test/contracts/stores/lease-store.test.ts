/** One list of promises, two keepers: the fake that unit tests stand on, and Table Storage. */
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
  it('gives a lease to one of ten concurrent callers', async () => {
    const store = await open();

    const taken = await Promise.all(
      Array.from({ length: 10 }, () => store.take(connector, now, later(60))),
    );

    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('gives an expired lease to one of ten concurrent callers', async () => {
    const store = await open();
    await store.take(connector, now, later(60));

    const taken = await Promise.all(
      Array.from({ length: 10 }, () => store.take(connector, later(60), later(120))),
    );

    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('refuses a lease that is held, for its connector and tenant only', async () => {
    const store = await open();
    await store.take(connector, now, later(60));

    const taken = [
      await store.take(connector, later(59), later(120)),
      await store.take({ ...connector, connectorId: 'c2' }, now, later(60)),
      await store.take({ ...connector, tenantId: ownerOfOtherTenant.tenantId }, now, later(60)),
    ];

    expect(taken.map(Boolean)).toEqual([false, true, true]);
  });

  it('gives a lease that was released', async () => {
    const store = await open();
    await store.release((await store.take(connector, now, later(60)))!);

    expect(await store.take(connector, now, later(60))).toBeDefined();
  });

  it('keeps a lease that passed to another holder', async () => {
    const store = await open();
    const first = await store.take(connector, now, later(60));
    await store.take(connector, later(61), later(120));

    await store.release(first!);

    expect(await store.take(connector, later(62), later(120))).toBeUndefined();
  });
});
