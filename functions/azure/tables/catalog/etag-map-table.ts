/**
 * EtagMapStore in Table Storage. PartitionKey: `{tenant}|{connector}`. RowKey: `{factory
 * hash}|{kind}` of a map (etag-map-row.ts), and `factory|{factory hash}` of the row of a factory
 * (factory-row.ts), which the transactions of the maps change.
 */
import { odata, RestError, type TableClient, type TransactionAction } from '@azure/data-tables';
import { endless, type Stretch } from '../../../concurrency/stretch';
import type { ClaimedVersion, EtagMap, LoadedEtagMap, MapVersion } from '../../../catalog/etag-map';
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
} from '../../../data-factory/resource';
import type { ConnectorKey } from '../../../storage/connector-key';
import { factoryHash } from '../../../data-factory/resource-id';
import { deleteRow, mergeRow, storedEtag, writeRows } from '../../table-storage/conditional-write';
import { continuationRowKey, writeMultiRows } from '../../table-storage/multi-row-json';
import { onStatus, prefixRange } from '../../table-storage/table-client';
import { submitUnconditional } from '../../table-storage/unconditional-write';
import { fromEtagMap, keyColumns, keyOf, toEtagMap } from './etag-map-row';
import {
  changeFactory,
  countOf,
  factoryKeyOf,
  factoryPrefix,
  factoryRow,
  objectsIn,
  partition,
  unsavedCount,
} from './factory-row';
import { toReferenceRow } from './reference-index-table';

/** More writers than can run at a time: a step ends after minutes. */
const maxEarlierWriters = 100;

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
    return toEtagMap(row, more);
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
      maps.set(kind, isWhole ? toEtagMap(row, more) : await this.load(connector, factory, kind));
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
    const { row, json } = fromEtagMap(map, writer);
    const key = keyColumns(connector, factory, kind);
    const activities = [...map.entries.values()].reduce(
      (sum, each) => sum + (each.children ?? 0),
      0,
    );
    const counts = {
      [countOf(kind)]: map.entries.size,
      ...(kind === 'pipeline' && { [countOf('activity')]: activities }),
    };
    const known = changeFactory(connector, factory, counts);
    const rows = [
      references ? toReferenceRow(connector, factory, kind, references) : [],
      { row: { ...key, ...row }, json },
    ].flat();
    await writeMultiRows(this.table, rows, { rowKey: key.rowKey, etag }, [known]).catch(
      unlessChanged,
    );
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
    const { derivedIsStale, counts } = factoryRow.parse(row);
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
      const { subscriptionId, resourceGroup, factoryName: name, ...state } = factoryRow.parse(row);
      const factory = { subscriptionId, resourceGroup, name };
      yield { hash: row.rowKey!.slice(factoryPrefix.length), factory, ...state };
    }
  }
}

/** Catch handler of a write that depends on the version of the map. */
function unlessChanged(error: unknown): never {
  const isChanged = error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0);
  throw isChanged ? superseded(error) : error;
}
