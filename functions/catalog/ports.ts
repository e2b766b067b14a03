import type { Page, PageRequest } from '../storage/page';
import type { ChangeQuery, FactoryChange, LoggedChange } from './change-log';
import type { EtagMap } from './etag-map';
import type { ReferenceIndex } from './reference-index';
import type { Tombstone } from './tombstone';
import type {
  FactoryRef,
  ListedKind,
  Resource,
  ResourceKind,
  ResourceSummary,
} from '../data-factory/resource';
import type { Json } from '../data-factory/json';
import type { ConnectorKey } from '../storage/connector-key';

/** A row of the catalogue without its body. */
export interface CatalogRow extends ResourceSummary {
  readonly rowKey: string;
  readonly factory: FactoryRef;
  readonly hash: string;
  readonly syncedAt: string;
}

/** Activities have no body of their own: it is part of their pipeline's. */
export type CatalogRowWithBody = CatalogRow & { readonly body: Json | undefined };

export interface RowPut {
  readonly rowKey: string;
  readonly resource: Resource;
  /** Absent when the row is written anew with what it held before. */
  readonly change?: 'added' | 'changed';
}

/** A change that must appear whole or not at all, as far as the store can hold it in one transaction. */
export interface RowChange {
  readonly put: readonly RowPut[];
  /** Rows to hide; their bodies are kept. */
  readonly remove: readonly string[];
  /** So much vanished at once in this run that what is hidden is not purged before somebody confirms it. */
  readonly quarantinedBy?: string;
}

export interface CatalogStore {
  /** Live rows of a factory in the order of their keys; of one kind when given. */
  list(
    connector: ConnectorKey,
    factory: string,
    kind: ResourceKind | undefined,
    page: PageRequest,
  ): Promise<Page<CatalogRow>>;
  /** A live row with its body; nothing when there is none or it was removed. */
  get(
    connector: ConnectorKey,
    factory: string,
    rowKey: string,
  ): Promise<CatalogRowWithBody | undefined>;
  /** Live rows of one kind with their bodies, in the order of their keys; none before `from`. */
  listBodies(
    connector: ConnectorKey,
    factory: string,
    kind: ListedKind,
    page: { readonly limit: number; readonly from?: string | undefined },
  ): Promise<readonly CatalogRowWithBody[]>;
  /** Writes in the order given where order matters: children before the row they belong to. */
  write(
    connector: ConnectorKey,
    factory: FactoryRef,
    changes: readonly RowChange[],
    at: Date,
  ): Promise<void>;
  /** Keys and hashes of live rows whose key begins with the prefix. */
  listHashes(
    connector: ConnectorKey,
    factory: FactoryRef,
    prefix: string,
  ): Promise<ReadonlyMap<string, string>>;
  /** Deletes every row of a factory, for good. May be repeated. */
  deleteFactory(connector: ConnectorKey, factory: string): Promise<void>;
}

/** A row that is hidden. It comes back as it was when Data Factory shows it again. */
export interface RemovedRow extends CatalogRow {
  readonly removedAt: string;
  readonly quarantinedBy?: string;
}
export type RemovedRowWithBody = RemovedRow & { readonly body: Json | undefined };

/** The hidden rows of the catalogue. */
export interface TombstoneStore {
  /** In the order of their keys; of one kind when given. */
  list(
    connector: ConnectorKey,
    factory: string,
    kind: ResourceKind | undefined,
    page: PageRequest,
  ): Promise<Page<RemovedRow>>;
  /** As it was last; nothing when there is none, or it is not hidden. */
  get(
    connector: ConnectorKey,
    factory: string,
    rowKey: string,
  ): Promise<RemovedRowWithBody | undefined>;
  /** Those of the rows that are hidden. */
  find(
    connector: ConnectorKey,
    factory: string,
    rowKeys: readonly string[],
  ): Promise<readonly Tombstone[]>;
  /**
   * Deletes for good, with all parts of the body, what has not changed since it was found. May be repeated. Gives how
   * many have changed: whoever wants them gone looks for them anew.
   */
  purge(connector: ConnectorKey, factory: string, found: readonly Tombstone[]): Promise<number>;
}

/** Which of these syncs have had their mass removals confirmed. */
export interface RemovalConfirmations {
  findConfirmed(connector: ConnectorKey, runIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Which resources refer to which: an index over the bodies, written after them and before the etag map. */
export interface ReferenceIndexStore {
  load(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<ReferenceIndex>;
  /** Of owners of every kind. */
  loadFactory(connector: ConnectorKey, factory: string): Promise<ReferenceIndex>;
  save(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    all: ReferenceIndex,
  ): Promise<void>;
}

/** What each run changed. Written before the rows themselves; written twice it says the same. */
export interface ChangeLog {
  record(
    connector: ConnectorKey,
    runId: string,
    factory: FactoryRef,
    changes: readonly LoggedChange[],
  ): Promise<void>;
  /** In the order of factories and keys. */
  list(
    connector: ConnectorKey,
    runId: string,
    query: ChangeQuery,
    page: PageRequest,
  ): Promise<Page<FactoryChange>>;
  /** Both may be repeated. */
  deleteRun(connector: ConnectorKey, runId: string): Promise<void>;
  deleteConnector(connector: ConnectorKey): Promise<void>;
}

export type KindCounts = Partial<Record<ResourceKind, number>>;

/** A factory some pass has written about. */
export interface KnownFactory {
  readonly hash: string;
  readonly factory: FactoryRef;
  /** How many of its objects are known; none of one that is gone. */
  readonly objects: number;
  /** The pass that first looked for it in vain. */
  readonly missingSinceRun?: string;
}

export interface EtagMapStore {
  load(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<EtagMap>;
  /** Says that a pass is about to write, before its first row. */
  markDirty(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    pass: string,
  ): Promise<void>;
  save(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind, map: EtagMap): Promise<void>;
  /** In the order of their hashes. */
  listFactories(connector: ConnectorKey): Promise<readonly KnownFactory[]>;
  /** Notes that a pass looked for a factory in vain, or with nothing that it was found again. */
  markMissing(
    connector: ConnectorKey,
    factory: FactoryRef,
    pass: string | undefined,
  ): Promise<void>;
  countByKind(connector: ConnectorKey): Promise<KindCounts>;
  deleteConnector(connector: ConnectorKey): Promise<void>;
}
