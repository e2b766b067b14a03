import { UpstreamError } from '../../functions/errors/app-error';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, owner } from '../support/builders';
import { names, removalContext } from '../support/removal-context';

describe('RemovedResourcesRetentionService', () => {
  it('purges a removed resource after thirty days', async () => {
    const { sync, purge, days, removedNames, catalogRows } = removalContext();
    await sync(['kept', 'gone']);
    await sync(['kept']);

    days(29);
    await purge();
    const before = await removedNames();
    days(2);
    await purge();

    expect(before).toEqual(['gone']);
    expect(await removedNames()).toEqual([]);
    expect(catalogRows.live()).toEqual(['dataset|kept']);
  });

  it('does not purge a resource that was found again', async () => {
    const { sync, purge, days, removedNames, changes, catalogRows } = removalContext();
    await sync(['kept', 'back']);
    const removing = await sync(['kept']);
    await sync(['kept', 'back']);

    days(31);
    await purge();

    expect([catalogRows.live(), await removedNames()]).toEqual([
      ['dataset|back', 'dataset|kept'],
      [],
    ]);
    expect(changes.of(removing)).toEqual([]);
  });

  it('counts the age from the latest removal', async () => {
    const { sync, purge, days, removedNames } = removalContext();
    await sync(['kept', 'twice']);
    await sync(['kept']);
    days(20);
    await sync(['kept', 'twice']);
    await sync(['kept']);

    days(20);
    await purge();
    const early = await removedNames();
    days(11);
    await purge();

    expect(early).toEqual(['twice']);
    expect(await removedNames()).toEqual([]);
  });

  it('purges the change log of an old run and records when', async () => {
    const { sync, purge, days, changes, services } = removalContext();
    await sync(['kept', 'gone']);
    const syncRunId = await sync(['kept']);
    days(31);

    await purge();

    expect(changes.of(syncRunId)).toEqual([]);
    expect(
      await services.syncRuns.get({ tenantId: owner.tenantId, connectorId: 'c1', syncRunId }),
    ).toMatchObject({
      changesPurgedAt: services.now().toISOString(),
    });
  });

  it('ends the pending confirmation if all resources were found again', async () => {
    const { sync, purge, days, services, confirm } = removalContext();
    const all = ['kept', ...names(8)];
    await sync(all);
    const syncRunId = await sync(['kept']);
    await sync(all);
    const shown = () =>
      callEndpoint('getSync', { params: { connectorId: 'c1', syncRunId }, services });
    const before = await shown();
    days(31);

    await purge();

    expect(before.json).toMatchObject({ pendingConfirmation: true });
    expect((await shown()).json).not.toHaveProperty('pendingConfirmation');
    await expect(confirm(syncRunId)).rejects.toMatchObject({ code: 'no_pending_removals' });
  });

  it('deletes old runs except the last one of the connector', async () => {
    const { sync, purge, days, syncRunIds } = removalContext();
    await sync(['a']);
    await sync(['a', 'b']);
    const last = await sync(['a']);
    days(60);
    await purge();
    const afterSixty = await syncRunIds();

    days(31);
    await purge();

    expect(afterSixty).toHaveLength(3);
    expect(await syncRunIds()).toEqual([last]);
  });

  it('keeps quarantined rows, changes and run until confirmed', async () => {
    const { sync, purge, days, removedNames, changes, confirm, syncRunIds } = removalContext();
    await sync(['kept', ...names(8)]);
    const quarantining = await sync(['kept']);
    await sync(['kept']);

    days(1_000);
    await purge();
    const unconfirmed = [
      (await removedNames()).length,
      changes.of(quarantining).length,
      await syncRunIds(),
    ];
    await confirm(quarantining);
    await purge();

    expect(unconfirmed).toEqual([8, 8, expect.arrayContaining([quarantining])]);
    expect([await removedNames(), changes.of(quarantining)]).toEqual([[], []]);
    expect(await syncRunIds()).not.toContain(quarantining);
  });

  it('purges what is still missing of a confirmed removal', async () => {
    const { sync, purge, days, removedNames, confirm, catalogRows } = removalContext();
    await sync(['kept', ...names(8)]);
    const quarantining = await sync(['kept']);
    await sync(['kept', 'd1', 'd2']);
    await confirm(quarantining);

    days(31);
    await purge();

    expect(await removedNames()).toEqual([]);
    expect(catalogRows.live()).toEqual(['dataset|d1', 'dataset|d2', 'dataset|kept']);
  });

  it('continues a long change log in the next batch', async () => {
    const { sync, purge, days, removedNames, wait, beforeFind, changes } = removalContext();
    const all = names(1_000);
    await sync(['kept', ...all, ...all.map((name) => `x${name}`)]);
    const removing = await sync(['kept', ...all.map((name) => `x${name}`)]);
    days(31);
    const searched: string[] = [];
    beforeFind((rowKeys) => {
      searched.push(...rowKeys);
      wait(26);
    });

    let batches = 0;
    for (let from: string | undefined = ''; from !== undefined; batches++)
      from = (await purge(from)).next;

    expect(batches).toBeGreaterThan(2);
    expect(searched).toHaveLength(1_000);
    expect(await removedNames()).toEqual([]);
    expect(changes.of(removing)).toEqual([]);
  });

  it('keeps the change log over several batches while one row remains', async () => {
    const { sync, purge, days, removedNames, wait, beforeFind, changes } = removalContext();
    const all = names(1_000);
    const [first, ...others] = all;
    await sync(['kept', ...all]);
    const quarantining = await sync(['kept']);
    await sync(['kept', ...others]);
    days(31);
    beforeFind(() => wait(60));

    for (let from: string | undefined = ''; from !== undefined;) from = (await purge(from)).next;

    expect(changes.of(quarantining)).toHaveLength(1_000);
    expect(await removedNames()).toEqual([first]);
  });

  it('keeps the change log if a row changed during the purge', async () => {
    const { sync, purge, days, removedNames, changes, catalogRows } = removalContext();
    await sync(['kept', 'gone']);
    const removing = await sync(['kept']);
    days(31);
    const { tombstones } = catalogRows;
    const original = { ...tombstones };

    tombstones.purge = async (_connector, _factory, found) => found.length;
    await purge();
    const named = changes.of(removing).length;
    Object.assign(tombstones, original);
    await purge();

    expect([named, await removedNames(), changes.of(removing)]).toEqual([1, [], []]);
  });

  it('may run twice at the same time', async () => {
    const { sync, purge, days, removedNames, syncRunIds, catalogRows } = removalContext();
    await sync(['kept', 'gone']);
    const last = await sync(['kept']);
    days(100);

    await Promise.all([purge(), purge()]);
    await purge();

    expect([await removedNames(), await syncRunIds()]).toEqual([[], [last]]);
    expect(catalogRows.live()).toEqual(['dataset|kept']);
  });

  it('reports a connector that fails and purges the others', async () => {
    const { sync, purge, days, removedNames, beforeFind } = removalContext();
    await sync(['kept', 'gone']);
    await sync(['kept']);
    days(31);
    let isUnavailable = true;
    beforeFind(() => {
      if (isUnavailable) throw new UpstreamError('storage_unavailable', 'down', true);
    });

    const failing = await purge();
    isUnavailable = false;
    const retried = await purge();

    expect(failing).toEqual({ failed: ['c1: storage_unavailable'] });
    expect([retried, await removedNames()]).toEqual([{}, []]);
  });

  it('ends a batch after ten failures and continues in the next', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `a${String(n).padStart(2, '0')}`);
    const broken = ids.map((id) => aConnectedConnector({ id, name: id }));
    const context = removalContext([...broken, aConnectedConnector()]);
    const original = { ...context.syncRunStore };
    context.syncRunStore.listBefore = async (connector, ...rest) => {
      if (connector.connectorId !== 'c1') throw new UpstreamError('row_damaged', 'no', false);
      return original.listBefore(connector, ...rest);
    };
    await context.sync(['kept', 'gone']);
    await context.sync(['kept']);
    context.days(31);

    const first = await context.purge();
    const second = await context.purge(first.next);

    const failures = ids.map((id) => `${id}: row_damaged`);
    expect([first.failed, second]).toEqual([failures.slice(0, 10), { failed: failures.slice(10) }]);
    expect(await context.removedNames()).toEqual([]);
  });
});
