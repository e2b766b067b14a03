import type { Stretch } from '../concurrency/stretch';
import type { OutboxMessage } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { Connector, ConnectorSummary } from './connector';

/** `events` are stored in the transaction of the change. */
export interface ConnectorStore {
  /** Throws UpstreamError if the row cannot be read. */
  get(connector: ConnectorKey): Promise<Stored<Connector> | undefined>;
  /**
   * By id, which is newest first. The continuation is the id of the last connector returned. A row
   * that cannot be read is logged, reported and left out.
   */
  list(
    tenantId: string,
    page: PageRequest,
    onUnreadable?: (error: unknown) => void,
  ): Promise<Page<Stored<Connector>>>;
  /** As `list`, but reads only the columns that lists show. At most 500 a page. */
  listSummaries(tenantId: string, page: PageRequest): Promise<Page<ConnectorSummary>>;
  /**
   * Throws ConflictError if the id or the name (compared without case) is taken in the tenant, or if
   * the tenant has `maxConnectors` connectors, also if many are created at the same time.
   */
  create(
    connector: Connector,
    events?: readonly OutboxMessage[],
    maxConnectors?: number,
  ): Promise<Stored<Connector>>;
  /**
   * Throws StaleError if the connector changed since it was read, ConflictError if its new name is
   * taken. A connector that is being deleted gives up its name.
   */
  replace(
    connector: Stored<Connector>,
    events?: readonly OutboxMessage[],
  ): Promise<Stored<Connector>>;
  /** Succeeds if there is nothing to delete. */
  delete(connector: ConnectorKey): Promise<void>;
  /** Every tenant that has ever had a connector. */
  listTenants(): AsyncIterable<string>;
}

/** Data of another module that is deleted together with its connector. Both methods may be repeated. */
export interface ConnectorDependent {
  /** Stops running work of the connector. True if no work is running any more. */
  stop?(connector: ConnectorKey): Promise<boolean>;
  /** Stops early when the stretch is over. The next call deletes what remains. */
  deleteConnector(connector: ConnectorKey, stretch: Stretch): Promise<void>;
}
