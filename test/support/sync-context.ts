/**
 * The modules that a sync uses, built by their factories on fakes. Nothing runs until a test calls
 * it.
 */
import { catalogServices } from '../../functions/catalog/services';
import type { Connector } from '../../functions/connectors/connector';
import type { LineageUnit } from '../../functions/lineage/lineage-unit';
import { lineageServices } from '../../functions/lineage/services';
import { fakePushStore, fakeTargetStore } from '../fakes/openlineage-stores';
import type { PackedUnit } from '../../functions/catalog/packed-units';
import type { SearchUnit } from '../../functions/search/search-unit';
import { searchServices } from '../../functions/search/services';
import { indexedDurableClient } from '../../functions/ops/indexed-durable-client';
import { ScheduleService } from '../../functions/connectors/schedule-service';
import { OrchestrationIndexService } from '../../functions/ops/orchestration-index-service';
import { openLineageServices } from '../../functions/openlineage/services';
import { opsServices } from '../../functions/ops/services';
import { retentionServices } from '../../functions/retention/services';
import { runHistoryServices } from '../../functions/run-history/services';
import type { FactoryReport } from '../../functions/sync/factories/factory-report';
import { LoggedPipelineChanges } from '../../functions/sync/changes/pipeline-changes';
import type { SyncOutcome } from '../../functions/sync/orchestration/step-messages';
import {
  factorySyncServices,
  syncServices,
  type SyncServices,
} from '../../functions/sync/services';
import { fakeCatalogStore } from '../fakes/catalog-store';
import { fakeChangeLog } from '../fakes/change-log';
import { fakeEtagMapStore } from '../fakes/etag-map-store';
import { fakeFactoryReader } from '../fakes/factory-reader';
import { fakePackedUnitStore } from '../fakes/packed-unit-store';
import { fakeOrchestrationStore } from '../fakes/orchestration-store';
import { fakeReferenceIndexStore } from '../fakes/reference-index-store';
import { fakeRunHistoryStates, fakeRunHistoryStore } from '../fakes/run-history-store';
import { fakeSyncRunStore } from '../fakes/sync-run-store';
import { aConnectedConnector } from './builders';
import { testContext } from './context';

const defaultSchedule = { kind: 'interval' as const, minutes: 60, paused: false };
const runHistoryRetentionDays = 45;

