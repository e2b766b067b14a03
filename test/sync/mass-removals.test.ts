import { callEndpoint } from '../support/call-endpoint';
import { owner, viewer, ownerOfOtherTenant } from '../support/builders';
import { connector, factory, names, removalContext } from '../support/removal-context';
import { finishSync } from '../support/sync-context';

const member = { ...owner, roles: ['Member' as const] };

async function aMassRemoval({ end = true } = {}) {
  const context = removalContext();
  await context.sync(['kept', ...names(8)]);
  const syncRunId = await context.sync(['kept'], { end });
  const params = { connectorId: 'c1', syncRunId };
  const { services } = context;
  return {
    ...context,
    syncRunId,
    confirmAs: (as = owner, run = syncRunId) =>
      callEndpoint('confirmRemovals', {
        params: { connectorId: 'c1', syncRunId: run },
        as,
        services,
      }),
    getRun: () => callEndpoint('getSync', { params, services }),
    removed: async () =>
      (
        await callEndpoint('listResources', {
          params: { connectorId: 'c1' },
          query: { removed: 'true' },
          services,
        })
      ).json.items,
  };
}

describe('a factory that was quarantined as removed', () => {
  it('is purged only after its removal is confirmed', async () => {
    const context = removalContext();
    await context.sync(names(2));
    const begun = await context.services.syncRuns.begin(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      { trigger: 'manual' },
      context.durableClient,
    );
    const target = { ...connector, syncRunId: begun.id, mode: 'incremental' as const };
    const { tallies, massRemovals } = await context.services.factoryRemoval.remove({
      ...target,
      factory,
      quarantine: 'always',
    });
    await finishSync(context.services, {
      ...target,
      reports: [{ outcome: { factory, status: 'removed', massRemovals }, tallies }],
    });
    const params = { connectorId: 'c1', syncRunId: begun.id };
    const getRun = await callEndpoint('getSync', { params, services: context.services });
    context.days(31);
    await context.purge();
    const before = await context.removedNames();

    await context.confirm(begun.id);
    await context.purge();

    expect(getRun.json).toMatchObject({ status: 'succeeded', pendingConfirmation: true });
    expect([before, await context.removedNames()]).toEqual([names(2), []]);
  });
});

describe('confirmRemovals', () => {
  it('confirms in the run, the resources and the event stream', async () => {
    const { confirmAs, getRun, removed, syncRunId, services, eventStore } = await aMassRemoval();
    const before = { run: (await getRun()).json, removed: await removed() };

    const { status, json } = await confirmAs();

    expect(before).toMatchObject({
      run: { pendingConfirmation: true },
      removed: names(8).map(() => ({ quarantinedBy: syncRunId, pendingConfirmation: true })),
    });
    const by = { objectId: owner.objectId, displayName: owner.displayName };
    const at = services.now().toISOString();
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { id: syncRunId, removalsConfirmedAt: at, removalsConfirmedBy: by },
    });
    expect((await getRun()).json).not.toHaveProperty('pendingConfirmation');
    expect(await removed()).toMatchObject(
      names(8).map(() => ({ quarantinedBy: syncRunId, pendingConfirmation: false })),
    );
    expect(eventStore.all().filter(({ type }) => type === 'sync.removals_confirmed')).toMatchObject(
      [{ actor: by, at, connectorId: 'c1', data: { syncRunId, removed: 8 } }],
    );
  });

  it('keeps the first confirmation and records one event', async () => {
    const { confirmAs, wait, eventStore } = await aMassRemoval();
    const otherOwner = { ...owner, objectId: ownerOfOtherTenant.objectId, displayName: 'Grace' };
    const first = await confirmAs();
    wait(60);

    const second = await confirmAs(otherOwner);

    expect(second).toMatchObject({
      status: 200,
      json: {
        removalsConfirmedAt: first.json.removalsConfirmedAt,
        removalsConfirmedBy: { displayName: owner.displayName },
      },
    });
    expect(eventStore.all().filter(({ type }) => type === 'sync.removals_confirmed')).toHaveLength(
      1,
    );
  });

  it('returns the same confirmation to two concurrent Owners', async () => {
    const { confirmAs } = await aMassRemoval();

    const [one, other] = await Promise.all([confirmAs(), confirmAs()]);

    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.json.removalsConfirmedAt).toBe(other.json.removalsConfirmedAt);
  });

  it('finds the quarantined rows of a lost sync run', async () => {
    const { confirmAs, removed } = await aMassRemoval({ end: false });

    const { status } = await confirmAs();

    expect(status).toBe(200);
    expect(await removed()).toMatchObject(names(8).map(() => ({ pendingConfirmation: false })));
  });

  it('responds with 409 if no removal is pending', async () => {
    const { sync, confirmAs } = await aMassRemoval();
    await sync(['kept', 'other']);
    const smallRemoval = await sync(['kept']);

    expect(await confirmAs(owner, smallRemoval)).toMatchObject({
      status: 409,
      json: { code: 'no_pending_removals' },
    });
  });

  it('responds with 409 while the sync run is active', async () => {
    const { services, durableClient, confirmAs } = await aMassRemoval();
    const { id } = await services.syncRuns.begin(
      { tenantId: owner.tenantId, connectorId: 'c1' },
      { trigger: 'manual' },
      durableClient,
    );

    expect(await confirmAs(owner, id)).toMatchObject({
      status: 409,
      json: { code: 'removals_not_final' },
    });
  });

  it('refuses everyone but Owners of the tenant', async () => {
    const { confirmAs, removed } = await aMassRemoval();

    expect(await confirmAs(member)).toMatchObject({ status: 403 });
    expect(await confirmAs(viewer)).toMatchObject({ status: 403 });
    expect(await confirmAs(ownerOfOtherTenant)).toMatchObject({ status: 404 });
    expect(await confirmAs(owner, 'unknown')).toMatchObject({ status: 404 });
    expect(await removed()).toMatchObject(names(8).map(() => ({ pendingConfirmation: true })));
  });
});
