/** The rooms of catalogue and sync on fakes, with what Durable would do done at once when a test asks for it. */
import { CatalogService } from '../../functions/catalog/catalog-service';
import { EdgeService } from '../../functions/catalog/edge-service';
import { MirrorService } from '../../functions/catalog/mirror-service';
import { RemovedResourcesService } from '../../functions/catalog/removed-resources-service';
import type { Connector } from '../../functions/connectors/connector';
import { RetentionService } from '../../functions/retention/retention-service';
import { ChangeService } from '../../functions/sync/change-service';
import { DiscoveryService } from '../../functions/sync/discovery-service';
import { StopRequestService } from '../../functions/sync/stop-request-service';
import { ProgressReportingService } from '../../functions/sync/progress/progress-reporting-service';
import { OpsService } from '../../functions/sync/ops-service';
import { ProgressService } from '../../functions/sync/progress/progress-service';
import { RemovedResourcesRetentionService } from '../../functions/retention/removed-resources-retention-service';
import { MassRemovalService } from '../../functions/sync/mass-removal-service';
import { SyncReconciliationService } from '../../functions/sync/sync-reconciliation-service';
import { ScheduleService } from '../../functions/connectors/schedule-service';
import { SyncControlService } from '../../functions/sync/sync-control-service';
import { SyncRunService } from '../../functions/sync/sync-run-service';
import { fakeCatalogStore } from '../fakes/catalog-store';
import { fakeChangeLog } from '../fakes/change-log';
import { fakeEtagMaps } from '../fakes/etag-map-store';
import { fakeFactoryReader } from '../fakes/factory-reader';
import { fakeReferrals } from '../fakes/reference-index-store';
import { fakeRunStates, fakeRunHistoryStore } from '../fakes/run-history-store';
import { RunHistoryService } from '../../functions/run-history/run-history-service';
import { RunHistoryRetentionService } from '../../functions/retention/run-history-retention-service';
import { fakeSyncRunStore } from '../fakes/sync-run-store';
import { aConnectedConnector } from './builders';
import { testContext } from './context';

export function syncContext(connectors: readonly Connector[] = [aConnectedConnector()]) {
  const world = testContext({ connectors });
  const { now } = world.services;
  const store = fakeCatalogStore();
  const referrals = fakeReferrals();
  const maps = fakeEtagMaps();
  const changes = fakeChangeLog();
  const runs = fakeSyncRunStore();
  const factories = fakeFactoryReader();
  const history = fakeRunHistoryStore();
  const histories = fakeRunStates();
  let drawn = 0;
  const random = (size: number) => new Uint8Array(size).fill(++drawn);
  const mirror = new MirrorService(factories, store, referrals, maps, changes, now);
  const hourly = { kind: 'interval' as const, minutes: 60, paused: false };
  const syncRuns = new SyncRunService(
    runs,
    world.services.connectors,
    now,
    random,
    hourly,
    world.services.events,
  );
  const steering = new SyncControlService(syncRuns, now);
  const { connectors: owned, events } = world.services;
  const { tombstones } = store;
  const removals = new MassRemovalService(syncRuns, runs, changes, tombstones, events, now);
  const keptInDays = { removed: 30, history: 90 };
  const retention = new RetentionService(
    new RemovedResourcesRetentionService(owned, runs, changes, tombstones, keptInDays, now),
    new RunHistoryRetentionService(owned, history, histories, 45, now),
    { events: world.eventStore, deliveries: world.deliveryStore },
    keptInDays.history,
    now,
  );
  const services = {
    ...world.services,
    factories,
    mirror,
    catalog: new CatalogService(store, maps),
    edges: new EdgeService(store, referrals, maps),
    discovery: new DiscoveryService(factories, maps, world.services.connectors, now),
    syncRuns,
    syncProgress: new ProgressService(syncRuns, runs, now),
    steering,
    removals,
    removed: new RemovedResourcesService(tombstones, store, maps, removals),
    retention,
    ops: new OpsService(runs, steering, world.services.connectors, now),
    syncReconciliation: new SyncReconciliationService(runs, syncRuns, now),
    changes: new ChangeService(syncRuns, changes),
    schedules: new ScheduleService(world.services.connectors, now, hourly, events),
    halts: new StopRequestService(runs, now),
    // Its clock stands still, so nothing would come later.
    progressReporting: new ProgressReportingService(runs, 'worker', now, () => undefined),
    runHistory: new RunHistoryService(history, histories),
  };
  return {
    ...world,
    services,
    history,
    histories,
    catalogRows: store,
    maps,
    changes,
    runs,
    factories,
    mirror,
  };
}
