import { MirrorService } from '../../functions/catalog/mirror-service';
import type { MirrorTarget } from '../../functions/catalog/mirror-messages';
import type { Json } from '../../functions/data-factory/json';
import { RefusedError, ThrottledError, UpstreamError } from '../../functions/errors/app-error';
import { fakeCatalogStore } from '../fakes/catalog-store';
import { fakeChangeLog } from '../fakes/change-log';
import { fakeEtagMaps } from '../fakes/etag-map-store';
import { fakeFactoryReader, type FakePage } from '../fakes/factory-reader';
import { fakeReferrals } from '../fakes/reference-index-store';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const connector = { tenantId: 't', connectorId: 'c1' };
const wait = (name: string) => ({ name, type: 'Wait' });
const calling = (name: string): Json => ({
  name: `Call ${name}`,
  type: 'ExecutePipeline',
  typeProperties: { pipeline: { referenceName: name, type: 'PipelineReference' } },
});
const pipeline = (name: string, activities: Json[] = [wait('W')], etag = `e-${name}`) => ({
  name,
  etag,
  properties: { activities },
});

function world() {
  let passes = 0;
  let time = Date.parse('2026-01-15T12:00:00Z');
  const reader = fakeFactoryReader();
  const store = fakeCatalogStore();
  const referrals = fakeReferrals();
  const maps = fakeEtagMaps();
  const changes = fakeChangeLog();
  const mirror = new MirrorService(reader, store, referrals, maps, changes, () => new Date(time));
  const target = (more: Partial<MirrorTarget> = {}): MirrorTarget => ({
    tenantId: 't',
    connectorId: 'c1',
    factory,
    kind: 'pipeline',
    syncRunId: `run-${++passes}`,
    full: false,
    ...more,
  });
  return {
    reader,
    store,
    referrals,
    maps,
    changes,
    target,
    mirror,
    hurry: (ms: number) => void (time += ms),
    /** Another sync, in which the pipelines are these. */
    sync: (pages: readonly FakePage[], more: Partial<MirrorTarget> = {}) => {
      reader.pages = { pipeline: pages };
      store.written.length = 0;
      referrals.saves = 0;
      maps.writes.length = 0;
      return mirror.mirror(target(more), () => undefined);
    },
  };
}

