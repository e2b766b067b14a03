import { UpstreamError } from '../../functions/errors/app-error';
import { ask } from '../support/call-endpoint';
import { aConnectedConnector, ada } from '../support/builders';
import { names, removalContext } from '../support/removal-context';

describe('purging what was removed', () => {
  it('given a removed resource, when thirty days have passed and no fewer, then it is gone for good', async () => {
    const { sync, purge, days, hidden, catalogRows } = removalContext();
    await sync(['kept', 'gone']);
    await sync(['kept']);

    days(29);
    await purge();
    const before = await hidden();
    days(2);
    await purge();

    expect(before).toEqual(['gone']);
    expect(await hidden()).toEqual([]);
    expect(catalogRows.live()).toEqual(['dataset|kept']);
  });

  it('given a resource that came back, when its first removal is old, then it stays', async () => {
    const { sync, purge, days, hidden, changes, catalogRows } = removalContext();
    await sync(['kept', 'back']);
    const removing = await sync(['kept']);
    await sync(['kept', 'back']);

    days(31);
    await purge();

    expect([catalogRows.live(), await hidden()]).toEqual([['dataset|back', 'dataset|kept'], []]);
    expect(changes.of(removing)).toEqual([]);
  });

  it('given a resource that was removed again of late, when its first removal is old, then it waits for the second', async () => {
    const { sync, purge, days, hidden } = removalContext();
    await sync(['kept', 'twice']);
    await sync(['kept']);
    days(20);
    await sync(['kept', 'twice']);
    await sync(['kept']);

    days(20);
    await purge();
    const early = await hidden();
    days(11);
    await purge();

    expect(early).toEqual(['twice']);
    expect(await hidden()).toEqual([]);
  });

  it('given an old run, when purged, then its changes are forgotten and it says since when', async () => {
    const { sync, purge, days, changes, services } = removalContext();
    await sync(['kept', 'gone']);
    const runId = await sync(['kept']);
    days(31);

    await purge();

    expect(changes.of(runId)).toEqual([]);
    expect(await services.syncRuns.get(ada.tenantId, 'c1', runId)).toMatchObject({
      changesPurgedAt: services.now().toISOString(),
    });
  });

  it('given a mass removal that came back whole, when its changes are forgotten, then nothing waits for a confirmation', async () => {
    const { sync, purge, days, services, confirm } = removalContext();
    const all = ['kept', ...names(8)];
    await sync(all);
    const runId = await sync(['kept']);
    await sync(all);
    const shown = () => ask('getSync', { params: { connectorId: 'c1', syncRunId: runId }, services });
    const before = await shown();
    days(31);

    await purge();

    expect(before.json).toMatchObject({ pendingConfirmation: true });
    expect((await shown()).json).not.toHaveProperty('pendingConfirmation');
    await expect(confirm(runId)).rejects.toMatchObject({ code: 'no_pending_removals' });
  });

  it('given runs of long ago, when purged, then they go but for the last of the connector', async () => {
    const { sync, purge, days, runsThere } = removalContext();
    await sync(['a']);
    await sync(['a', 'b']);
    const last = await sync(['a']);
    days(60);
    await purge();
    const afterSixty = await runsThere();

    days(31);
    await purge();

    expect(afterSixty).toHaveLength(3);
    expect(await runsThere()).toEqual([last]);
  });

  it('given a removal that is held, when years pass, then rows, changes and run stay until it is confirmed', async () => {
    const { sync, purge, days, hidden, changes, confirm, runsThere } = removalContext();
    await sync(['kept', ...names(8)]);
    const held = await sync(['kept']);
    await sync(['kept']);

    days(1_000);
    await purge();
    const unconfirmed = [(await hidden()).length, changes.of(held).length, await runsThere()];
    await confirm(held);
    await purge();

    expect(unconfirmed).toEqual([8, 8, expect.arrayContaining([held])]);
    expect([await hidden(), changes.of(held)]).toEqual([[], []]);
    expect(await runsThere()).not.toContain(held);
  });

  it('given a removal that is held, when some of it came back, then the rest is purged once confirmed', async () => {
    const { sync, purge, days, hidden, confirm, catalogRows } = removalContext();
    await sync(['kept', ...names(8)]);
    const held = await sync(['kept']);
    await sync(['kept', 'd1', 'd2']);
    await confirm(held);

    days(31);
    await purge();

    expect(await hidden()).toEqual([]);
    expect(catalogRows.live()).toEqual(['dataset|d1', 'dataset|d2', 'dataset|kept']);
  });

  it('given more than fits a stretch, when it is gone on with, then nothing is done twice and all is done', async () => {
    const { sync, days, hidden, services, wait, beforeFind, changes } = removalContext();
    const all = names(1_000);
    await sync(['kept', ...all, ...all.map((name) => `x${name}`)]);
    const removing = await sync(['kept', ...all.map((name) => `x${name}`)]);
    days(31);
    const looked: string[] = [];
    beforeFind((rowKeys) => {
      looked.push(...rowKeys);
      wait(26);
    });

    let stretches = 0;
    for (let from: string | undefined = ''; from !== undefined; stretches++)
      from = (await services.retention.forget({ part: 'removed', ...(from && { from }) })).next;

    expect(stretches).toBeGreaterThan(2);
    expect(looked).toHaveLength(1_000);
    expect(await hidden()).toEqual([]);
    expect(changes.of(removing)).toEqual([]);
  });

  it('given one held row among many that came back, when they are looked at in several stretches, then the changes stay', async () => {
    const { sync, days, hidden, services, wait, beforeFind, changes } = removalContext();
    const all = names(1_000);
    const [first, ...others] = all;
    await sync(['kept', ...all]);
    const held = await sync(['kept']);
    await sync(['kept', ...others]);
    days(31);
    beforeFind(() => wait(60));

    for (let from: string | undefined = ''; from !== undefined;)
      from = (await services.retention.forget({ part: 'removed', ...(from && { from }) })).next;

    expect(changes.of(held)).toHaveLength(1_000);
    expect(await hidden()).toEqual([first]);
  });

  it('given a row that changed while it was purged, when purged another night, then the list of changes still named it', async () => {
    const { sync, purge, days, hidden, changes, catalogRows } = removalContext();
    await sync(['kept', 'gone']);
    const removing = await sync(['kept']);
    days(31);
    const { tombstones } = catalogRows;
    const asBefore = { ...tombstones };

    tombstones.purge = async (_connector, _factory, found) => found.length;
    await purge();
    const named = changes.of(removing).length;
    Object.assign(tombstones, asBefore);
    await purge();

    expect([named, await hidden(), changes.of(removing)]).toEqual([1, [], []]);
  });

  it('given two purges at once, when both are done, then what is old is gone and nothing else', async () => {
    const { sync, purge, days, hidden, runsThere, catalogRows } = removalContext();
    await sync(['kept', 'gone']);
    const last = await sync(['kept']);
    days(100);

    await Promise.all([purge(), purge()]);
    await purge();

    expect([await hidden(), await runsThere()]).toEqual([[], [last]]);
    expect(catalogRows.live()).toEqual(['dataset|kept']);
  });

  it('given a connector that fails, when purged, then it is told and the others are done', async () => {
    const { sync, purge, days, hidden, beforeFind } = removalContext();
    await sync(['kept', 'gone']);
    await sync(['kept']);
    days(31);
    let isDown = true;
    beforeFind(() => {
      if (isDown) throw new UpstreamError('storage_unavailable', 'down', true);
    });

    const failing = await purge();
    isDown = false;
    const healed = await purge();

    expect(failing).toEqual({ failed: ['c1: storage_unavailable'] });
    expect([healed, await hidden()]).toEqual([{}, []]);
  });

  it('given many connectors that fail, when purged, then a stretch ends behind some of them and the next goes on', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `a${String(n).padStart(2, '0')}`);
    const broken = ids.map((id) => aConnectedConnector({ id, name: id }));
    const world = removalContext([...broken, aConnectedConnector()]);
    const asBefore = { ...world.runs };
    world.runs.before = async (connector, ...rest) => {
      if (connector.connectorId !== 'c1') throw new UpstreamError('row_damaged', 'no', false);
      return asBefore.before(connector, ...rest);
    };
    await world.sync(['kept', 'gone']);
    await world.sync(['kept']);
    world.days(31);

    const first = await world.purge();
    const second = await world.services.retention.forget({ part: 'removed', from: first.next! });

    const told = ids.map((id) => `${id}: row_damaged`);
    expect([first.failed, second]).toEqual([told.slice(0, 10), { failed: told.slice(10) }]);
    expect(await world.hidden()).toEqual([]);
  });
});
