/**
 * EtagMapStore in Table Storage. PartitionKey: `{tenant}|{connector}`. RowKey: `{factory
 * hash}|{kind}`, or `{factory hash}|gone` for factories that may be gone. The map is in gzip
 * columns, about 60 bytes per object.
 */
import { randomUUID } from 'node:crypto';
import { odata, RestError, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { endless, type Stretch } from '../../concurrency/stretch';
import type {
  CompletedList,
  EtagEntry,
  EtagMap,
  LoadedEtagMap,
  MapVersion,
} from '../../catalog/etag-map';
import type { EtagMapStore, KindCounts, KnownFactory } from '../../catalog/ports';
import { superseded } from '../../catalog/superseded';
import { listedKinds, type FactoryRef, type ListedKind } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import {
  createRow,
  deleteRow,
  isStoredVersion,
  mergeRow,
  storedEtag,
  writeRows,
} from '../table-storage/conditional-write';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { jsonColumn, type SchemaShape } from '../table-storage/json-column';
import { continuationRowKey, writeMultiRow } from '../table-storage/multi-row-json';
import { onStatus, prefixRange } from '../table-storage/table-client';
import { massRemoval, tallies } from './sync-run-json';

/**
 * Raised when the format of rows changes. Entries of an older version are ignored, so all rows are
 * written again.
 */
const schemaVersion = 3;

const completedList = z.object({
  syncRunId: z.string(),
  tallies,
  massRemoval: massRemoval.exactOptional(),
} satisfies SchemaShape<CompletedList>);

/** Continuation rows and rows of other stores have only some of these columns. */
const columns = z.object({
  subscriptionId: z.string().optional(),
  resourceGroup: z.string().optional(),
  factoryName: z.string().optional(),
  kind: z.enum(listedKinds).optional(),
  schemaVersion: z.int().optional(),
  dirtySyncRunId: z.string().default(''),
  writer: z.string().default(''),
  savedBy: z.string().default(''),
  goneSinceRun: z.string().default(''),
  objects: z.int().default(0),
  children: z.int().default(0),
  completed: jsonColumn(completedList).optional(),
});
type Column = keyof typeof columns.shape;

/** Row key, etag, hash, number of activities, and sync run of each object. */
const storedEntries = z.array(
  z.tuple([z.string(), z.string(), z.string(), z.number(), z.string().nullable()]),
);

export class EtagMapTable implements EtagMapStore {
  constructor(private readonly table: TableClient) {}

  async load(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
  ): Promise<LoadedEtagMap> {
    const { partitionKey, rowKey } = keyOf(connector, factory, kind);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return { entries: new Map(), version: {} };
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    return toMap(row, more);
  }

  async loadFactory(connector: ConnectorKey, factory: FactoryRef) {
    const { from, to } = prefixRange(`${factoryHash(factory)}|`);
    const runs = prefixRange(`${factoryHash(factory)}|runs`);
    // The state of run history may be large, and is not needed here.
    const filter = [
      odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`,
      odata`(RowKey lt ${runs.from} or RowKey ge ${runs.to})`,
    ].join(' and ');
    const rows = new Map<string, Record<string, unknown>>();
    for await (const row of this.table.listEntities({ queryOptions: { filter } }))
      rows.set(row.rowKey!, row);
    const maps = new Map<ListedKind, LoadedEtagMap>();
    for (const kind of listedKinds) {
      const { rowKey } = keyOf(connector, factory, kind);
      const row = rows.get(rowKey);
      if (!row) continue;
      const more = Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        rows.get(continuationRowKey(rowKey, n)),
      );
      // A continuation that was replaced between two pages of the query is read again.
      const isWhole = more.every((each) => each !== undefined);
      maps.set(kind, isWhole ? toMap(row, more) : await this.load(connector, factory, kind));
    }
    return maps;
  }

  async claim(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    dirtySyncRunId: string,
    loaded: MapVersion,
  ): Promise<Required<MapVersion>> {
    const writer = randomUUID();
    const row = { ...keyColumns(connector, factory, kind), dirtySyncRunId, writer };
    const written =
      loaded.etag === undefined
        ? createRow(this.table, row).catch(unlessChanged)
        : mergeRow(this.table, row, loaded.etag).catch(unlessChanged);
    return { etag: await written, writer };
  }

  async isCurrent(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    { etag = '' }: MapVersion,
  ) {
    return isStoredVersion(this.table, keyOf(connector, factory, kind), etag);
  }

  async save(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    map: EtagMap,
    { etag, writer }: Required<MapVersion>,
  ) {
    const entries = [...map.entries].map(
      ([rowKey, { etag: source = '', hash, children = 0, syncRunId = null }]) => [
        rowKey,
        source,
        hash,
        children,
        syncRunId,
      ],
    );
    const children = [...map.entries.values()].reduce((sum, each) => sum + (each.children ?? 0), 0);
    const row = {
      ...keyColumns(connector, factory, kind),
      dirtySyncRunId: map.dirtySyncRunId ?? '',
      writer,
      savedBy: map.isInterrupted ? '' : writer,
      schemaVersion,
      objects: entries.length,
      children,
      ...(map.completed && { completed: JSON.stringify(map.completed) }),
    };
    const guard = { rowKey: row.rowKey, etag };
    await writeMultiRow(this.table, row, JSON.stringify(entries), guard).catch(unlessChanged);
  }

  async listFactories(connector: ConnectorKey): Promise<readonly KnownFactory[]> {
    const found = new Map<string, KnownFactory>();
    for await (const row of this.rows(connector, [...factoryColumns, 'objects', 'goneSinceRun'])) {
      const { subscriptionId, resourceGroup, factoryName, ...state } = row;
      const hash = row.rowKey.split('|')[0]!;
      const known = found.get(hash);
      const goneSinceRun = state.goneSinceRun || known?.goneSinceRun;
      if (subscriptionId !== undefined && resourceGroup !== undefined && factoryName !== undefined)
        found.set(hash, {
          hash,
          factory: { subscriptionId, resourceGroup, name: factoryName },
          objects: (known?.objects ?? 0) + state.objects,
          ...(goneSinceRun !== undefined && { goneSinceRun }),
        });
    }
    return [...found.values()];
  }

  async markGone(connector: ConnectorKey, factory: FactoryRef, syncRunId: string | undefined) {
    const key = { partitionKey: partition(connector), rowKey: `${factoryHash(factory)}|gone` };
    if (syncRunId === undefined) return deleteRow(this.table, key);
    const row = { ...key, goneSinceRun: syncRunId, ...columnsOf(factory) };
    await this.table.upsertEntity(row, 'Replace');
  }

  async countByKind(connector: ConnectorKey): Promise<KindCounts> {
    const counts: KindCounts = {};
    for await (const { kind, objects, children } of this.rows(connector, [
      'kind',
      'objects',
      'children',
    ])) {
      if (kind === undefined) continue;
      counts[kind] = (counts[kind] ?? 0) + objects;
      if (kind === 'pipeline') counts.activity = (counts.activity ?? 0) + children;
    }
    return counts;
  }

  /** The first transaction fails the writers that have loaded the map; then its row is deleted. */
  async forget(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    { etag = '*' }: MapVersion,
  ): Promise<void> {
    const key = keyOf(connector, factory, kind);
    const index = `references|${key.rowKey}`;
    const { from, to } = prefixRange(`${key.rowKey}|`);
    const { from: indexFrom, to: indexTo } = prefixRange(`${index}|`);
    const filter = [
      odata`PartitionKey eq ${key.partitionKey} and ((RowKey ge ${from} and RowKey lt ${to})`,
      odata`RowKey eq ${index} or (RowKey ge ${indexFrom} and RowKey lt ${indexTo}))`,
    ].join(' or ');
    const actions: TransactionAction[] = [['update', key, 'Merge', { etag }]];
    const queryOptions = { filter, select: ['RowKey'] };
    for await (const { rowKey } of this.table.listEntities({ queryOptions }))
      actions.push(['delete', { partitionKey: key.partitionKey, rowKey: rowKey! }]);
    const changed = await writeRows(this.table, actions).catch(unlessChanged);
    await deleteRow(this.table, key, changed).catch(unlessChanged);
  }

  async deleteConnector(connector: ConnectorKey, stretch: Stretch = endless): Promise<void> {
    const partitionKey = partition(connector);
    for await (const { rowKey } of this.rows(connector, [])) {
      await deleteRow(this.table, { partitionKey, rowKey });
      if (stretch.isOver) return;
    }
  }

  private async *rows(connector: ConnectorKey, names: readonly Column[]) {
    const filter = odata`PartitionKey eq ${partition(connector)}`;
    const queryOptions = { filter, select: ['RowKey', ...names] };
    for await (const row of this.table.listEntities({ queryOptions }))
      yield { ...columns.parse(row), rowKey: row.rowKey! };
  }
}

/** The map of its first row and the continuation rows. */
function toMap(
  row: Record<string, unknown>,
  more: readonly Record<string, unknown>[],
): LoadedEtagMap {
  const { schemaVersion: version, dirtySyncRunId, writer, savedBy, completed } = columns.parse(row);
  const isCurrent = version === schemaVersion;
  const stored = storedEntries.parse(JSON.parse(fromGzipColumns([row, ...more]) ?? '[]'));
  return {
    entries: new Map(
      stored.map(([key, etag, hash, children, syncRunId]): [string, EtagEntry] => [
        key,
        {
          hash: isCurrent ? hash : '',
          ...(isCurrent && etag !== '' && { etag }),
          ...(children > 0 && { children }),
          ...(syncRunId !== null && { syncRunId }),
        },
      ]),
    ),
    ...(dirtySyncRunId !== '' && { dirtySyncRunId }),
    ...(writer !== savedBy && { isInterrupted: true }),
    ...(completed && { completed }),
    version: { etag: storedEtag(row), ...(writer !== '' && { writer }) },
  };
}

const factoryColumns: readonly Column[] = ['subscriptionId', 'resourceGroup', 'factoryName'];
const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

/** The key of the row whose version guards all that is stored of a kind. */
export const keyOf = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) => ({
  partitionKey: partition(connector),
  rowKey: `${factoryHash(factory)}|${kind}`,
});

/** Catch handler of a write that depends on the version of the map. */
export function unlessChanged(error: unknown): never {
  const isChanged = error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0);
  throw isChanged ? superseded(error) : error;
}

const keyColumns = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) => ({
  ...keyOf(connector, factory, kind),
  kind,
  ...columnsOf(factory),
});

const columnsOf = (factory: FactoryRef) => ({
  subscriptionId: factory.subscriptionId,
  resourceGroup: factory.resourceGroup,
  factoryName: factory.name,
});
