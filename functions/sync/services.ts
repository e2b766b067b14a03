/** Composition of this module: what it offers, and what it needs from outside. */
import type { ChangeLog, EtagMapStore, TombstoneStore } from '../catalog/ports';
import type { CatalogServices } from '../catalog/services';
import type { ConnectorService } from '../connectors/connector-service';
import type { Schedule } from '../connectors/schedule';
import type { FactoryReader } from '../data-factory/ports';
import type { EventLog } from '../events/ports';
import type { RunHistoryServices } from '../run-history/services';
import { ChangeService } from './change-service';
import { DiscoveryService } from './discovery-service';
import { FactoryEndService } from './factories/factory-end-service';
import { FactoryHistoryService } from './factories/factory-history-service';
import { DerivedDataService } from './factories/derived-data-service';
import { FactoryListsService } from './factories/factory-lists-service';
import { MassRemovalService } from './mass-removal-service';
import { OpsService } from './ops-service';
import type { DerivedData, SyncRunStore } from './ports';
import { RefreshService } from './refresh/refresh-service';
import type { SetTimer } from './progress/progress-reporter';
import { ProgressReportingService } from './progress/progress-reporting-service';
import { ProgressService } from './progress/progress-service';
import { StopRequestService } from './stop-request-service';
import { SyncControlService } from './sync-control-service';
import { SyncDeletionService } from './sync-deletion-service';
import { SyncReconciliationService } from './sync-reconciliation-service';
import { SyncRunService } from './sync-run-service';

export interface SyncServices {
  readonly syncRuns: SyncRunService;
  readonly syncControl: SyncControlService;
  readonly syncProgress: ProgressService;
  readonly progressReporting: ProgressReportingService;
  readonly stopRequests: StopRequestService;
  readonly discovery: DiscoveryService;
  readonly factoryEnds: FactoryEndService;
  readonly syncRefresh: RefreshService;
  readonly massRemovals: MassRemovalService;
  readonly syncChanges: ChangeService;
  readonly syncReconciliation: SyncReconciliationService;
  readonly ops: OpsService;
  /** Stops and deletes the sync runs of a connector that is being deleted. */
  readonly syncDeletion: SyncDeletionService;
}

export interface SyncPorts {
  readonly syncRunStore: SyncRunStore;
  readonly changeLog: Pick<ChangeLog, 'list'>;
  readonly tombstoneStore: Pick<TombstoneStore, 'find'>;
  readonly etagMapStore: Pick<EtagMapStore, 'listFactories'>;
  readonly factoryReader: Pick<FactoryReader, 'discover'>;
  readonly connectors: Pick<ConnectorService, 'get' | 'recordSync' | 'inTenant' | 'allTenants'>;
  readonly events: EventLog;
  /** For connectors without a schedule of their own. */
  readonly defaultSchedule: Schedule;
  /** Names this worker in progress reports. */
  readonly worker: string;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Default: `setTimeout`. */
  readonly setTimer?: SetTimer;
}

export function syncServices(ports: SyncPorts): SyncServices {
  const { syncRunStore, changeLog, connectors, events, now } = ports;
  const syncRuns = new SyncRunService(
    syncRunStore,
    connectors,
    now,
    ports.randomBytes,
    ports.defaultSchedule,
    events,
  );
  const stopRequests = new StopRequestService(syncRunStore, now);
  const syncControl = new SyncControlService(syncRuns, connectors, now);
  return {
    syncRuns,
    syncControl,
    syncProgress: new ProgressService(syncRuns, syncRunStore),
    progressReporting: new ProgressReportingService(
      syncRunStore,
      ports.worker,
      now,
      ports.setTimer,
    ),
    stopRequests,
    factoryEnds: new FactoryEndService(syncRunStore, stopRequests, now),
    discovery: new DiscoveryService(
      ports.factoryReader,
      ports.etagMapStore,
      connectors,
      syncRuns,
      stopRequests,
      now,
    ),
    syncRefresh: new RefreshService(connectors, syncRuns, now),
    massRemovals: new MassRemovalService(
      syncRuns,
      syncRunStore,
      changeLog,
      ports.tombstoneStore,
      now,
      events,
    ),
    syncChanges: new ChangeService(syncRuns, changeLog),
    syncReconciliation: new SyncReconciliationService(syncRunStore, syncRuns, now, events),
    ops: new OpsService(syncRunStore, syncControl, connectors, now),
    syncDeletion: new SyncDeletionService(syncRunStore, syncRuns, now),
  };
}

/** What the steps of a sync use of each factory. */
export interface FactorySyncServices {
  readonly factoryLists: FactoryListsService;
  readonly derivedData: DerivedDataService;
  readonly factoryHistory: FactoryHistoryService;
}

export type AllSyncServices = SyncServices & FactorySyncServices;

export interface FactorySyncPorts {
  readonly sync: SyncServices;
  readonly catalog: Pick<CatalogServices, 'catalogMirror' | 'factoryRemoval' | 'documentsOf'>;
  readonly runHistory: Pick<RunHistoryServices, 'runMirror'>;
  readonly etagMapStore: Pick<
    EtagMapStore,
    'loadFactory' | 'findStaleDerivedData' | 'markDerivedDataCurrent'
  >;
  readonly lineage: DerivedData;
  readonly searchIndex: DerivedData;
  readonly now: () => Date;
}

/** Joins the modules, because the catalog itself needs services of the sync module. */
export function factorySyncServices(ports: FactorySyncPorts): AllSyncServices {
  const { sync, catalog, runHistory, etagMapStore, now } = ports;
  const { progressReporting, stopRequests, factoryEnds } = sync;
  return {
    ...sync,
    factoryLists: new FactoryListsService(
      catalog.catalogMirror,
      catalog.factoryRemoval,
      etagMapStore,
      progressReporting,
      stopRequests,
      factoryEnds,
      now,
    ),
    derivedData: new DerivedDataService(
      [
        ['lineage', ports.lineage],
        ['search', ports.searchIndex],
      ],
      catalog.documentsOf,
      etagMapStore,
      stopRequests,
      now,
    ),
    factoryHistory: new FactoryHistoryService(
      runHistory.runMirror,
      progressReporting,
      stopRequests,
      factoryEnds,
      now,
    ),
  };
}
