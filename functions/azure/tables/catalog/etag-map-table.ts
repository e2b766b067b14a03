/**
 * EtagMapStore in Table Storage. PartitionKey: `{tenant}|{connector}`. RowKey: `{factory
 * hash}|{kind}`. The map is in gzip columns, about 60 bytes per object. The row `factory|{factory
 * hash}` has the name of the factory, its counts, and whether derived data is stale. The transactions
 * of the maps change it.
 */
import { odata, RestError, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { endless, type Stretch } from '../../../concurrency/stretch';
import type {
  ClaimedVersion,
  CompletedList,
  EtagEntry,
  EtagMap,
  LoadedEtagMap,
  MapVersion,
} from '../../../catalog/etag-map';
import type {
  EtagMapStore,
  KindCounts,
  KnownFactory,
  StaleDerivedData,
} from '../../../catalog/ports';
import type { ReferenceIndex } from '../../../catalog/reference-index';
import { superseded } from '../../../catalog/superseded';
import {
  listedKinds,
  resourceKind,
  type FactoryRef,
  type ListedKind,
  type ResourceKind,
} from '../../../data-factory/resource';
import type { ConnectorKey } from '../../../storage/connector-key';
import { factoryHash } from '../../../data-factory/resource-id';
import {
  deleteRow,
  mergeRow,
  storedEtag,
  writeRows,
  type RowKey,
} from '../../table-storage/conditional-write';
import { fromGzipColumns } from '../../table-storage/gzip-columns';
import { jsonColumn, type SchemaShape } from '../../table-storage/json-column';
import { continuationRowKey, writeMultiRows } from '../../table-storage/multi-row-json';
import { onStatus, prefixRange } from '../../table-storage/table-client';
import { submitUnconditional } from '../../table-storage/unconditional-write';
import { toReferenceRow } from './reference-index-table';
import { massRemoval, tallies } from '../sync-run-json';

/**
 * Raised when the format of rows changes. Entries of an older version are ignored, so all rows are
 * written again.
 */
const schemaVersion = 3;

/** More writers than can run at a time: a step ends after minutes. */
const maxEarlierWriters = 100;

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
  earlierWriters: z.string().default(''),
  savedBy: z.string().default(''),
  completed: jsonColumn(completedList).optional(),
});

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
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`;
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
    writer: string,
  ): Promise<ClaimedVersion> {
    const earlier = [loaded.writer ?? [], loaded.earlierWriters ?? []].flat();
    const row = {
      ...keyColumns(connector, factory, kind),
      dirtySyncRunId,
      writer,
      earlierWriters: earlier.slice(0, maxEarlierWriters).join(' '),
    };
    const { etag } = loaded;
    const claimed: TransactionAction =
      etag === undefined ? ['create', row] : ['update', row, 'Merge', { etag }];
    // The factory is known before its first row is written, so that its rows can be deleted.
    const known = changeFactory(connector, factory, {
      ...(etag === undefined && { [countOf(kind)]: unsavedCount }),
      derivedIsStale: true,
    });
    const written = writeRows(this.table, [claimed, known]);
    return { etag: await written.catch(unlessChanged), writer };
  }

  async save(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    map: EtagMap,
    { etag, writer }: ClaimedVersion,
    references?: ReferenceIndex,
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
      earlierWriters: '',
      savedBy: map.isInterrupted ? '' : writer,
      schemaVersion,
      ...(map.completed && { completed: JSON.stringify(map.completed) }),
    };
    const guard = { rowKey: row.rowKey, etag };
    const counts = {
      [countOf(kind)]: entries.length,
      ...(kind === 'pipeline' && { [countOf('activity')]: children }),
    };
    const known = changeFactory(connector, factory, counts);
    const rows = [
      references ? toReferenceRow(connector, factory, kind, references) : [],
      { row, json: JSON.stringify(entries) },
    ].flat();
    await writeMultiRows(this.table, rows, guard, [known]).catch(unlessChanged);
  }

  async listFactories(connector: ConnectorKey): Promise<readonly KnownFactory[]> {
    const found: KnownFactory[] = [];
    for await (const each of this.known(connector)) {
      const { hash, factory, goneSinceRun, derivedIsStale, counts } = each;
      const ofKind = (kind: ListedKind) => counts[countOf(kind)] ?? 0;
      found.push({
        hash,
        factory,
        objects: objectsIn(counts),
        kinds: listedKinds.filter((kind) => ofKind(kind) !== 0),
        ...(goneSinceRun !== '' && { goneSinceRun }),
        ...(derivedIsStale && { derivedIsStale }),
      });
    }
    return found;
  }

  async markGone(connector: ConnectorKey, factory: FactoryRef, syncRunId: string | undefined) {
    const mark = changeFactory(connector, factory, { goneSinceRun: syncRunId ?? '' });
    await submitUnconditional(this.table, [mark]);
  }

  async findStaleDerivedData(connector: ConnectorKey, factory: FactoryRef) {
    const { partitionKey, rowKey } = factoryKeyOf(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return undefined;
    const { derivedIsStale, counts } = knownRow.parse(row);
    return derivedIsStale ? { etag: storedEtag(row), objects: objectsIn(counts) } : undefined;
  }

  async markDerivedDataCurrent(
    connector: ConnectorKey,
    factory: FactoryRef,
    { etag }: StaleDerivedData,
  ) {
    const row = { ...factoryKeyOf(connector, factory), derivedIsStale: false };
    await mergeRow(this.table, row, etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  async countByKind(connector: ConnectorKey): Promise<KindCounts> {
    const sums: KindCounts = {};
    for await (const { counts } of this.known(connector))
      for (const kind of resourceKind.options) {
        const count = counts[countOf(kind)];
        if (count !== undefined) sums[kind] = (sums[kind] ?? 0) + Math.max(0, count);
      }
    return sums;
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

  /** A claim changes the row, so it is kept if a map was created after the maps were listed. */
  async forgetFactory(connector: ConnectorKey, factory: FactoryRef): Promise<void> {
    const { partitionKey, rowKey } = factoryKeyOf(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row || (await this.loadFactory(connector, factory)).size > 0) return;
    await deleteRow(this.table, { partitionKey, rowKey }, storedEtag(row))
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  /** Deletes the rows of factories last, because they list what is to be deleted. */
  async deleteConnector(connector: ConnectorKey, stretch: Stretch = endless): Promise<void> {
    const partitionKey = partition(connector);
    const { from, to } = prefixRange(factoryPrefix);
    const own = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
    const others = odata`PartitionKey eq ${partitionKey} and (RowKey lt ${from} or RowKey ge ${to})`;
    for (const filter of [others, own]) {
      const queryOptions = { filter, select: ['RowKey'] };
      for await (const { rowKey } of this.table.listEntities({ queryOptions })) {
        if (stretch.isOver) return;
        await deleteRow(this.table, { partitionKey, rowKey: rowKey! });
      }
    }
  }

  private async *known(connector: ConnectorKey) {
    const { from, to } = prefixRange(factoryPrefix);
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`;
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const { subscriptionId, resourceGroup, factoryName: name, ...state } = knownRow.parse(row);
      const factory = { subscriptionId, resourceGroup, name };
      yield { hash: row.rowKey!.slice(factoryPrefix.length), factory, ...state };
    }
  }
}

