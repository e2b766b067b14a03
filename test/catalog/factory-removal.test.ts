import { owner } from '../support/builders';
import { connector, factory, names, removalContext } from '../support/removal-context';
import { finishSync } from '../support/sync-context';

const removal = {
  ...connector,
  factory,
  syncRunId: 'run-2',
  quarantine: 'if_mass_removal' as const,
};

async function aSyncedFactory(count: number) {
  const context = removalContext();
  await context.sync(names(count));
  const { services, catalogRows, maps } = context;
  return {
    ...context,
    remove: (more: object = {}) => services.factoryRemoval.remove({ ...removal, ...more }),
    live: () => catalogRows.live(),
    goneSinceRun: async () => (await maps.listFactories(connector))[0]!.goneSinceRun,
  };
}

describe('FactoryRemovalService.remove', () => {
  it('hides all rows and empties the etag maps', async () => {
    const { remove, live, maps } = await aSyncedFactory(3);

    const { tallies } = await remove();

    expect(live()).toEqual([]);
    expect(tallies).toEqual({ dataset: { read: 0, written: 0, unchanged: 0, removed: 3 } });
    expect(await maps.listFactories(connector)).toMatchObject([{ objects: 0 }]);
  });

  it.each([
    ['if_mass_removal', 4, {}],
    ['if_mass_removal', 5, { dataset: { removed: 5, of: 5 } }],
    ['always', 1, { dataset: { removed: 1, of: 1 } }],
    ['always', 0, {}],
    ['never', 9, {}],
  ])('with %s and %i datasets, quarantines %j', async (quarantine, count, massRemovals) => {
    const { remove, services } = await aSyncedFactory(count);

    const result = await remove({ quarantine });

    const { items } = await services.removedResources.list(connector, {}, { limit: 100 });
    expect(result.massRemovals).toEqual(massRemovals);
    expect(items.map(({ quarantinedBy }) => quarantinedBy)).toEqual(
      names(count).map(() => ('dataset' in massRemovals ? 'run-2' : undefined)),
    );
  });

  it('gives a second attempt the counts and the quarantine of the first', async () => {
    const { remove, catalogRows } = await aSyncedFactory(8);
    const write = catalogRows.write.bind(catalogRows);
    catalogRows.write = async (key, ref, [change], ...more) => {
      await write(key, ref, [{ ...change!, remove: change!.remove.slice(0, 6) }], ...more);
      throw new Error('the host died');
    };
    await expect(remove()).rejects.toThrow('the host died');
    catalogRows.write = write;

    const second = await remove();
    const third = await remove();

    expect(second).toEqual({
      tallies: { dataset: { read: 0, written: 0, unchanged: 0, removed: 8 } },
      massRemovals: { dataset: { removed: 8, of: 8 } },
    });
    expect(third).toEqual(second);
  });
});

describe('FactoryRemovalService.markGone', () => {
  it('records the sync run until the factory exists again', async () => {
    const { services, goneSinceRun } = await aSyncedFactory(1);
    const target = { tenantId: owner.tenantId, connectorId: 'c1', factory, syncRunId: 'run-2' };

    await services.factoryRemoval.markGone({ ...target, isGone: true });
    const first = await goneSinceRun();
    await services.factoryRemoval.markGone({ ...target, isGone: false });

    expect([first, await goneSinceRun()]).toEqual(['run-2', undefined]);
  });
});

describe('a factory that is long gone', () => {
  async function aRemovedFactory({ derivedIsStale = false } = {}) {
    const context = await aSyncedFactory(3);
    const { services, durableClient, maps, sync } = context;
    const { id: syncRunId } = await services.syncRuns.begin(
      connector,
      { trigger: 'manual' },
      durableClient,
    );
    const { tallies } = await context.remove({ syncRunId });
    await services.factoryRemoval.markGone({ ...connector, factory, syncRunId, isGone: true });
    const reports = [{ outcome: { factory, status: 'removed' as const }, tallies }];
    await finishSync(services, { ...connector, syncRunId, mode: 'incremental', reports });
    const stale = await maps.findStaleDerivedData(connector, factory);
    if (!derivedIsStale) await maps.markDerivedDataCurrent(connector, factory, stale!);
    const known = async () => (await maps.listFactories(connector)).length;
    return { ...context, known, sync };
  }

  it('is forgotten when its resources are purged', async () => {
    const { known, days, purge, sync, live } = await aRemovedFactory();
    await purge();
    const before = await known();
    days(31);

    await purge();
    const after = await known();
    await sync(names(2));

    expect([before, after, await known()]).toEqual([1, 0, 1]);
    expect(live()).toEqual(['dataset|d0', 'dataset|d1']);
  });

  it('is forgotten by lineage and search', async () => {
    const { days, purge, lineageStore, searchStore } = await aRemovedFactory();
    const stores = [lineageStore, searchStore];
    for (const store of stores) {
      const head = { versions: new Map(), rules: 1 };
      await store.save(connector, factory, head, new Map(), head);
    }
    days(31);

    await purge();

    const listed = await Promise.all(stores.map((store) => store.listFactories(connector)));
    expect(listed).toEqual([[], []]);
  });

  it('is kept while lineage and search may show it', async () => {
    const { known, days, purge } = await aRemovedFactory({ derivedIsStale: true });
    days(31);

    await purge();

    expect(await known()).toBe(1);
  });

  it('is kept if a sync run reads it meanwhile', async () => {
    const { known, days, purge, sync, maps } = await aRemovedFactory();
    days(31);
    const forget = maps.forget.bind(maps);
    maps.forget = async (...input) => {
      maps.forget = forget;
      await sync(names(2));
      return maps.forget(...input);
    };

    await purge();

    expect(await known()).toBe(1);
    expect((await maps.load(connector, factory, 'dataset')).entries.size).toBe(2);
  });

  it('is kept while its first sync run is interrupted', async () => {
    const { maps, purge } = removalContext();
    await maps.claim(connector, factory, 'dataset', 'run-1', {}, 'writer');

    await purge();

    expect(await maps.listFactories(connector)).toHaveLength(1);
  });
});
