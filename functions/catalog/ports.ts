import type { Page, PageRequest } from '../page';
import type { Edge, EdgeKind } from './edge';
import type { ChangeQuery, FactoryChange, LoggedChange } from './change-log';
import type { TaggedFactory } from '../connectors/factory-filter';
import type { EtagMap } from './etag-map';
import type { SourceCursor } from './mirror';
import type {
  ConnectorKey,
  FactoryRef,
  Json,
  ListedKind,
  Resource,
  ResourceKind,
  ResourceSummary,
} from './resource';

/** A row of the catalogue without its body. */
export interface CatalogRow extends ResourceSummary {
  readonly rowKey: string;
  readonly factory: FactoryRef;
  readonly hash: string;
  readonly syncedAt: string;
}

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
  readonly heldBy?: string;
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
  ): Promise<(CatalogRow & { readonly body: Json | undefined }) | undefined>;
  /** Writes in the order given where order matters: children before the row they belong to. */
  write(
    connector: ConnectorKey,
    factory: FactoryRef,
    changes: readonly RowChange[],
    at: Date,
  ): Promise<void>;
  /** Keys and hashes of live rows whose key begins with the prefix. */
  hashes(
    connector: ConnectorKey,
    factory: FactoryRef,
    prefix: string,
  ): Promise<ReadonlyMap<string, string>>;
  /** Deletes every row of a factory, for good. May be repeated. */
  deleteFactory(connector: ConnectorKey, factory: string): Promise<void>;
}

export interface EdgeChange {
  readonly put: readonly { readonly key: string; readonly hash: string; readonly edge: Edge }[];
  /** Keys of edges to delete. */
  readonly remove: readonly string[];
}

/** Edges to look for: those that begin at a row, those that end at it, or both. */
export interface EdgeQuery {
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly kind?: EdgeKind | undefined;
}

export type EdgeCounts = Partial<Record<EdgeKind, number>>;

/** Every edge can be found from both of its ends. Edges never leave their factory. */
export interface EdgeStore {
  /** Keys and hashes of the edges that begin at a row or at one it owns. */
  hashes(
    connector: ConnectorKey,
    factory: FactoryRef,
    owner: string,
  ): Promise<ReadonlyMap<string, string>>;
  write(
    connector: ConnectorKey,
    factory: FactoryRef,
    changes: readonly EdgeChange[],
  ): Promise<void>;
  /** In the order of their keys, which has no meaning but stays the same. */
  list(
    connector: ConnectorKey,
    factory: string,
    query: EdgeQuery,
    page: PageRequest,
  ): Promise<Page<Edge>>;
  /** Per kind, of those that begin or end at a row. Counts no further than the first thousand. */
  count(connector: ConnectorKey, factory: string, query: EdgeQuery): Promise<EdgeCounts>;
  /** Deletes every edge of a factory. May be repeated. */
  deleteFactory(connector: ConnectorKey, factory: string): Promise<void>;
}

/** What each run changed. Written before the rows themselves; written twice it says the same. */
export interface ChangeLog {
  note(
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
  deleteConnector(tenantId: string, connectorId: string): Promise<void>;
}

export type KindCounts = Partial<Record<ResourceKind, number>>;

/** A factory some pass has written about. */
export interface KnownFactory {
  readonly hash: string;
  readonly factory: FactoryRef;
  /** How many of its objects are known; none of one that is gone. */
  readonly objects: number;
  /** The pass that first looked for it in vain. */
  readonly missedBy?: string;
}

export interface EtagMapStore {
  load(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<EtagMap>;
  /** Says that a pass is about to write, before its first row. */
  open(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind, pass: string): Promise<void>;
  save(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind, map: EtagMap): Promise<void>;
  /** In the order of their hashes. */
  factories(connector: ConnectorKey): Promise<readonly KnownFactory[]>;
  /** Notes that a pass looked for a factory in vain, or with nothing that it was found again. */
  miss(connector: ConnectorKey, factory: FactoryRef, pass: string | undefined): Promise<void>;
  counts(connector: ConnectorKey): Promise<KindCounts>;
  deleteConnector(connector: ConnectorKey): Promise<void>;
}

export interface SourcePage {
  readonly items: readonly Json[];
  /** Of private endpoints: the virtual network they were listed of. */
  readonly parent?: string;
  /** Absent after the last page. */
  readonly cursor?: SourceCursor;
}

/**
 * Data Factory as a connector may see it. Failures are AppErrors: ThrottledError when the wait is too long to sit
 * out, RefusedError for no access, NotFoundError for what is gone, UpstreamError for the rest, after retries.
 */
export interface FactoryReader {
  /** Every factory the connector may read, over all its subscriptions, each once. */
  discover(connector: ConnectorKey): Promise<readonly TaggedFactory[]>;
  readPage(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    cursor?: SourceCursor,
  ): Promise<SourcePage>;
}