/** The map of its first row and the continuation rows. */
function toMap(
  row: Record<string, unknown>,
  more: readonly Record<string, unknown>[],
): LoadedEtagMap {
  const { schemaVersion: version, dirtySyncRunId, writer, ...others } = columns.parse(row);
  const { earlierWriters, savedBy, completed } = others;
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
    version: {
      etag: storedEtag(row),
      ...(writer !== '' && { writer }),
      ...(earlierWriters !== '' && { earlierWriters: earlierWriters.split(' ') }),
    },
  };
}

const factoryPrefix = 'factory|';

/** Count of a kind whose map was never saved, so it may have rows. */
const unsavedCount = -1;

const objectsIn = (counts: Readonly<Record<string, number | undefined>>): number =>
  listedKinds.reduce((sum, kind) => sum + Math.max(0, counts[countOf(kind)] ?? 0), 0);
const countOf = (kind: ResourceKind) => `count_${kind}` as const;

const knownRow = z
  .looseObject({
    subscriptionId: z.string(),
    resourceGroup: z.string(),
    factoryName: z.string(),
    goneSinceRun: z.string().default(''),
    derivedIsStale: z.boolean().default(false),
  })
  .transform(({ subscriptionId, resourceGroup, factoryName, goneSinceRun, ...row }) => ({
    subscriptionId,
    resourceGroup,
    factoryName,
    goneSinceRun,
    derivedIsStale: row.derivedIsStale,
    counts: countColumns.parse(row),
  }));
const countColumns = z.object(
  Object.fromEntries(resourceKind.options.map((kind) => [countOf(kind), z.int().optional()])),
);

const factoryKeyOf = (connector: ConnectorKey, factory: FactoryRef) => ({
  partitionKey: partition(connector),
  rowKey: `${factoryPrefix}${factoryHash(factory)}`,
});

/** Changes columns of the row of a factory and keeps the others. */
const changeFactory = (
  connector: ConnectorKey,
  factory: FactoryRef,
  changed: Readonly<Record<string, number | string | boolean>>,
): ['upsert', RowKey & Record<string, unknown>, 'Merge'] => [
  'upsert',
  { ...factoryKeyOf(connector, factory), ...columnsOf(factory), ...changed },
  'Merge',
];

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

/** The key of the row whose version guards all that is stored of a kind. */
const keyOf = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) => ({
  partitionKey: partition(connector),
  rowKey: `${factoryHash(factory)}|${kind}`,
});

/** Catch handler of a write that depends on the version of the map. */
function unlessChanged(error: unknown): never {
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
