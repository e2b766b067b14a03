/** A refresh writes changes only, and leaves the same catalog as an initial sync. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogOf, differences } from './support/catalog';
import { publicFixtures } from './support/fixtures';
import {
  fileDifference,
  nameOf,
  pastFactories,
  type Difference,
  type PastFactory,
} from './support/history';
import { endOfJournal, requestsSince, rowsWritten } from './support/journal';
import { startRunningStack, type RunningStack } from './support/stack';
import {
  all,
  untilTerminal,
  listAllResources,
  startSync,
  syncedConnector,
  type Resource,
} from './support/journey';

interface Served extends PastFactory {
  readonly factory: string;
}

interface Change {
  readonly id: string;
  readonly change: 'added' | 'changed' | 'removed';
}

const catalogTables = ['resources', 'syncState'];

let stack: RunningStack;
let root: string;
let connectorId: string;
let served: Served[];
let before: Resource[];
let after: Resource[];
let run: any;
let log: Change[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-past-'));
  const past = await pastFactories(root);
  stack = await startRunningStack({
    arguments: past.flatMap((each) => ['--factories', each.before]),
  });
  const known = await stack.control<{ name: string; folder: string }[]>('GET', '/factories');
  served = past.map((each) => ({
    ...each,
    factory: known.find(({ folder }) => folder === each.before)!.name,
  }));
  connectorId = await syncedConnector(stack, 'refreshed');
  before = await listAllResources(stack, connectorId);
  for (const { factory, after: folder } of served)
    await stack.control('PUT', `/factories/${encodeURIComponent(factory)}`, { folder });
  run = await untilTerminal(stack, await startSync(stack, connectorId));
  after = await listAllResources(stack, connectorId);
  log = await all(stack, `/api/connectors/${connectorId}/syncs/${run.id}/changes?limit=100`);
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

describe('a refresh after factories have changed', () => {
  it('reports for each factory the changes of its files', () => {
    for (const each of served) {
      const change = differenceOf(each.factory);
      const files = fileDifference(each);

      expect({ title: each.title, ...change }).toEqual({ title: each.title, ...files });
      expect(each.git ? namesOf(each.git) : files).toEqual(files);
    }
    expect(run).toMatchObject({ status: 'succeeded', mode: 'incremental' });
  });

  it('lists each change once in the change log', () => {
    const old = new Map(before.map(({ id, etag }) => [id, etag]));
    const now = new Map(after.map(({ id, etag }) => [id, etag]));
    const seen = [
      ...[...now].flatMap(([id, etag]) => {
        if (!old.has(id)) return [`added ${id}`];
        return old.get(id) === etag ? [] : [`changed ${id}`];
      }),
      ...[...old.keys()].filter((id) => !now.has(id)).map((id) => `removed ${id}`),
    ];

    expect(log.map(({ change, id }) => `${change} ${id}`).sort()).toEqual(seen.sort());
  });

  it('leaves activities of unchanged pipelines alone', () => {
    for (const { factory } of served) {
      const { added, changed, removed } = differenceOf(factory);
      const touched = new Set([...added, ...changed, ...removed]);

      const pipelines = changesOf(factory, ({ kind }) => kind === 'activity').map(
        ({ parent }) => `pipeline/${String(parent).toLowerCase()}`,
      );

      expect(pipelines.filter((pipeline) => !touched.has(pipeline))).toEqual([]);
    }
  });

  it('stores the same rows as an initial sync', async () => {
    const fresh = await syncedConnector(stack, 'fresh');

    expect(differences(await catalogOf(stack, connectorId), await catalogOf(stack, fresh))).toEqual(
      [],
    );
    const assetsOf = (id: string) => all(stack, `/api/connectors/${id}/assets?limit=100`);
    const updated = await assetsOf(connectorId);
    // The history of this project alone has no activity that moves data.
    expect(updated.length > 0).toBe(publicFixtures().length > 0);
    expect(updated).toEqual(await assetsOf(fresh));
  });

  it('counts what was written and removed', () => {
    const own = (resource: Resource) => resource.kind !== 'activity';
    const all = served.flatMap(({ factory }) => changesOf(factory, own));
    const sum = (of: 'written' | 'removed') =>
      Object.entries(run.counts).reduce(
        (total, [kind, tally]: [string, any]) => total + (kind === 'activity' ? 0 : tally[of]),
        0,
      );
    const ids = new Set(after.map(({ id }) => id));

    expect(sum('removed')).toBe(all.filter(({ id }) => !ids.has(id)).length);
    expect(sum('written')).toBe(all.filter(({ id }) => ids.has(id)).length);
  });
});

describe('a refresh without changes', () => {
  it('reads the lists and writes nothing to the catalog', async () => {
    const since = await endOfJournal(stack);

    const again = await untilTerminal(stack, await startSync(stack, connectorId));
    const written = await rowsWritten(stack, since);
    const requests = await requestsSince(stack, since, 'resource-manager');

    expect(again).toMatchObject({ status: 'succeeded' });
    expect(written).toHaveProperty('syncRuns');
    for (const table of catalogTables) expect(written).not.toHaveProperty(table);
    expect(requests.length).toBeGreaterThan(served.length * 10);
  });

  it('writes no resource if only etags differ', async () => {
    for (const { factory } of served)
      await stack.control('POST', `/factories/${encodeURIComponent(factory)}/etags`);
    const rows = await catalogOf(stack, connectorId);
    const since = await endOfJournal(stack);

    await untilTerminal(stack, await startSync(stack, connectorId));
    const written = await rowsWritten(stack, since);

    expect(written).not.toHaveProperty('resources');
    expect(differences(await catalogOf(stack, connectorId), rows)).toEqual([]);
  });
});

/** Added, changed and removed resources of one factory, according to the API. */
function changesOf(factory: string, wanted: (resource: Resource) => boolean): Resource[] {
  const mine = (resource: Resource) => resource.factory.name === factory && wanted(resource);
  const old = new Map(before.filter(mine).map((each) => [each.id, each]));
  const now = new Map(after.filter(mine).map((each) => [each.id, each]));
  return [
    ...[...now.values()].filter(({ id, etag }) => old.get(id)?.['etag'] !== etag),
    ...[...old.values()].filter(({ id }) => !now.has(id)),
  ];
}

/** Changes of resources with their own file, so without activities and global parameters. */
function differenceOf(factory: string) {
  const isOwn = ({ kind }: Resource) => kind !== 'activity' && kind !== 'globalParameter';
  const old = new Set(before.map(({ id }) => id));
  const now = new Set(after.map(({ id }) => id));
  const changes = changesOf(factory, isOwn);
  const named = (of: (resource: Resource) => boolean) =>
    changes
      .filter(of)
      .map(({ kind, name }) => nameOf(`${kind}/of.json`, name))
      .sort();
  return {
    added: named(({ id }) => !old.has(id)),
    changed: named(({ id }) => old.has(id) && now.has(id)),
    removed: named(({ id }) => !now.has(id)),
  };
}

const namesOf = ({ added, changed, removed }: Difference) => {
  const named = (files: readonly string[]) => files.map((file) => nameOf(file)).sort();
  return { added: named(added), changed: named(changed), removed: named(removed) };
};
