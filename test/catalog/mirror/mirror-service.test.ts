import { versionHash } from '../../../functions/data-factory/canonical-json';
import type { Json } from '../../../functions/data-factory/json';
import { redactionVersion } from '../../../functions/data-factory/redaction/redaction-version';
import { FactoryRemovalService } from '../../../functions/catalog/factory-removal-service';
import { MirrorService } from '../../../functions/catalog/mirror/mirror-service';
import { pageLimits } from '../../../functions/catalog/mirror/page-limits';
import type { MirrorTarget } from '../../../functions/catalog/mirror/mirror-messages';
import type { ListedKind } from '../../../functions/data-factory/resource';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import {
  RefusedError,
  SupersededError,
  ThrottledError,
  UpstreamError,
} from '../../../functions/errors/app-error';
import { fakeCatalogStore } from '../../fakes/catalog-store';
import { fakeChangeLog } from '../../fakes/change-log';
import { fakeEtagMapStore } from '../../fakes/etag-map-store';
import { fakeFactoryReader, type FakePage } from '../../fakes/factory-reader';
import { fakeReferenceIndexStore } from '../../fakes/reference-index-store';

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

const hashes = { current: async () => versionHash('version-key'), others: async () => [] };

function mirrorContext() {
  let runs = 0;
  let time = Date.parse('2026-01-15T12:00:00Z');
  const reader = fakeFactoryReader();
  const store = fakeCatalogStore();
  const references = fakeReferenceIndexStore();
  const maps = fakeEtagMapStore(references);
  const changes = fakeChangeLog();
  let rules = redactionVersion;
  const keys = ['version-key'];
  const hashWith = (key: string) => (value: Json) =>
    versionHash(key)(value).replace(/^\d+/, String(rules));
  const versionHashes = {
    current: async () => hashWith(keys[0]!),
    others: async () => keys.slice(1).map(hashWith),
  };
  const mirror = new MirrorService(
    reader,
    store,
    references,
    maps,
    changes,
    () => new Date(time),
    versionHashes,
    pageLimits(4, 4),
  );
  const target = (more: Partial<MirrorTarget> = {}): MirrorTarget => ({
    tenantId: 't',
    connectorId: 'c1',
    factory,
    kind: 'pipeline',
    syncRunId: `run-${++runs}`,
    full: false,
    ...more,
  });
  return {
    removal: new FactoryRemovalService(store, references, maps, changes, () => new Date(time)),
    reader,
    store,
    references,
    maps,
    changes,
    target,
    mirror,
    /** Replaces the version key. The vault keeps the keys before it. */
    rotateKey: (key: string) => void keys.unshift(key),
    setRules: (version: number) => void (rules = version),
    advance: (ms: number) => void (time += ms),
    /** Runs another sync whose list of pipelines has these pages. */
    sync: (pages: readonly FakePage[], more: Partial<MirrorTarget> = {}) => {
      reader.pages = { pipeline: pages };
      store.written.length = 0;
      references.saves = 0;
      maps.writes.length = 0;
      return mirror.mirror(target(more), () => undefined);
    },
  };
}

