import { owner } from '../support/builders';
import { connector, factory, names, removalContext } from '../support/removal-context';

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
    const { write } = catalogRows;
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