describe('mirroring a kind', () => {
  it('given an empty catalogue, when all pages are read, then every pipeline and activity is stored once', async () => {
    const { sync, store, maps } = world();

    const { tallies } = await sync([
      [pipeline('A'), pipeline('B', [wait('W'), wait('X')])],
      [pipeline('C')],
    ]);

    expect(store.live()).toHaveLength(7);
    expect(tallies).toEqual({
      pipeline: { read: 3, written: 3, unchanged: 0, removed: 0 },
      activity: { read: 4, written: 4, unchanged: 0, removed: 0 },
    });
    expect(maps.writes).toEqual(['open pipeline', 'save pipeline']);
  });

  it('given an unchanged list, when it is read again, then nothing at all is written', async () => {
    const { sync, store, maps } = world();
    await sync([[pipeline('A'), pipeline('B')]]);

    const { tallies } = await sync([[pipeline('A'), pipeline('B')]]);

    expect([...store.written, ...maps.writes]).toEqual([]);
    expect(tallies).toMatchObject({ pipeline: { unchanged: 2 }, activity: { unchanged: 2 } });
  });

  it('given new etags on old content, when it is read again, then nothing at all is written', async () => {
    const { sync, store, maps } = world();
    await sync([[pipeline('A', [wait('W')], 'e1')]]);

    await sync([[pipeline('A', [wait('W')], 'e2')]]);

    expect([...store.written, ...maps.writes]).toEqual([]);
  });

  it('given one changed activity, when it is read again, then it and its pipeline alone are written', async () => {
    const { sync, store } = world();
    await sync([[pipeline('A', [wait('W'), wait('X')]), pipeline('B')]]);

    await sync([[pipeline('A', [wait('W'), { name: 'X', type: 'Fail' }], 'e2'), pipeline('B')]]);

    expect(store.written).toEqual(['activity|a|x', 'pipeline|a']);
  });

  it('given an activity that is no more, when its pipeline is read again, then it is hidden', async () => {
    const { sync, store } = world();
    await sync([[pipeline('A', [wait('W'), wait('X')])]]);

    const { tallies } = await sync([[pipeline('A', [wait('W')], 'e2')]]);

    expect(store.live()).toEqual(['activity|a|w', 'pipeline|a']);
    expect(tallies.activity).toMatchObject({ removed: 1 });
  });

  it('given a pipeline that is no more, when the list was complete, then it is hidden with its activities, and lifted when it returns', async () => {
    const { sync, store } = world();
    await sync([[pipeline('A'), pipeline('B')]]);

    const { tallies } = await sync([[pipeline('B')]]);
    expect(store.live()).toEqual(['activity|b|w', 'pipeline|b']);
    expect(tallies).toMatchObject({ pipeline: { removed: 1 }, activity: { removed: 1 } });

    await sync([[pipeline('A'), pipeline('B')]]);
    expect(store.live()).toHaveLength(4);
  });

  it.each<[what: string, failure: Error]>([
    ['broken', new UpstreamError('x', 'x', true)],
    ['forbidden', new RefusedError('x', 'x')],
  ])(
    'given a second page that is %s, when it is read, then nothing disappears',
    async (_, failure) => {
      const { sync, store } = world();
      await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);

      const outcome = await sync([[pipeline('A'), pipeline('New')], failure, [pipeline('C')]]);

      expect(outcome.failure).toEqual({ code: 'x', message: 'x' });
      expect(store.live().filter((key) => key.startsWith('pipeline'))).toEqual([
        'pipeline|a',
        'pipeline|b',
        'pipeline|c',
        'pipeline|new',
      ]);
      await sync([[pipeline('A'), pipeline('New')], [pipeline('B')], [pipeline('C')]]);
      expect(store.written).toEqual([]);
    },
  );

  it('given a list that leads back to itself, when it is read, then it ends as a failure and nothing disappears', async () => {
    const { sync, store, reader } = world();
    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);
    reader.links = { 'pipeline 1': '1' };

    const { failure } = await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);

    expect(failure).toMatchObject({ code: 'list_page_loop' });
    expect(store.live()).toHaveLength(6);
  });

  it('given that Azure asks for patience, when the wait is long, then it goes on later from the same page', async () => {
    const { sync, mirror, target, reader, store } = world();
    await sync([[pipeline('A')], [pipeline('B')], [pipeline('Gone')]]);
    const pages = [[pipeline('A')], new ThrottledError('x', 'x', 90), [pipeline('C')]];

    const first = await sync(pages, { syncRunId: 'slow' });
    expect(first).toMatchObject({ cursor: ['1'], notBefore: '2026-01-15T12:01:30.000Z' });
    reader.pages = { pipeline: [pages[0]!, [pipeline('B')], [pipeline('C')]] };
    const second = await mirror.mirror(
      target({ syncRunId: 'slow', cursor: first.cursor! }),
      () => {},
    );

    expect(second).not.toHaveProperty('failure');
    expect(second.tallies.pipeline).toEqual({ read: 2, written: 1, unchanged: 1, removed: 1 });
    expect(store.live().filter((key) => key.startsWith('pipeline'))).toEqual([
      'pipeline|a',
      'pipeline|b',
      'pipeline|c',
    ]);
  });

  it('given a list longer than a step may take, when time is up, then a cursor is given and nothing is swept', async () => {
    const { sync, hurry, reader, mirror, target, store } = world();
    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);
    const readPage = reader.readPage.bind(reader);
    reader.readPage = async (...asked) => {
      hurry(40_000);
      return readPage(...asked);
    };

    const { cursor } = await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]], {
      syncRunId: 'p',
    });
    expect(cursor).toEqual(['2']);
    expect(store.live()).toHaveLength(6);
    const { tallies } = await mirror.mirror(target({ syncRunId: 'p', cursor: cursor! }), () => {});

    expect(tallies.pipeline).toMatchObject({ read: 1, removed: 0 });
  });

  it('given a pass that broke off while writing, when the next one reads less, then nothing is left over', async () => {
    const { sync, store } = world();
    await sync([[pipeline('A')]]);
    store.beforeWrite = (keys) => {
      if (keys.includes('pipeline|c')) throw new Error('the host died');
    };
    const broken = sync([
      [pipeline('A', [wait('W'), wait('X')], 'e2'), pipeline('B')],
      [pipeline('C')],
    ]);
    await expect(broken).rejects.toThrow('the host died');
    store.beforeWrite = () => undefined;

    await sync([[pipeline('A')]]);

    expect(store.live()).toEqual(['activity|a|w', 'pipeline|a']);
  });

  it('given pipelines that call others, when a call changes, then the index of referrals follows', async () => {
    const { sync, referrals } = world();
    const pages = (name: string, etag: string) => [
      [pipeline('A', [wait('W'), calling(name)], etag), pipeline('B')],
    ];
    await sync(pages('B', 'e1'));
    expect(await referrals.load(connector, factory, 'pipeline')).toEqual(
      new Map([['pipeline|a', [{ kind: 'calls', target: 'pipeline|b', count: 1 }]]]),
    );

    await sync(pages('C', 'e2'));

    expect(await referrals.load(connector, factory, 'pipeline')).toEqual(
      new Map([['pipeline|a', [{ kind: 'calls', target: 'pipeline|c', count: 1 }]]]),
    );
  });

  it('given a change that refers to the same, when it is copied, then the index is not written', async () => {
    const { sync, referrals, store } = world();
    await sync([[pipeline('A', [calling('B')], 'e1')]]);

    await sync([[pipeline('A', [wait('W'), calling('B')], 'e2')]]);

    expect(store.written).toContain('pipeline|a');
    expect(referrals.saves).toBe(0);
  });

  it('given a pipeline that is no more, when the list was complete, then the index forgets it', async () => {
    const { sync, referrals } = world();
    await sync([[pipeline('A', [calling('B')]), pipeline('B')]]);

    await sync([[pipeline('B')]]);

    expect(await referrals.load(connector, factory, 'pipeline')).toEqual(new Map());
  });

  it('given a pass that broke off between rows and index, when the next one finds the rows, then the index is right', async () => {
    const { sync, referrals } = world();
    const save = referrals.save.bind(referrals);
    referrals.save = async () => Promise.reject(new Error('the host died'));
    await expect(sync([[pipeline('A', [calling('B')])]])).rejects.toThrow('the host died');
    referrals.save = save;

    await sync([[pipeline('A', [calling('B')])]]);

    expect(await referrals.load(connector, factory, 'pipeline')).toHaveProperty('size', 1);
  });

  it.each([
    ['is put off', new ThrottledError('busy', 'Busy.', 60)],
    ['fails', new RefusedError('resource_manager_access_denied', 'No.')],
  ])(
    'given a pass that broke off before its index, when the next one %s on its second page, then the last one has all in order',
    async (_, trouble) => {
      const { sync, referrals, maps, mirror, reader, target } = world();
      const pages = [[pipeline('A', [calling('B')])], [pipeline('B', [calling('A')])]];
      const save = referrals.save.bind(referrals);
      referrals.save = async () => Promise.reject(new Error('the host died'));
      await expect(sync(pages)).rejects.toThrow('the host died');
      referrals.save = save;
      const second = target();
      reader.pages = { pipeline: [pages[0]!, trouble] };
      const { cursor } = await mirror.mirror(second, () => undefined);

      reader.pages = { pipeline: pages };
      await mirror.mirror(cursor ? { ...second, cursor } : target(), () => undefined);
      await sync(pages);

      expect([...(await referrals.load(connector, factory, 'pipeline')).keys()].sort()).toEqual([
        'pipeline|a',
        'pipeline|b',
      ]);
      expect(await maps.countByKind(connector)).toEqual({ pipeline: 2, activity: 2 });
    },
  );

  it('given a full sync, when nothing has changed, then everything is written anew', async () => {
    const { sync, store } = world();
    await sync([[pipeline('A')]]);

    await sync([[pipeline('A')]], { full: true });

    expect(store.written).toEqual(['activity|a|w', 'pipeline|a']);
  });

  it('given several pages, when one is being written, then the next is asked for already', async () => {
    const { sync, reader, store } = world();
    const askedAtWrite: number[] = [];
    store.beforeWrite = () => void askedAtWrite.push(reader.asked.length);

    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);

    expect(askedAtWrite[0]).toBeGreaterThan(1);
  });

  it('given a gate, when two lists are copied at once, then no page is written outside of it', async () => {
    const { reader, store, maps, changes, referrals, target } = world();
    let [inside, most] = [0, 0];
    store.beforeWrite = () => expect(inside).toBe(1);
    const waiting: Promise<void>[] = [];
    const oneByOne = async (work: () => Promise<void>) => {
      const before = waiting.at(-1);
      const mine = (async () => {
        await before;
        most = Math.max(most, ++inside);
        await work();
        inside--;
      })();
      waiting.push(mine);
      await mine;
    };
    const now = () => new Date('2026-01-15T12:00:00Z');
    const mirror = new MirrorService(reader, store, referrals, maps, changes, now, oneByOne);
    reader.pages = {
      pipeline: [[pipeline('A')], [pipeline('B')]],
      dataset: [[{ name: 'D', properties: {} }]],
    };

    await Promise.all(
      (['pipeline', 'dataset'] as const).map((kind) =>
        mirror.mirror(target({ kind }), () => undefined),
      ),
    );

    expect([waiting.length, most]).toEqual([3, 1]);
    expect(store.live()).toHaveLength(5);
  });

  it('given a factory that is gone, when it is removed, then its rows are hidden and nothing of it is known', async () => {
    const { sync, mirror, store, referrals, maps } = world();
    await sync([[pipeline('A', [calling('B')])]]);

    const tallies = await mirror.removeFactory(
      { tenantId: 't', connectorId: 'c1' },
      factory,
      'run-2',
    );

    expect([...store.live(), ...(await referrals.load(connector, factory, 'pipeline'))]).toEqual(
      [],
    );
    expect(tallies).toMatchObject({ pipeline: { removed: 1 }, activity: { removed: 1 } });
    expect(await maps.listFactories({ tenantId: 't', connectorId: 'c1' })).toMatchObject([
      { objects: 0 },
    ]);
  });

  it('given three passes, when objects come, change and go, then the change log of each says exactly that', async () => {
    const { sync, changes } = world();
    await sync([[pipeline('A'), pipeline('B'), pipeline('C')]]);
    await sync([[pipeline('A'), pipeline('B', [wait('W'), wait('X')], 'new'), pipeline('D')]]);
    await sync([[pipeline('A'), pipeline('B', [wait('W'), wait('X')], 'newer'), pipeline('D')]]);

    expect(changes.of('run-1')).toHaveLength(6);
    expect(changes.of('run-2')).toEqual([
      'added activity|b|x',
      'added activity|d|w',
      'added pipeline|d',
      'changed pipeline|b',
      'removed activity|c|w',
      'removed pipeline|c',
    ]);
    expect(changes.of('run-3')).toEqual([]);
  });

  it('given a full pass, when nothing has changed, then everything is written and nothing is logged', async () => {
    const { sync, changes, store } = world();
    await sync([[pipeline('A')]]);
    store.written.length = 0;

    await sync([[pipeline('A')]], { full: true });

    expect(store.written).toContain('pipeline|a');
    expect(changes.of('run-2')).toEqual([]);
  });

  it('given a mass removal that broke off, when the next pass removes the rest, then it is alarming all the same', async () => {
    const { sync, store } = world();
    const names = Array.from({ length: 30 }, (_, n) => `P${n}`);
    await sync([names.map((name) => pipeline(name))]);
    const write = store.write.bind(store);
    store.write = async (connector, factory, changes, at) => {
      await write(connector, factory, changes.slice(0, 28), at);
      throw new Error('the host died');
    };
    await expect(sync([[]])).rejects.toThrow('the host died');
    store.write = write;
    expect(store.live()).toHaveLength(4);

    const { massRemoval, tallies } = await sync([[]]);

    expect(massRemoval).toEqual({ removed: 30, of: 30 });
    expect(tallies).toMatchObject({ pipeline: { removed: 2 }, activity: { removed: 2 } });
    expect(store.live()).toEqual([]);
  });

  it.each([
    [10, 2, true],
    [10, 3, false],
    [4, 0, false],
  ])(
    'given %i objects, when %i are left, then whether that is alarming is %s',
    async (before, after, alarming) => {
      const { sync } = world();
      const some = (count: number) => Array.from({ length: count }, (_, n) => pipeline(`P${n}`));
      await sync([some(before)]);

      const { massRemoval } = await sync([some(after)]);

      expect(massRemoval).toEqual(alarming ? { removed: before - after, of: before } : undefined);
    },
  );
});
