import { ask } from '../support/call-endpoint';
import { ada, edgar, mallory } from '../support/builders';
import { connector, factory, names, removalContext } from '../support/removal-context';

const member = { ...ada, roles: ['Member' as const] };

async function aMassRemoval({ end = true } = {}) {
  const world = removalContext();
  await world.sync(['kept', ...names(8)]);
  const runId = await world.sync(['kept'], { end });
  const params = { connectorId: 'c1', runId };
  const { services } = world;
  return {
    ...world,
    runId,
    confirmAs: (as = ada, run = runId) =>
      ask('confirmRemovals', { params: { connectorId: 'c1', syncRunId: run }, as, services }),
    shown: () => ask('getSync', { params, services }),
    removed: async () =>
      (await ask('listResources', { params: { connectorId: 'c1' }, query: { deleted: 'true' }, services }))
        .json.items,
  };
}

describe('a factory that is only held to be gone', () => {
  it('given that it was hidden and held, when a month passes, then it is purged once confirmed and not before', async () => {
    const world = removalContext();
    await world.sync(names(2));
    const begun = await world.services.syncRuns.begin(
      ada.tenantId,
      'c1',
      { trigger: 'manual' },
      world.durableClient,
    );
    const target = { ...connector, runId: begun.id, mode: 'incremental' as const };
    const tallies = await world.mirror.removeFactory(connector, factory, begun.id, true);
    const alarms = { factory: { removed: 1, of: 1 } };
    await world.services.syncRuns.finish({
      ...target,
      reports: [{ outcome: { factory, status: 'gone', alarms }, tallies }],
    });
    const params = { connectorId: 'c1', runId: begun.id };
    const shown = await ask('getSync', { params, services: world.services });
    world.days(31);
    await world.purge();
    const before = await world.hidden();

    await world.confirm(begun.id);
    await world.purge();

    expect(shown.json).toMatchObject({ status: 'succeeded', pendingConfirmation: true });
    expect([before, await world.hidden()]).toEqual([names(2), []]);
  });
});

describe('confirming a mass removal', () => {
  it('given a sync that warns, when an Owner confirms, then run, resources and audit trail say so', async () => {
    const { confirmAs, shown, removed, runId, services, eventStore } = await aMassRemoval();
    const before = { run: (await shown()).json, removed: await removed() };

    const { status, json } = await confirmAs();

    expect(before).toMatchObject({
      run: { pendingConfirmation: true },
      removed: names(8).map(() => ({ quarantinedBy: runId, pendingConfirmation: true })),
    });
    const by = { objectId: ada.objectId, displayName: ada.displayName };
    const at = services.now().toISOString();
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { id: runId, removalsConfirmedAt: at, removalsConfirmedBy: by },
    });
    expect((await shown()).json).not.toHaveProperty('pendingConfirmation');
    expect(await removed()).toMatchObject(
      names(8).map(() => ({ quarantinedBy: runId, pendingConfirmation: false })),
    );
    expect(eventStore.all().filter(({ type }) => type === 'sync.removals_confirmed')).toMatchObject(
      [{ actor: by, at, connectorId: 'c1', data: { runId, removed: 8 } }],
    );
  });

  it('given a confirmation, when another Owner confirms later, then the first one counts and is told once', async () => {
    const { confirmAs, wait, eventStore } = await aMassRemoval();
    const grace = { ...ada, objectId: mallory.objectId, displayName: 'Grace' };
    const first = await confirmAs();
    wait(60);

    const second = await confirmAs(grace);

    expect(second).toMatchObject({
      status: 200,
      json: {
        removalsConfirmedAt: first.json.removalsConfirmedAt,
        removalsConfirmedBy: { displayName: ada.displayName },
      },
    });
    expect(eventStore.all().filter(({ type }) => type === 'sync.removals_confirmed')).toHaveLength(
      1,
    );
  });

  it('given two Owners at once, when both confirm, then one of them is named to both', async () => {
    const { confirmAs } = await aMassRemoval();

    const [one, other] = await Promise.all([confirmAs(), confirmAs()]);

    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.json.removalsConfirmedAt).toBe(other.json.removalsConfirmedAt);
  });

  it('given a sync that was lost after it hid much, when confirmed, then what it hid is known by itself', async () => {
    const { confirmAs, removed } = await aMassRemoval({ end: false });

    const { status } = await confirmAs();

    expect(status).toBe(200);
    expect(await removed()).toMatchObject(names(8).map(() => ({ pendingConfirmation: false })));
  });

  it('given a sync that removed little, when confirmed, then 409', async () => {
    const { sync, confirmAs } = await aMassRemoval();
    await sync(['kept', 'other']);
    const harmless = await sync(['kept']);

    expect(await confirmAs(ada, harmless)).toMatchObject({
      status: 409,
      json: { code: 'no_pending_removals' },
    });
  });

  it('given a sync that is not over, when confirmed, then 409', async () => {
    const { services, durableClient, confirmAs } = await aMassRemoval();
    const { id } = await services.syncRuns.begin(
      ada.tenantId,
      'c1',
      { trigger: 'manual' },
      durableClient,
    );

    expect(await confirmAs(ada, id)).toMatchObject({
      status: 409,
      json: { code: 'removals_not_final' },
    });
  });

  it('given people who may not, when they confirm, then the answer is no', async () => {
    const { confirmAs, removed } = await aMassRemoval();

    expect(await confirmAs(member)).toMatchObject({ status: 403 });
    expect(await confirmAs(edgar)).toMatchObject({ status: 403 });
    expect(await confirmAs(mallory)).toMatchObject({ status: 404 });
    expect(await confirmAs(ada, 'nobody')).toMatchObject({ status: 404 });
    expect(await removed()).toMatchObject(names(8).map(() => ({ pendingConfirmation: true })));
  });
});
