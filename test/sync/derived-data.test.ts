/** Updates of lineage and search after the lists of a sync run. */
import type { FactoryRef } from '../../functions/data-factory/resource';
import type { StopRequest } from '../../functions/durable/stop-request';
import { DerivedDataService } from '../../functions/sync/factories/derived-data-service';
import { fakeEtagMapStore, storeMap } from '../fakes/etag-map-store';
import { now } from '../support/builders';
import { syncContext } from '../support/sync-context';

const connector = { tenantId: 't', connectorId: 'c1' };
const factory = (name: string) => ({ subscriptionId: 's', resourceGroup: 'g', name });
const all = ['a', 'b', 'c', 'd', 'e'].map(factory);
const run = { ...connector, syncRunId: 'r1', mode: 'incremental' as const };

/** Each update of lineage takes `seconds`. */
async function updates({ seconds = 0, objects = 0 } = {}) {
  const maps = fakeEtagMapStore();
  const entries = new Map(
    Array.from({ length: objects }, (_, n) => [`dataset|${n}`, { hash: 'h' }]),
  );
  for (const each of all) await storeMap(maps, connector, each, 'dataset', { entries });
  let running = 0;
  let mostAtATime = 0;
  let time = now.getTime();
  let stop: StopRequest | undefined;
  const log: string[] = [];
  const broken = new Set<string>();
  const service = new DerivedDataService(
    [
      [
        'lineage',
        {
          update: async ({ factory: { name } }) => {
            log.push(`lineage ${name}`);
            mostAtATime = Math.max(mostAtATime, ++running);
            await new Promise((resolve) => setImmediate(resolve));
            running--;
            time += seconds * 1_000;
            if (broken.has(name)) throw new Error('broken');
          },
        },
      ],
      ['search', { update: async ({ factory: { name } }) => log.push(`search ${name}`) }],
    ],
    syncContext().services.documentsOf,
    maps,
    { check: async () => stop },
    () => new Date(time),
  );
  return {
    log,
    broken,
    mostAtATime: () => mostAtATime,
    update: (factories: readonly FactoryRef[] = all) => service.update({ ...run, factories }),
    stop: (request: StopRequest | undefined) => void (stop = request),
    stale: async () =>
      (await maps.listFactories(connector))
        .filter(({ derivedIsStale }) => derivedIsStale)
        .map(({ factory: { name } }) => name)
        .sort(),
  };
}

describe('DerivedDataService', () => {
  it('updates lineage before search, and marks the factory as current', async () => {
    const { update, log, stale } = await updates();

    const result = await update([factory('b')]);

    expect(result).toEqual({ remaining: [] });
    expect(log).toEqual(['lineage b', 'search b']);
    expect(await stale()).toEqual(['a', 'c', 'd', 'e']);
  });

  it.each([
    ['two small factories', 20, 2],
    ['one large factory', 2_000, 1],
  ])('updates %s at a time', async (_name, objects, expected) => {
    const { update, mostAtATime } = await updates({ objects });

    await update();

    expect(mostAtATime()).toBe(expected);
  });

  it('leaves what does not fit into its time to the next step', async () => {
    const { update, stale } = await updates({ seconds: 30 });

    const { remaining } = await update();
    const left = await stale();
    const last = await update(remaining);

    expect(remaining).toEqual(left.map(factory));
    expect(remaining.length).toBeLessThan(all.length);
    expect((await update(last.remaining)).remaining).toEqual([]);
    expect(await stale()).toEqual([]);
  });

  it('updates one factory even if it is late from the start', async () => {
    const { update } = await updates({ seconds: 3_600 });

    const { remaining } = await update();

    expect(remaining.length).toBeLessThan(all.length);
  });

  it.each(['paused', 'cancelled'] as const)('updates nothing of a %s run', async (request) => {
    const { update, log, stop } = await updates();
    stop(request);

    const result = await update();

    expect(result).toEqual({ remaining: all, stopRequest: request });
    expect(log).toEqual([]);
  });

  it('reports a failure, updates search, and leaves the factory stale', async () => {
    const error = jest.spyOn(console, 'error').mockReturnValue();
    const { update, broken, log, stale } = await updates();
    broken.add('a');

    const result = await update([factory('a')]);

    expect(result).toEqual({ remaining: [] });
    expect(error).toHaveBeenCalledWith(expect.stringContaining('lineage.update_failed'));
    expect(log).toContain('search a');
    expect(await stale()).toContain('a');
    error.mockRestore();
  });
});
