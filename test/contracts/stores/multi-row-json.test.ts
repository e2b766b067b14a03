/** A document of several rows is loaded in its old or new state after an interrupted save. */
import { randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { ReferenceIndexTable } from '../../../functions/azure/tables/catalog/reference-index-table';
import { RunHistoryStateTable } from '../../../functions/azure/tables/run-history-state-table';
import { RunHistoryTable } from '../../../functions/azure/tables/run-history-table';
import { EtagMapTable } from '../../../functions/azure/tables/catalog/etag-map-table';
import { factoryHash } from '../../../functions/data-factory/resource-id';
import type { ActivityRun } from '../../../functions/run-history/run';
import { emptyState } from '../../../functions/run-history/run-history-state';
import { useStorage } from '../../support/storage';

const storage = useStorage();

const connector = { tenantId: 'contoso', connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const partition = { ...connector, factory: factoryHash(factory), day: '2026-02-20' };

/** More names than one row can hold. */
const manyNames = () => Array.from({ length: 1_400 }, () => randomBytes(768).toString('base64url'));

/** A table that fails each write after the first, as if its writer was killed. */
function interruptAfterFirstWrite(table: TableClient): TableClient {
  let writeCount = 0;
  const assertFirstWrite = () => {
    if (writeCount++ > 0) throw new Error('killed');
  };
  return Object.assign(Object.create(table) as TableClient, {
    upsertEntity: ((...args) => {
      assertFirstWrite();
      return table.upsertEntity(...args);
    }) as TableClient['upsertEntity'],
    submitTransaction: ((...args) => {
      assertFirstWrite();
      return table.submitTransaction(...args);
    }) as TableClient['submitTransaction'],
  });
}

/** The table without interruptions: claims are not interrupted, only saves. */
function unbroken(table: TableClient): TableClient {
  const isBroken = Object.hasOwn(table, 'submitTransaction');
  return isBroken ? (Object.getPrototypeOf(table) as TableClient) : table;
}

async function claimRunHistory(table: TableClient) {
  const states = new RunHistoryStateTable(unbroken(table));
  const loaded = await states.load(connector, factory);
  const writer = await states.claim(connector, factory, loaded, { writer: loaded.writer + 1 });
  await new RunHistoryTable(unbroken(table)).admitWriter(partition, writer);
  return writer;
}

async function claim(table: TableClient) {
  const maps = new EtagMapTable(unbroken(table));
  const { version } = await maps.load(connector, factory, 'dataset');
  return maps.claim(connector, factory, 'dataset', 'run-1', version, 'w1');
}

interface DocumentType {
  readonly save: (table: TableClient, names: readonly string[]) => Promise<void>;
  readonly load: (table: TableClient) => Promise<readonly string[]>;
}

it.each<[string, DocumentType]>([
  [
    'a reference index',
    {
      save: async (table, owners) => {
        const index = new Map(owners.map((owner) => [owner, []]));
        const map = { entries: new Map() };
        const claimed = await claim(table);
        await new EtagMapTable(table).save(connector, factory, 'dataset', map, claimed, index);
      },
      load: async (table) => [
        ...(await new ReferenceIndexTable(table).load(connector, factory, 'dataset')).keys(),
      ],
    },
  ],
  [
    'an etag map',
    {
      save: async (table, keys) => {
        const map = { entries: new Map(keys.map((key) => [key, { hash: 'h' }])) };
        const claimed = await claim(table);
        await new EtagMapTable(table).save(connector, factory, 'dataset', map, claimed);
      },
      load: async (table) => [
        ...(await new EtagMapTable(table).load(connector, factory, 'dataset')).entries.keys(),
      ],
    },
  ],
  [
    'the state of a run history',
    {
      save: async (table, days) => {
        const state = { ...emptyState, latest: Object.fromEntries(days.map((day) => [day, ''])) };
        const claimed = await claimRunHistory(table);
        await new RunHistoryStateTable(table).save(connector, factory, state, claimed);
      },
      load: async (table) => {
        const { state } = await new RunHistoryStateTable(table).load(connector, factory);
        return Object.keys(state.latest);
      },
    },
  ],
  [
    'the activity runs of a pipeline run',
    {
      save: async (table, all) =>
        new RunHistoryTable(table).putActivities(
          partition,
          'run',
          all.map((name): ActivityRun => ({
            runId: 'a1',
            activity: name,
            type: 'Copy',
            status: 'Succeeded',
            start: '2026-01-15T12:00:00.000Z',
          })),
          await claimRunHistory(table),
        ),
      load: async (table) =>
        (await new RunHistoryTable(table).getActivities(partition, 'run'))!.map(
          ({ activity }) => activity,
        ),
    },
  ],
])('loads %s completely after an interrupted save', async (_, { save, load }) => {
  const table = await storage.newTable();
  const [before, after] = [manyNames(), manyNames()];
  await save(table, before);

  await save(interruptAfterFirstWrite(table), after).catch(() => undefined);

  expect([before, after]).toContainEqual(await load(table));
});
