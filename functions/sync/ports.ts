import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { SyncRun, SyncRunSummary, SyncStatus } from './sync-run';
import type { FactoryEndEntry, Told, WorkerProgress } from './progress/progress-report';
import type { RunKey } from './step-messages';

/** Who may sync a connector: whoever's run this row names. */
export interface Lock {
  readonly runId: string;
  readonly acquiredAt: string;
}

export type HeldLock = Stored<Lock> & { readonly connectorId: string };

export interface SyncRunStore {
  /** Stores the run and locks its connector, both or none. Throws ConflictError when it is locked. */
  begin(run: SyncRun): Promise<void>;
  /** Passes the lock from one run to another. Throws ConflictError when somebody else was faster. */
  takeOver(run: SyncRun, from: Stored<Lock>): Promise<void>;
  lock(connector: ConnectorKey): Promise<Stored<Lock> | undefined>;
  /** Every lock in a tenant. */
  locks(tenantId: string): Promise<readonly HeldLock[]>;
  /** Gives a lock back, unless somebody else has taken it since it was read. */
  release(connector: ConnectorKey, lock: Stored<Lock>): Promise<void>;
  get(connector: ConnectorKey, runId: string): Promise<Stored<SyncRun> | undefined>;
  /** Newest first. */
  list(connector: ConnectorKey, page: PageRequest): Promise<Page<SyncRunSummary>>;
  /** Those that began before a time, newest first. */
  before(connector: ConnectorKey, time: Date, page: PageRequest): Promise<Page<SyncRunSummary>>;
  /** Runs of a tenant that are not over, and those that ended after a time. */
  listActive(tenantId: string, since: Date): Promise<readonly SyncRun[]>;
  /** Runs of all connectors of a tenant, connector by connector. */
  listTenant(
    tenantId: string,
    status: SyncStatus | undefined,
    page: PageRequest,
  ): Promise<Page<SyncRunSummary>>;
  find(tenantId: string, runId: string): Promise<SyncRun | undefined>;
  /** Throws StaleError when it changed since it was read. */
  replace(run: Stored<SyncRun>): Promise<void>;
  /** The same, gives the lock back if this run holds it, and forgets what was told meanwhile. */
  finish(run: Stored<SyncRun>): Promise<void>;
  /**
   * What one worker has done for a run so far, in place of what it said before. Throws when it has said nothing yet
   * (or all was forgotten), unless this is said to be the first.
   */
  tell(run: RunKey, worker: string, word: WorkerProgress, isFirst: boolean): Promise<void>;
  /** How a factory ended, while others go on. Said twice it counts once. */
  tellEnd(run: RunKey, ended: FactoryEndEntry): Promise<void>;
  told(run: RunKey): Promise<Told>;
  /** Deletes a run for good. Throws StaleError when it changed since it was read. */
  delete(run: Stored<SyncRun>): Promise<void>;
  /** Deletes runs, what was told of them, and the lock, for good. May be repeated. */
  deleteConnector(connector: ConnectorKey): Promise<void>;
}
