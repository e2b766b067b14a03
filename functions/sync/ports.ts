import type { Stretch } from '../concurrency/stretch';
import type { DocumentLoader } from '../catalog/document-loader';
import type { OutboxMessage } from '../events/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { SyncRunKey } from '../storage/sync-run-key';
import type {
  FactoryEndEntry,
  ProgressReport,
  RunHistoryEndEntry,
  WorkerProgress,
} from './progress/progress-report';
import type { SyncRun, SyncRunSummary, SyncStatus } from './sync-run';

/** The lock of a connector: only the sync run that it names may write for the connector. */
export interface SyncLock {
  readonly syncRunId: string;
  readonly acquiredAt: string;
}

export type HeldLock = Stored<SyncLock> & { readonly connectorId: string };

/** `events` are stored in the transaction of the change. */
export interface SyncRunStore {
  /** Stores the run and locks its connector, both or none. Throws ConflictError if it is locked. */
  begin(run: SyncRun, events?: readonly OutboxMessage[]): Promise<void>;
  /**
   * Passes the lock to another run, which it stores; the one before is closing. Throws ConflictError
   * if the lock changed.
   */
  takeOverLock(
    run: SyncRun,
    from: Stored<SyncLock>,
    events?: readonly OutboxMessage[],
  ): Promise<void>;
  getLock(connector: ConnectorKey): Promise<Stored<SyncLock> | undefined>;
  /** Every lock of a tenant. */
  listLocks(tenantId: string): Promise<readonly HeldLock[]>;
  /** Releases a lock, unless it changed since it was read. */
  releaseLock(connector: ConnectorKey, lock: Stored<SyncLock>): Promise<void>;
  get(connector: ConnectorKey, syncRunId: string): Promise<Stored<SyncRun> | undefined>;
  /** Newest first. */
  list(connector: ConnectorKey, page: PageRequest): Promise<Page<SyncRunSummary>>;
  /** Runs that were created before a time, newest first. */
  listBefore(connector: ConnectorKey, time: Date, page: PageRequest): Promise<Page<SyncRunSummary>>;
  /** The runs that hold a lock. They are active, or end at this moment. */
  listActive(tenantId: string): Promise<readonly SyncRun[]>;
  /** Runs that have lost their lock, until they are settled. Their instances may still be active. */
  listClosing(tenantId: string): Promise<readonly SyncRunKey[]>;
  /** The instance of the run has ended. May be repeated. */
  settle(run: SyncRunKey): Promise<void>;
  /** The final statuses of the runs that finished at or after a time, of the last day at most. */
  listEnded(tenantId: string, since: Date): Promise<readonly SyncStatus[]>;
  /** Forgets the final statuses before a time. */
  purgeEnded(tenantId: string, before: Date): Promise<void>;
  /** Runs of all connectors of a tenant, connector by connector. */
  listTenant(
    tenantId: string,
    status: SyncStatus | undefined,
    page: PageRequest,
  ): Promise<Page<SyncRunSummary>>;
  find(tenantId: string, syncRunId: string): Promise<SyncRun | undefined>;
  /** Throws StaleError if the run changed since it was read. */
  replace(run: Stored<SyncRun>, events?: readonly OutboxMessage[]): Promise<void>;
  /**
   * For a terminal run: records its end, releases the lock if the run holds it, and deletes its
   * progress report. May be repeated.
   */
  cleanUp(run: SyncRun): Promise<void>;
  /**
   * Replaces the progress of one worker. Throws if the worker has no row yet (or the row was
   * deleted), unless this is its first report.
   */
  reportProgress(
    run: SyncRunKey,
    worker: string,
    progress: WorkerProgress,
    isFirst: boolean,
  ): Promise<void>;
  /** Stores how the lists of a factory ended. May be repeated. */
  reportFactoryEnd(run: SyncRunKey, end: FactoryEndEntry): Promise<void>;
  /** Stores how the run history of a factory ended. May be repeated. */
  reportRunHistoryEnd(run: SyncRunKey, end: RunHistoryEndEntry): Promise<void>;
  getProgress(run: SyncRunKey): Promise<ProgressReport>;
  /** Deletes a run and its progress report. Throws StaleError if it changed since it was read. */
  delete(run: Stored<SyncRun>): Promise<void>;
  /** Deletes the runs, the progress reports and the lock of a connector. May be repeated. */
  deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void>;
}

/** What is derived from a factory when its lists are read: lineage, and the search index after it. */
export interface DerivedData {
  /** Idempotent. Writes nothing if nothing changed. */
  update(documents: DocumentLoader): Promise<unknown>;
}