export function syncContext(
  connectors: readonly Connector[] = [aConnectedConnector()],
  options: Omit<Parameters<typeof testContext>[0], 'connectors'> = {},
) {
  const base = testContext({ connectors, ...options });
  const { now, events, connectors: connectorService, connectionAttempts } = base.services;
  const { idempotency, rateLimiter } = base.services;
  const catalogStore = fakeCatalogStore();
  const referenceIndexStore = fakeReferenceIndexStore();
  const etagMapStore = fakeEtagMapStore(referenceIndexStore);
  const changeLog = fakeChangeLog();
  const syncRunStore = fakeSyncRunStore(base.outbox);
  const factoryReader = fakeFactoryReader();
  const runHistoryStore = fakeRunHistoryStore();
  const runHistoryStateStore = fakeRunHistoryStates();
  let idCount = 0;
  const sync = syncServices({
    syncRunStore,
    changeLog,
    tombstoneStore: catalogStore.tombstones,
    etagMapStore,
    factoryReader,
    connectors: connectorService,
    events,
    defaultSchedule,
    worker: 'worker',
    now,
    randomBytes: (size) => new Uint8Array(size).fill(++idCount),
    // The clock of a test stands still, so a delayed report would never be due.
    setTimer: () => undefined,
  });
  const lineageStore = fakePackedUnitStore<LineageUnit>();
  const searchStore = fakePackedUnitStore<SearchUnit>();
  const catalog = catalogServices({
    catalogStore,
    lineageStore,
    searchStore,
    tombstoneStore: catalogStore.tombstones,
    etagMapStore,
    referenceIndexStore,
    changeLog,
    removalConfirmations: sync.massRemovals,
    factoryReader,
    versionKey: { get: async () => 'version-key', others: async () => [] },
    now,
  });
  const orchestrationStore = fakeOrchestrationStore();
  const orchestrationIndex = new OrchestrationIndexService(orchestrationStore, now);
  const lineage = lineageServices({ lineageStore, now });
  const search = searchServices({
    searchStore,
    lineageStore,
    connectors: connectorService,
  });
  const runHistory = runHistoryServices({
    runReader: {
      readRuns: async () => ({ runs: [] }),
      readActivityRuns: async () => ({ runs: [] }),
    },
    runHistoryStore,
    runHistoryStateStore,
    catalogStore,
    pipelineChanges: new LoggedPipelineChanges({ syncRunStore, changeLog, catalogStore }),
    runHistoryRules: { policy: [], retentionDays: runHistoryRetentionDays },
    now,
  });
  const targetStore = fakeTargetStore(base.outbox);
  const sentStore = fakePackedUnitStore<PackedUnit>();
  const openLineage = openLineageServices({
    ...base.services,
    ...base,
    ...lineage,
    ...runHistory,
    connectorStore: base.store,
    lineageStore,
    catalogStore,
    runHistoryStore,
    runHistoryStateStore,
    targetStore,
    pushStore: fakePushStore(),
    sentStore,
    webhookAllowedHosts: [],
  });
  base.eventListeners.push(openLineage.openLineagePushes);
  const services = {
    ...base.services,
    // A test may replace methods of the fake.
    durableClient: () => indexedDurableClient(base.durableClient, orchestrationIndex),
    ...catalog,
    ...lineage,
    ...search,
    ...runHistory,
    ...openLineage,
    ...factorySyncServices({ ...lineage, ...search, sync, catalog, runHistory, etagMapStore, now }),
    ...opsServices({
      ...base.services,
      ...sync,
      orchestrationStore,
      orchestrationIndex,
      outbox: base.outbox,
      defaultSchedule,
      now,
      newId: () => `id-${++idCount}`,
    }),
    ...retentionServices({
      connectors: connectorService,
      syncRunStore,
      changeLog,
      tombstoneStore: catalogStore.tombstones,
      goneFactories: catalog.goneFactories,
      etagMapStore,
      runHistoryStore,
      runHistoryStateStore,
      eventStore: base.eventStore,
      deliveryStore: base.deliveryStore,
      auditRetention: base.services.auditRetention,
      connectionAttempts,
      idempotency,
      rateLimiter,
      retentionDays: { removedResources: 30, history: 90 },
      runHistoryRetentionDays,
      now,
    }),
    schedules: new ScheduleService(connectorService, now, defaultSchedule),
  };
  return {
    ...base,
    services,
    catalogRows: catalogStore,
    maps: etagMapStore,
    changes: changeLog,
    factories: factoryReader,
    mirror: services.catalogMirror,
    syncRunStore,
    runHistoryStore,
    runHistoryStateStore,
    orchestrationStore,
    lineageStore,
    targetStore,
    sentStore,
    searchStore,
  };
}

type Services = Pick<SyncServices, 'syncRuns' | 'factoryEnds'>;

export interface EndOfSync extends SyncOutcome {
  readonly reports?: readonly FactoryReport[];
}

/** Ends a sync run as its last steps do: the ends of its factories first. */
export async function finishSync(
  services: Services,
  { reports = [], ...outcome }: EndOfSync,
): Promise<void> {
  for (const report of reports) await endFactory(services, outcome, report);
  await services.syncRuns.finish(outcome);
}

/** Stores how a factory ended while others are still read. */
export const endFactory = (
  { factoryEnds }: Pick<Services, 'factoryEnds'>,
  run: Pick<SyncOutcome, 'tenantId' | 'connectorId' | 'syncRunId'>,
  report: FactoryReport,
): Promise<void> => {
  const { factory } = report.outcome;
  const startedAt = '2026-01-15T12:00:00.000Z';
  return factoryEnds.recordLists({ ...run, factory }, report, { startedAt, hasRunHistory: false });
};
