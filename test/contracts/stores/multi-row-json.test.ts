/** What takes several rows is there as it was or as it is, whenever its writer dies. */
import { randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { ReferenceIndexTable } from '../../../functions/azure/tables/reference-index-table';
import { RunHistoryStateTable } from '../../../functions/azure/tables/run-history-state-table';
import { RunHistoryTable } from '../../../functions/azure/tables/run-history-table';
import { EtagMapTable } from '../../../functions/azure/tables/etag-map-table';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import type { ActivityRun } from '../../../functions/run-history/run';
import { emptyState } from '../../../functions/run-history/run-history-state';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const place = { ...connector, factory: factoryHash(factory), day: '2026-02-20' };

/** Twice as much as a row can hold. */
const names = () => Array.from({ length: 1_400 }, () => randomBytes(768).toString('base64url'));

/** A table whose writer dies before the second write. */
function dying(table: TableClient): TableClient {
  let writes = 0;
  const alive = () => {
    if (writes++ > 0) throw new Error('killed');
  };
  return Object.assign(Object.create(table) as TableClient, {
    upsertEntity: ((...given) => {
      alive();
      return table.upsertEntity(...given);
    }) as TableClient['upsertEntity'],
    submitTransaction: ((...given) => {
      alive();
      return table.submitTransaction(...given);
    }) as TableClient['submitTransaction'],
  });
}

interface Kept {
  readonly save: (table: TableClient, names: readonly string[]) => Promise<void>;
  readonly load: (table: TableClient) => Promise<readonly string[]>;
}

it.each<[string, Kept]>([
  [
    'an index of referrals',
    {
      save: (table, owners) =>
        new ReferenceIndexTable(table).save(
          connector,
          factory,
          'dataset',
          new Map(owners.map((owner) => [owner, []])),
        ),
      load: async (table) => [
        ...(await new ReferenceIndexTable(table).load(connector, factory, 'dataset')).keys(),
      ],
    },
  ],
  [
    'an etag map',
    {
      save: (table, keys) =>
        new EtagMapTable(table).save(connector, factory, 'dataset', {
          entries: new Map(keys.map((key) => [key, { hash: 'h' }])),
        }),
      load: async (table) => [
        ...(await new EtagMapTable(table).load(connector, factory, 'dataset')).entries.keys(),
      ],
    },
  ],
  [
    'how far a history was read',
    {
      save: (table, days) =>
        new RunHistoryStateTable(table).save(connector, factory, {
          ...emptyState,
          latest: Object.fromEntries(days.map((day) => [day, ''])),
        }),
      load: async (table) =>
        Object.keys((await new RunHistoryStateTable(table).load(connector, factory)).latest),
    },
  ],
  [
    'the activities of a run',
    {
      save: (table, all) =>
        new RunHistoryTable(table).putActivities(
          place,
          'run',
          all.map((name): ActivityRun => ({
            runId: 'a1',
            activity: name,
            type: 'Copy',
            status: 'Succeeded',
            start: '2026-01-15T12:00:00.000Z',
          })),
        ),
      load: async (table) =>
        (await new RunHistoryTable(table).getActivities(place, 'run'))!.map(
          ({ activity }) => activity,
        ),
    },
  ],
])('reads %s whole after its writer died', async (_, { save, load }) => {
  const table = await storage.newTable();
  const [before, after] = [names(), names()];
  await save(table, before);

  await save(dying(table), after).catch(() => undefined);

  expect([before, after]).toContainEqual(await load(table));
});
