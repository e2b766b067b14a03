import type { Stretch } from '../concurrency/stretch';
import type { Json } from '../data-factory/json';
import type {
  FactoryRef,
  ListedKind,
  Resource,
  ResourceKind,
  ResourceSummary,
} from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { ChangeQuery, ChangeType, FactoryChange, LoggedChange, RowName } from './change-log';
import type { ClaimedVersion, EtagMap, LoadedEtagMap, MapVersion } from './etag-map';
import type {
  LoadedPackedHead,
  PackedBuckets,
  PackedFactory,
  PackedHead,
  PackedUnit,
} from './packed-units';
import type { ReferenceIndex } from './reference-index';
import type { Tombstone } from './tombstone';

/** A resource in the catalog, without its JSON. */
export interface CatalogRow extends ResourceSummary {
  readonly rowKey: string;
  readonly factory: FactoryRef;
  readonly hash: string;
  readonly syncedAt: string;
}

/** `body` is undefined for an activity: its JSON is part of the body of its pipeline. */
export type CatalogRowWithBody = CatalogRow & { readonly body: Json | undefined };

export interface RowPut {
  readonly rowKey: string;
  readonly resource: Resource;
  /** Absent if the row is rewritten with the same content. */
  readonly change?: 'added' | 'changed';
}

/** Rows to change together. The change is atomic if the rows fit into one transaction. */
export interface RowChange {
  readonly put: readonly RowPut[];
  /** Row keys to hide. Their bodies are kept. */
  readonly remove: readonly string[];
  /** Sync run of a mass removal. The hidden rows are not purged until the removal is confirmed. */
  readonly quarantinedBy?: string;
}

/** One step that writes one kind of a factory. Activities belong to the kind `pipeline`. */
export interface RowWriter {
  readonly kind: ListedKind;
  readonly writer: string;
}

