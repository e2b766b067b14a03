/** Calculations of the benches on journals, and the factories that they generate. */
import { mixed, objectsIn } from '../bench/factories';
import { figuresOf } from '../bench/sync-figures';
import { busyTime, usePerTable } from '../bench/table-use';
import type { JournalEntry } from '../../infra/local/emulator/journal';
import { createFactories } from '../../infra/local/resource-manager/factories/factories';
import type { Factory } from '../../infra/local/resource-manager/factories/factory';
import {
  generateFactory,
  type GeneratedFactory,
} from '../../infra/local/resource-manager/factories/generated-factory';
import { kindNames } from '../../infra/local/resource-manager/factories/kinds';

const second = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString();
const entry = (path: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  seq: 1,
  at: second(10),
  service: 'storage',
  method: 'POST',
  path,
  status: 200,
  durationMs: 5,
  ...more,
});

const served = (options: Omit<GeneratedFactory, 'name'>): Factory =>
  createFactories().add(generateFactory({ name: 'f', ...options }));

describe('tableUse', () => {
  it('counts transactions, single writes and reads by table', () => {
    const use = usePerTable([
      entry('/devstoreaccount1/$batch resources ×97'),
      entry("/devstoreaccount1/resources(PartitionKey='a',RowKey='b')", { method: 'PATCH' }),
      entry('/devstoreaccount1/changes?$filter=x', { method: 'GET' }),
      entry('/devstoreaccount1/leases/host?comp=lease', { method: 'PUT' }),
      entry('/devstoreaccount1/Tables'),
    ]);

    expect(Object.fromEntries(use)).toEqual({
      resources: { requests: 2, writes: 2, rows: 98, ms: 10 },
      changes: { requests: 1, writes: 0, rows: 0, ms: 5 },
    });
  });

  it('counts overlapping requests once in busy time', () => {
    const overlapping = [
      entry('/a/b', { durationMs: 3_000 }),
      entry('/a/b', { at: second(11), durationMs: 2_000 }),
    ];

    const busy = busyTime([...overlapping, entry('/a/b', { at: second(20), durationMs: 500 })]);

    expect(busy).toBe(4_500);
  });
});

describe('figuresOf', () => {
  it('measures metadata until its last row is stored', () => {
    const azure = { service: 'resource-manager', method: 'GET', durationMs: 1_000 } as const;
    const stored = (path: string, at: number) => entry(path, { method: 'PUT', at: second(at) });
    const run = { id: 'r', status: 'succeeded', finishedAt: second(9), counts: {} };

    const figures = figuresOf(
      {
        run,
        requestedAt: Date.parse(second(0)),
        entries: [
          entry('/providers/graph', { ...azure, at: second(2) }),
          entry('/s/factories/f/pipelines', { ...azure, at: second(4) }),
          entry('/s/factories/f/queryPipelineRuns', { ...azure, method: 'POST', at: second(7) }),
          stored("/a/syncState(PartitionKey='c',RowKey='f%7Cpipeline')", 6),
          stored("/a/syncState(PartitionKey='c',RowKey='runs%7Cf')", 7),
          stored('/a/syncState', 7),
          stored("/a/syncState(PartitionKey='c',RowKey='factory%7Cf')", 8),
          stored("/a/$batch syncState ×9 RowKey='lineage-head|f'", 8),
        ],
      },
      new Set(['syncState']),
    );

    expect(figures).toMatchObject({
      untilDiscovery: 1_000,
      untilListed: 4_000,
      untilMirrored: 6_000,
      untilFinished: 9_000,
      lists: 1,
      queries: 1,
      tables: { rows: 13 },
      catalog: { rows: 11 },
    });
  });
});

describe('generateFactory', () => {
  it('generates about 690 objects of every kind', () => {
    const { counts, ...ref } = served(mixed(690));
    const rare = ['managedVirtualNetwork', 'changeDataCapture']; // one comes with its endpoints
    const found = kindNames.filter((kind) => counts[kind] > 0);

    expect(objectsIn([{ ...ref, counts }])).toBeGreaterThanOrEqual(690);
    expect(objectsIn([{ ...ref, counts }])).toBeLessThanOrEqual(700);
    expect(found).toEqual(kindNames.filter((kind) => !rare.includes(kind)));
  });

  it('changes the etags of ten edited objects', () => {
    const [before, after] = [served(mixed(200)), served({ ...mixed(200), edited: 10 })];
    const edited = kindNames.flatMap((kind) =>
      before
        .resources(kind)
        .filter(
          ({ name }) => before.list(kind).find(name)?.etag !== after.list(kind).find(name)?.etag,
        ),
    );

    expect(edited).toHaveLength(10);
  });
});
