/** OrchestrationStore: one contract for the fake of unit tests and the Table Storage adapter. */
import { OrchestrationTable } from '../../../functions/azure/tables/orchestration-table';
import type { InstanceStatus } from '../../../functions/durable/instance-status';
import type { Orchestration, OrchestrationFilter } from '../../../functions/ops/orchestration';
import type { OrchestrationStore } from '../../../functions/ops/ports';
import { fakeOrchestrationStore } from '../../fakes/orchestration-store';
import { now, owner, ownerOfOtherTenant } from '../../support/builders';
import { useStorage } from '../../support/storage';

const storage = useStorage();
const { tenantId } = owner;

const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

const anOrchestration = (
  instanceId: string,
  second: number,
  status: InstanceStatus = 'Running',
  others: Partial<Orchestration> = {},
): Orchestration => ({
  tenantId,
  instanceId,
  name: 'deliverWebhook',
  status,
  createdAt: later(second).toISOString(),
  updatedAt: later(second).toISOString(),
  ...others,
});

const all = [
  anOrchestration('a-1', 0, 'Completed', { finishedAt: later(1).toISOString() }),
  anOrchestration('b-2', 1, 'Failed', { connectorId: 'c1', syncRunId: 's1' }),
  anOrchestration('b-3', 2, 'Running', { name: 'syncConnector' }),
];

describe.each<[string, () => OrchestrationStore | Promise<OrchestrationStore>]>([
  ['fake', fakeOrchestrationStore],
  ['Table Storage', async () => new OrchestrationTable(await storage.newTable())],
])('OrchestrationStore: %s', (_, open) => {
  const filled = async () => {
    const store = await open();
    for (const one of all) await store.create(one);
    await store.create({ ...all[0]!, tenantId: ownerOfOtherTenant.tenantId });
    return store;
  };
  const idsOf = async (
    store: OrchestrationStore,
    filter: OrchestrationFilter = {},
    order: 'newest' | 'oldest' = 'newest',
  ) => {
    const ids: string[] = [];
    let continuation: string | undefined;
    do {
      const request = { limit: 2, ...(continuation !== undefined && { continuation }) };
      const page = await store.list(tenantId, filter, order, request);
      ids.push(...page.items.map(({ instanceId }) => instanceId));
      ({ continuation } = page);
    } while (continuation !== undefined);
    return ids;
  };

  it('returns rows as they were stored', async () => {
    const store = await filled();

    expect(await store.get(tenantId, 'b-2')).toEqual({ ...all[1], etag: expect.any(String) });
    expect(await store.get(tenantId, 'b')).toBeUndefined();
  });

  it.each<[string, OrchestrationFilter, readonly string[]]>([
    ['no filter', {}, ['b-3', 'b-2', 'a-1']],
    ['statuses', { statuses: ['Failed', 'Completed'] }, ['b-2', 'a-1']],
    ['a name', { name: 'syncConnector' }, ['b-3']],
    ['a connector', { connectorId: 'c1' }, ['b-2']],
    ['an id prefix', { idPrefix: 'b' }, ['b-3', 'b-2']],
    ['a period', { createdFrom: later(1), createdTo: later(2) }, ['b-2']],
  ])('lists by %s in both orders', async (_name, filter, expected) => {
    const store = await filled();

    expect(await idsOf(store, filter)).toEqual(expected);
    expect(await idsOf(store, filter, 'oldest')).toEqual(expected.toReversed());
  });

  it('refuses a second instance of an id, unless it replaces the first', async () => {
    const store = await filled();
    const second = anOrchestration('a-1', 9);

    await expect(store.create(second)).rejects.toMatchObject({ code: 'orchestration_exists' });
    await store.put(second);

    expect(await idsOf(store)).toEqual(['a-1', 'b-3', 'b-2']);
  });

  it('replaces the version that was read, in both lists', async () => {
    const store = await filled();
    const read = (await store.get(tenantId, 'b-3'))!;

    await store.replace({ ...read, status: 'Suspended' });

    await expect(store.replace(read)).rejects.toMatchObject({ code: 'orchestration_changed' });
    expect(await idsOf(store, { statuses: ['Suspended'] }, 'oldest')).toEqual(['b-3']);
  });

  it('deletes a row, also twice', async () => {
    const store = await filled();

    expect(await store.delete(all[1]!)).toBe(true);
    expect(await store.delete(all[1]!)).toBe(false);

    expect(await idsOf(store)).toEqual(['b-3', 'a-1']);
    expect(await store.get(tenantId, 'b-2')).toBeUndefined();
  });

  it('deletes terminal rows of a period in all tenants', async () => {
    const store = await filled();
    const deleted: string[] = [];

    for await (const id of store.deleteTerminal(later(0), later(1))) deleted.push(id);

    expect(deleted).toEqual(['a-1', 'a-1']);
    expect(await idsOf(store)).toEqual(['b-3', 'b-2']);
  });
});