/** Live rows of the catalog. `factory` as a string is the hash of a factory. */
export interface CatalogStore {
  /** Ordered by row key. Returns rows of every kind if `kind` is undefined. */
  list(
    connector: ConnectorKey,
    factory: string,
    kind: ResourceKind | undefined,
    page: PageRequest,
  ): Promise<Page<CatalogRow>>;
  /** Resolves to undefined if the row does not exist or is removed. */
  get(
    connector: ConnectorKey,
    factory: string,
    rowKey: string,
  ): Promise<CatalogRowWithBody | undefined>;
  /** Ordered by row key, starting at `from`. Of every listed kind if `kind` is undefined. */
  listBodies(
    connector: ConnectorKey,
    factory: string,
    kind: ListedKind | undefined,
    page: { readonly limit: number; readonly from?: string | undefined },
  ): Promise<readonly CatalogRowWithBody[]>;
  /** Lets a writer write the rows of its kind. May be repeated. */
  admitWriter(connector: ConnectorKey, factory: FactoryRef, writer: RowWriter): Promise<void>;
  /** The writers can write no longer, if they were admitted. May be repeated. */
  dismissWriters(
    connector: ConnectorKey,
    factory: FactoryRef,
    writers: readonly RowWriter[],
  ): Promise<void>;
  /** No writer of the kind can write any longer. May be repeated. */
  dismissAllWriters(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<void>;
  /**
   * Writes the rows of each change in order: activities before their pipeline. Throws SupersededError
   * if the writer is not admitted any more; then nothing of a transaction is written.
   */
  write(
    connector: ConnectorKey,
    factory: FactoryRef,
    changes: readonly RowChange[],
    at: Date,
    writer: RowWriter,
  ): Promise<void>;
  /** Hashes by row key, of rows whose key begins with the prefix. */
  listHashes(
    connector: ConnectorKey,
    factory: FactoryRef,
    prefix: string,
  ): Promise<ReadonlyMap<string, string>>;
  /** Names of rows, live or removed. A row that does not exist is left out. */
  namesOf(
    connector: ConnectorKey,
    factory: FactoryRef,
    rowKeys: readonly string[],
  ): Promise<ReadonlyMap<string, RowName>>;
  /** Deletes every row of a factory, including removed ones. Idempotent. */
  deleteFactory(connector: ConnectorKey, factory: string, stretch?: Stretch): Promise<void>;
}

/** A hidden row. Writing the resource again makes the row live. */
export interface RemovedRow extends CatalogRow {
  readonly removedAt: string;
  readonly quarantinedBy?: string;
}
export type RemovedRowWithBody = RemovedRow & { readonly body: Json | undefined };

/** Hidden rows of the catalog. `factory` is the hash of a factory. */
export interface TombstoneStore {
  /** Ordered by row key. Returns rows of every kind if `kind` is undefined. */
  list(
    connector: ConnectorKey,
    factory: string,
    kind: ResourceKind | undefined,
    page: PageRequest,
  ): Promise<Page<RemovedRow>>;
  /** Resolves to undefined if the row does not exist or is live. */
  get(
    connector: ConnectorKey,
    factory: string,
    rowKey: string,
  ): Promise<RemovedRowWithBody | undefined>;
  /** Returns the tombstones among the row keys. */
  find(
    connector: ConnectorKey,
    factory: string,
    rowKeys: readonly string[],
  ): Promise<readonly Tombstone[]>;
  /**
   * Deletes the rows with all parts of their bodies, except rows that changed since they were
   * found. Idempotent. Resolves to the number of changed rows; find them again to purge them.
   */
  purge(connector: ConnectorKey, factory: string, found: readonly Tombstone[]): Promise<number>;
}

/** Finds the sync runs whose mass removals were confirmed. Implemented by the sync module. */
export interface RemovalConfirmations {
  findConfirmed(
    connector: ConnectorKey,
    syncRunIds: readonly string[],
  ): Promise<ReadonlySet<string>>;
}

/** References by document. EtagMapStore saves them, with the etag map of their kind. */
export interface ReferenceIndexStore {
  load(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<ReferenceIndex>;
  /** Documents of every kind. `factory` is the hash of a factory. */
  loadFactory(connector: ConnectorKey, factory: string): Promise<ReferenceIndex>;
}

/** Changes of each sync run. */
export interface ChangeLog {
  /** Must precede the write of the rows. Idempotent. */
  record(
    connector: ConnectorKey,
    syncRunId: string,
    factory: FactoryRef,
    changes: readonly LoggedChange[],
  ): Promise<void>;
  /** Changes by row key that the sync run recorded for a factory, of every kind if undefined. */
  recorded(
    connector: ConnectorKey,
    syncRunId: string,
    factory: FactoryRef,
    kind?: ResourceKind,
  ): Promise<ReadonlyMap<string, ChangeType>>;
  /** Ordered by factory and row key. */
  list(
    connector: ConnectorKey,
    syncRunId: string,
    query: ChangeQuery,
    page: PageRequest,
  ): Promise<Page<FactoryChange>>;
  /** Idempotent. */
  deleteRun(connector: ConnectorKey, syncRunId: string): Promise<void>;
  /** Idempotent. */
  deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void>;
}

export type KindCounts = Partial<Record<ResourceKind, number>>;

/** A factory that a sync run has written. */
export interface KnownFactory {
  readonly hash: string;
  readonly factory: FactoryRef;
  /** Number of known objects. 0 for a removed factory. */
  readonly objects: number;
  /** Kinds that may have rows. */
  readonly kinds: readonly ListedKind[];
  /** The first of the sync runs in a row for which the factory was gone. */
  readonly goneSinceRun?: string;
  /** Rows may have changed since lineage and search were updated. */
  readonly derivedIsStale?: true;
}

/** Version of the row of a factory whose derived data is stale. */
export interface StaleDerivedData {
  readonly etag: string;
  /** Number of objects of the factory that are known. */
  readonly objects: number;
}

export interface EtagMapStore {
  load(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<LoadedEtagMap>;
  /** The maps of every kind. A kind that was never stored is absent. */
  loadFactory(
    connector: ConnectorKey,
    factory: FactoryRef,
  ): Promise<ReadonlyMap<ListedKind, LoadedEtagMap>>;
  /**
   * Lets only this writer save the map, marks the map as dirty, and derived data of the factory as
   * stale. Must precede the first row that a step writes. Throws SupersededError if the map changed
   * since it was loaded.
   */
  claim(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    syncRunId: string,
    loaded: MapVersion,
    writer: string,
  ): Promise<ClaimedVersion>;
  /**
   * Saves the map, and with it the reference index of the kind if there is one. Throws
   * SupersededError if another writer has claimed the map.
   */
  save(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    map: EtagMap,
    version: ClaimedVersion,
    references?: ReferenceIndex,
  ): Promise<void>;
  /** Ordered by hash. */
  listFactories(connector: ConnectorKey): Promise<readonly KnownFactory[]>;
  /** Records that the factory was gone for a sync run. Undefined records that it exists. */
  markGone(
    connector: ConnectorKey,
    factory: FactoryRef,
    syncRunId: string | undefined,
  ): Promise<void>;
  /** Undefined if derived data of the factory is not stale. */
  findStaleDerivedData(
    connector: ConnectorKey,
    factory: FactoryRef,
  ): Promise<StaleDerivedData | undefined>;
  /** Derived data stays stale if the row of the factory changed since it was found. */
  markDerivedDataCurrent(
    connector: ConnectorKey,
    factory: FactoryRef,
    found: StaleDerivedData,
  ): Promise<void>;
  countByKind(connector: ConnectorKey): Promise<KindCounts>;
  /**
   * Deletes the map of a kind and its reference index. Throws SupersededError if the map changed since
   * it was loaded.
   */
  forget(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    loaded: MapVersion,
  ): Promise<void>;
  /** The factory is no longer known, unless it has a map by now. */
  forgetFactory(connector: ConnectorKey, factory: FactoryRef): Promise<void>;
  deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void>;
}

/** Units of factories as packed rows, deleted with the etag maps of a connector. */
export interface PackedUnitStore<Unit extends PackedUnit> {
  /** Ordered by hash. */
  listFactories(connector: ConnectorKey): Promise<readonly PackedFactory[]>;
  /** Without versions if nothing is stored. */
  loadHead(connector: ConnectorKey, factory: FactoryRef): Promise<LoadedPackedHead>;
  /** All units. `factory` is the hash of a factory. */
  loadUnits(connector: ConnectorKey, factory: string): Promise<PackedBuckets<Unit>>;
  /**
   * Replaces the given buckets and then the head. Throws SupersededError if the head changed since it
   * was loaded; buckets may have been written by then, and are written again with the next head.
   */
  save(
    connector: ConnectorKey,
    factory: FactoryRef,
    head: PackedHead,
    buckets: PackedBuckets<Unit>,
    loaded: LoadedPackedHead,
  ): Promise<void>;
  /**
   * Deletes what is stored of a factory. May be repeated. Throws SupersededError if the head changed
   * since it was loaded; units may be deleted by then.
   */
  forget(connector: ConnectorKey, factory: FactoryRef, loaded: LoadedPackedHead): Promise<void>;
}