describe('MirrorService', () => {
  it('stores every pipeline and activity of all pages once', async () => {
    const { sync, store, maps } = mirrorContext();

    const { tallies } = await sync([
      [pipeline('A'), pipeline('B', [wait('W'), wait('X')])],
      [pipeline('C')],
    ]);

    expect(store.live()).toHaveLength(7);
    expect(tallies).toEqual({
      pipeline: { read: 3, written: 3, unchanged: 0, removed: 0 },
      activity: { read: 4, written: 4, unchanged: 0, removed: 0 },
    });
    expect(maps.writes).toEqual(['claim pipeline', 'save pipeline']);
  });

  it('writes nothing for an unchanged list', async () => {
    const { sync, store, maps } = mirrorContext();
    await sync([[pipeline('A'), pipeline('B')]]);

    const { tallies } = await sync([[pipeline('A'), pipeline('B')]]);

    expect([...store.written, ...maps.writes]).toEqual([]);
    expect(tallies).toMatchObject({ pipeline: { unchanged: 2 }, activity: { unchanged: 2 } });
  });

  it('writes nothing for new etags with the same content', async () => {
    const { sync, store, maps } = mirrorContext();
    await sync([[pipeline('A', [wait('W')], 'e1')]]);

    await sync([[pipeline('A', [wait('W')], 'e2')]]);

    expect([...store.written, ...maps.writes]).toEqual([]);
  });

  it('writes an object whose redacted value changed', async () => {
    const { sync, store } = mirrorContext();
    const withPassword = (password: string) => ({
      name: 'X',
      type: 'Any',
      typeProperties: { password },
    });
    await sync([[pipeline('A', [wait('W'), withPassword('one')], 'e1')]]);

    await sync([[pipeline('A', [wait('W'), withPassword('two')], 'e2')]]);

    expect(store.written).toEqual(['activity|a|x', 'pipeline|a']);
  });

  it('reads objects again that were redacted with other rules, without a change', async () => {
    const { sync, store, changes, setRules } = mirrorContext();
    setRules(redactionVersion - 1);
    await sync([[pipeline('A', [wait('W')], 'e1'), pipeline('B', [], 'e1')]]);
    setRules(redactionVersion);

    const { tallies } = await sync([[pipeline('A', [wait('W')], 'e1'), pipeline('B', [], 'e1')]]);

    expect(store.written).toEqual(['activity|a|w', 'pipeline|a', 'pipeline|b']);
    expect(changes.of('run-2')).toEqual([]);
    expect(tallies.pipeline).toMatchObject({ written: 2 });
  });

  describe.each([{ full: false }, { full: true }])('after rotations, with %o', (how) => {
    const list = (etag: string, second: Json = wait('X')) => [
      [pipeline('A', [wait('W'), second], etag), pipeline('B', [], etag), { properties: {} }],
    ];

    it('logs no change of what is the same', async () => {
      const { sync, store, changes, rotateKey } = mirrorContext();
      await sync(list('e1'));
      rotateKey('second key');
      rotateKey('third key');

      const { tallies } = await sync(list('e2'), { ...how, syncRunId: 'rotated' });
      const writes = store.written.length;
      await sync(list('e3'));

      expect(changes.of('rotated')).toEqual([]);
      expect(tallies).toMatchObject({
        pipeline: how.full ? { written: 3, unchanged: 0 } : { written: 0, unchanged: 3 },
        activity: how.full ? { written: 2, unchanged: 0 } : { written: 0, unchanged: 2 },
      });
      // The rows have versions of the latest key now.
      expect([writes, store.written]).toEqual([5, []]);
    });

    it('logs only what is new after an interruption', async () => {
      const { sync, store, changes, rotateKey } = mirrorContext();
      await sync(list('e1'));
      rotateKey('second key');
      store.beforeWrite = (keys) => {
        if (keys.includes('pipeline|c')) throw new Error('the host died');
      };
      await expect(sync([...list('e2'), [pipeline('C')]])).rejects.toThrow('the host died');
      store.beforeWrite = () => undefined;
      rotateKey('third key');

      await sync([...list('e2'), [pipeline('C', [])]], { ...how, syncRunId: 'repeated' });

      expect(changes.of('repeated')).toEqual(['added pipeline|c']);
    });

    it('logs what changed and nothing else', async () => {
      const { sync, changes, rotateKey } = mirrorContext();
      await sync(list('e1'));
      rotateKey('second key');

      await sync(list('e2', { name: 'X', type: 'Fail' }), { ...how, syncRunId: 'rotated' });

      expect(changes.of('rotated')).toEqual(['changed activity|a|x', 'changed pipeline|a']);
    });
  });

  it('writes only a changed activity and its pipeline', async () => {
    const { sync, store } = mirrorContext();
    await sync([[pipeline('A', [wait('W'), wait('X')]), pipeline('B')]]);

    await sync([[pipeline('A', [wait('W'), { name: 'X', type: 'Fail' }], 'e2'), pipeline('B')]]);

    expect(store.written).toEqual(['activity|a|x', 'pipeline|a']);
  });

  it('hides an activity that its pipeline no longer contains', async () => {
    const { sync, store } = mirrorContext();
    await sync([[pipeline('A', [wait('W'), wait('X')])]]);

    const { tallies } = await sync([[pipeline('A', [wait('W')], 'e2')]]);

    expect(store.live()).toEqual(['activity|a|w', 'pipeline|a']);
    expect(tallies.activity).toMatchObject({ removed: 1 });
  });

  it('names changes as Data Factory does, activities with their pipeline', async () => {
    const { sync, changes, removal, target } = mirrorContext();
    const logged = async (runId: string) =>
      (await changes.list(connector, runId, {}, { limit: 99 })).items.map(
        ({ change, kind, name, parent }) => [change, kind, name, parent].filter(Boolean).join(' '),
      );
    const orders = pipeline('Load/Orders', [wait('Wait 1'), wait('Größe')]);
    await sync([[orders, pipeline('Other')]], { syncRunId: 'first' });
    await sync([[pipeline('Load/Orders', [wait('Wait 1')], 'e2'), pipeline('Other')]], {
      syncRunId: 'second',
    });
    await sync([[pipeline('Other')]], { syncRunId: 'third' });
    await removal.remove({ ...target({ syncRunId: 'fourth' }), quarantine: 'never' });

    expect(await logged('first')).toContain('added activity Größe Load/Orders');
    expect(await logged('second')).toEqual([
      'removed activity Größe Load/Orders',
      'changed pipeline Load/Orders',
    ]);
    expect(await logged('third')).toEqual([
      'removed activity Wait 1 Load/Orders',
      'removed pipeline Load/Orders',
    ]);
    expect(await logged('fourth')).toEqual(['removed activity W Other', 'removed pipeline Other']);
  });

  it('hides a removed pipeline with its activities and restores both', async () => {
    const { sync, store } = mirrorContext();
    await sync([[pipeline('A'), pipeline('B')]]);

    const { tallies } = await sync([[pipeline('B')]]);
    expect(store.live()).toEqual(['activity|b|w', 'pipeline|b']);
    expect(tallies).toMatchObject({ pipeline: { removed: 1 }, activity: { removed: 1 } });

    await sync([[pipeline('A'), pipeline('B')]]);
    expect(store.live()).toHaveLength(4);
  });

  it.each<[what: string, failure: Error]>([
    ['is broken', new UpstreamError('x', 'x', true)],
    ['is forbidden', new RefusedError('x', 'x')],
  ])('removes nothing if the second page %s', async (_, failure) => {
    const { sync, store } = mirrorContext();
    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);

    const result = await sync([[pipeline('A'), pipeline('New')], failure, [pipeline('C')]]);

    expect(result.failure).toEqual({ code: 'x', message: 'x' });
    expect(store.live().filter((key) => key.startsWith('pipeline'))).toEqual([
      'pipeline|a',
      'pipeline|b',
      'pipeline|c',
      'pipeline|new',
    ]);
    await sync([[pipeline('A'), pipeline('New')], [pipeline('B')], [pipeline('C')]]);
    expect(store.written).toEqual([]);
  });

  it('fails and removes nothing if a page links back to itself', async () => {
    const { sync, store, reader } = mirrorContext();
    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);
    reader.links = { 'pipeline 1': '1' };

    const { failure } = await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);

    expect(failure).toMatchObject({ code: 'list_page_loop' });
    expect(store.live()).toHaveLength(6);
  });

  it('continues from the same page after a long throttling', async () => {
    const { sync, mirror, target, reader, store } = mirrorContext();
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

  it('returns a cursor and removes nothing when the time is up', async () => {
    const { sync, advance, reader, mirror, target, store } = mirrorContext();
    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);
    const readPage = reader.readPage.bind(reader);
    reader.readPage = async (...args) => {
      advance(40_000);
      return readPage(...args);
    };

    const { cursor } = await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]], {
      syncRunId: 'p',
    });
    expect(cursor).toEqual(['2']);
    expect(store.live()).toHaveLength(6);
    const { tallies } = await mirror.mirror(target({ syncRunId: 'p', cursor: cursor! }), () => {});

    expect(tallies.pipeline).toMatchObject({ read: 1, removed: 0 });
  });

  it('removes rows that an interrupted run wrote', async () => {
    const { sync, store } = mirrorContext();
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

  it('updates the reference index when a call changes', async () => {
    const { sync, references } = mirrorContext();
    const pages = (name: string, etag: string) => [
      [pipeline('A', [wait('W'), calling(name)], etag), pipeline('B')],
    ];
    await sync(pages('B', 'e1'));
    expect(await references.load(connector, factory, 'pipeline')).toEqual(
      new Map([['pipeline|a', [{ kind: 'calls', target: 'pipeline|b', count: 1 }]]]),
    );

    await sync(pages('C', 'e2'));

    expect(await references.load(connector, factory, 'pipeline')).toEqual(
      new Map([['pipeline|a', [{ kind: 'calls', target: 'pipeline|c', count: 1 }]]]),
    );
  });

  it('does not save the reference index if references are unchanged', async () => {
    const { sync, references, store } = mirrorContext();
    await sync([[pipeline('A', [calling('B')], 'e1')]]);

    await sync([[pipeline('A', [wait('W'), calling('B')], 'e2')]]);

    expect(store.written).toContain('pipeline|a');
    expect(references.saves).toBe(0);
  });

  it('removes a removed pipeline from the reference index', async () => {
    const { sync, references } = mirrorContext();
    await sync([[pipeline('A', [calling('B')]), pipeline('B')]]);

    await sync([[pipeline('B')]]);

    expect(await references.load(connector, factory, 'pipeline')).toEqual(new Map());
  });

  it('repairs the reference index after an interruption', async () => {
    const { sync, references, maps } = mirrorContext();
    const save = maps.save.bind(maps);
    maps.save = async () => Promise.reject(new Error('the host died'));
    await expect(sync([[pipeline('A', [calling('B')])]])).rejects.toThrow('the host died');
    maps.save = save;

    await sync([[pipeline('A', [calling('B')])]]);

    expect(await references.load(connector, factory, 'pipeline')).toHaveProperty('size', 1);
  });

  it.each([
    ['is throttled', new ThrottledError('busy', 'Busy.', 60)],
    ['fails', new RefusedError('resource_manager_access_denied', 'No.')],
  ])('repairs index and counts if the run after an interruption %s', async (_, failure) => {
    const { sync, references, maps, mirror, reader, target } = mirrorContext();
    const pages = [[pipeline('A', [calling('B')])], [pipeline('B', [calling('A')])]];
    const save = maps.save.bind(maps);
    maps.save = async () => Promise.reject(new Error('the host died'));
    await expect(sync(pages)).rejects.toThrow('the host died');
    maps.save = save;
    const second = target();
    reader.pages = { pipeline: [pages[0]!, failure] };
    const { cursor } = await mirror.mirror(second, () => undefined);

    reader.pages = { pipeline: pages };
    await mirror.mirror(cursor ? { ...second, cursor } : target(), () => undefined);
    await sync(pages);

    expect([...(await references.load(connector, factory, 'pipeline')).keys()].sort()).toEqual([
      'pipeline|a',
      'pipeline|b',
    ]);
    expect(await maps.countByKind(connector)).toEqual({ pipeline: 2, activity: 2 });
  });

  it('writes unchanged resources in a full sync', async () => {
    const { sync, store } = mirrorContext();
    await sync([[pipeline('A')]]);

    await sync([[pipeline('A')]], { full: true });

    expect(store.written).toEqual(['activity|a|w', 'pipeline|a']);
  });

  it('reads the next page while a page is written', async () => {
    const { sync, reader, store } = mirrorContext();
    const requestedAtWrite: number[] = [];
    store.beforeWrite = () => void requestedAtWrite.push(reader.requests.length);

    await sync([[pipeline('A')], [pipeline('B')], [pipeline('C')]]);

    expect(requestedAtWrite[0]).toBeGreaterThan(1);
  });

  it('writes pages only through the page limiter', async () => {
    const { reader, store, maps, changes, references, target } = mirrorContext();
    let [active, maxActive] = [0, 0];
    store.beforeWrite = () => expect(active).toBe(1);
    const queue: Promise<void>[] = [];
    const oneByOne = async (work: () => Promise<void>) => {
      const previous = queue.at(-1);
      const current = (async () => {
        await previous;
        maxActive = Math.max(maxActive, ++active);
        await work();
        active--;
      })();
      queue.push(current);
      await current;
    };
    const now = () => new Date('2026-01-15T12:00:00Z');
    const mirror = new MirrorService(reader, store, references, maps, changes, now, hashes, {
      ...pageLimits(4, 4),
      write: oneByOne,
    });
    reader.pages = {
      pipeline: [[pipeline('A')], [pipeline('B')]],
      dataset: [[{ name: 'D', properties: {} }]],
    };

    await Promise.all(
      (['pipeline', 'dataset'] as const).map((kind) =>
        mirror.mirror(target({ kind }), () => undefined),
      ),
    );

    expect([queue.length, maxActive]).toEqual([3, 1]);
    expect(store.live()).toHaveLength(5);
  });

  it('records exactly the changes of each sync run', async () => {
    const { sync, changes } = mirrorContext();
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

  it('records no change for unchanged resources in a full sync', async () => {
    const { sync, changes, store } = mirrorContext();
    await sync([[pipeline('A')]]);
    store.written.length = 0;

    await sync([[pipeline('A')]], { full: true });

    expect(store.written).toContain('pipeline|a');
    expect(changes.of('run-2')).toEqual([]);
  });

  it('detects a mass removal that an earlier run began', async () => {
    const { sync, store } = mirrorContext();
    const names = Array.from({ length: 30 }, (_, n) => `P${n}`);
    await sync([names.map((name) => pipeline(name))]);
    const write = store.write.bind(store);
    store.write = async (connector, factory, changes, ...more) => {
      await write(connector, factory, changes.slice(0, 28), ...more);
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
    'reports a change from %i to %i objects as mass removal: %s',
    async (before, after, isMassRemoval) => {
      const { sync } = mirrorContext();
      const some = (count: number) => Array.from({ length: count }, (_, n) => pipeline(`P${n}`));
      await sync([some(before)]);

      const { massRemoval } = await sync([some(after)]);

      expect(massRemoval).toEqual(
        isMassRemoval ? { removed: before - after, of: before } : undefined,
      );
    },
  );
});

describe('an object whose etag is known', () => {
  const read = (
    { reader, mirror, target }: ReturnType<typeof mirrorContext>,
    kind: ListedKind,
    properties: Record<string, Json>,
  ) => {
    reader.pages = { [kind]: [[{ name: 'X', etag: 'same', properties }]] };
    return mirror.mirror(target({ kind }), () => undefined);
  };

  it.each<[ListedKind, string]>([
    ['trigger', 'runtimeState'],
    ['integrationRuntime', 'state'],
    ['managedPrivateEndpoint', 'provisioningState'],
    ['changeDataCapture', 'status'],
    ['factory', 'provisioningState'],
    ['managedVirtualNetwork', 'preventDataExfiltration'],
    ['credential', 'type'],
  ])('is written if the state of the %s changed', async (kind, name) => {
    const context = mirrorContext();
    await read(context, kind, { [name]: 'Stopped' });

    const changed = await read(context, kind, { [name]: 'Started' });
    const same = await read(context, kind, { [name]: 'Started' });

    expect(changed.tallies[kind]).toMatchObject({ written: 1, unchanged: 0 });
    expect(same.tallies[kind]).toMatchObject({ written: 0, unchanged: 1 });
    expect(context.changes.of('run-2')).toHaveLength(1);
  });

  it.each<ListedKind>(['pipeline', 'dataset', 'linkedService', 'dataFlow'])(
    'is not compared if only a save can change the %s',
    async (kind) => {
      const context = mirrorContext();
      await read(context, kind, { version: 1 });

      const { tallies } = await read(context, kind, { version: 2 });

      expect(tallies[kind]).toMatchObject({ written: 0, unchanged: 1 });
    },
  );
});

describe('a step that Durable runs twice', () => {
  /** Stops the next write of rows until the test releases it, as a host that hangs. */
  function hangNextWrite({ store }: ReturnType<typeof mirrorContext>) {
    const write = store.write.bind(store);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const started = new Promise<void>((resolve) => {
      store.write = async (...input) => {
        store.write = write;
        resolve();
        await released;
        await write(...input);
      };
    });
    return { started, release };
  }
  const datasetOf = (name: string, version: number, etag: string) => ({
    name,
    etag,
    properties: { version },
  });
  const versionOf = async ({ store }: ReturnType<typeof mirrorContext>) =>
    (await store.get(connector, factoryHash(factory), 'dataset|d'))?.body;

  function datasetContext() {
    const context = mirrorContext();
    const { reader, mirror, target } = context;
    return {
      ...context,
      read: (etag: string, version: number, more: Partial<MirrorTarget> = {}) => {
        reader.pages = { dataset: [[datasetOf('D', version, etag)]] };
        return mirror.mirror(target({ kind: 'dataset', ...more }), () => undefined);
      },
    };
  }

  it.each([
    ['the next sync run', 'run-3'],
    ['the retry of the step', 'run-2'],
  ])('does not overwrite what %s has written', async (_, syncRunId) => {
    const context = datasetContext();
    await context.read('e1', 1);
    const { started, release } = hangNextWrite(context);
    const late = context.read('e2', 2, { syncRunId: 'run-2' });
    await started;
    await context.read('e3', 3, { syncRunId });

    release();

    await expect(late).rejects.toThrow(SupersededError);
    expect(await versionOf(context)).toMatchObject({ properties: { version: 3 } });
    await context.read('e3', 3);
    expect(await versionOf(context)).toMatchObject({ properties: { version: 3 } });
  });

  it('does not bring back the rows of a removed factory', async () => {
    const context = datasetContext();
    await context.read('e1', 1);
    const { started, release } = hangNextWrite(context);
    const late = context.read('e2', 2, { syncRunId: 'run-2' });
    await started;
    await context.removal.remove({
      ...connector,
      factory,
      syncRunId: 'run-3',
      quarantine: 'never',
    });

    release();

    await expect(late).rejects.toThrow(SupersededError);
    expect(context.store.live()).toEqual([]);
  });

  it('does not hide rows that the next sync run has found again', async () => {
    const context = datasetContext();
    await context.read('e1', 1);
    const { started, release } = hangNextWrite(context);
    const removal = { ...connector, factory, syncRunId: 'run-2', quarantine: 'never' as const };
    const late = context.removal.remove(removal);
    await started;
    await context.read('e1', 1, { syncRunId: 'run-3' });

    release();

    await expect(late).rejects.toThrow(SupersededError);
    expect(context.store.live()).toEqual(['dataset|d']);
  });

  it.each([
    ['writes', 1, { read: 30, written: 30, unchanged: 0, removed: 0 }],
    ['removals', 2, { read: 1, written: 0, unchanged: 1, removed: 29 }],
  ])('counts the %s of its first attempt', async (_, runs, counts) => {
    const { sync, store, changes } = mirrorContext();
    const many = Array.from({ length: 30 }, (__, n) => pipeline(`P${n}`));
    const lists = [[many], [[many[0]!]]];
    for (const list of lists.slice(0, runs - 1)) await sync(list);
    const write = store.write.bind(store);
    store.write = async (key, ref, all, ...more) => {
      await write(key, ref, all.slice(0, 20), ...more);
      throw new Error('the host died');
    };
    const syncRunId = `run-${runs}`;
    await expect(sync(lists[runs - 1]!, { syncRunId })).rejects.toThrow('the host died');
    store.write = write;

    const { tallies } = await sync(lists[runs - 1]!, { syncRunId });

    expect(tallies).toEqual({ pipeline: counts, activity: counts });
    expect(changes.of(syncRunId)).toHaveLength(2 * (counts.written + counts.removed));
  });
});
