/** Composition of this module: what it offers, and what it needs from outside. */
import type { AuditRetentionService } from '../audit/audit-retention-service';
import type { GoneFactoryService } from '../catalog/gone-factory-service';
import type { ChangeLog, EtagMapStore, TombstoneStore } from '../catalog/ports';
import type { ConnectorService } from '../connectors/connector-service';
import type { EventStore } from '../events/ports';
import type { RunHistoryStateStore, RunHistoryStore } from '../run-history/ports';
import type { SyncRunStore } from '../sync/ports';
import type { DeliveryStore } from '../webhooks/ports';
import type { ExpiringData } from './ports';
import {
  RemovedResourcesRetentionService,
  type RetentionDays,
} from './removed-resources-retention-service';
import { RetentionService } from './retention-service';
import { RunHistoryRetentionService } from './run-history-retention-service';

export interface RetentionServices {
  readonly retention: RetentionService;
}

export interface RetentionPorts {
  readonly connectors: Pick<ConnectorService, 'fromCheckpoint'>;
  readonly syncRunStore: SyncRunStore;
  readonly changeLog: Pick<ChangeLog, 'list' | 'deleteRun'>;
  readonly tombstoneStore: Pick<TombstoneStore, 'find' | 'purge'>;
  readonly goneFactories: Pick<GoneFactoryService, 'forget'>;
  readonly etagMapStore: Pick<EtagMapStore, 'listFactories'>;
  readonly runHistoryStore: RunHistoryStore;
  readonly runHistoryStateStore: RunHistoryStateStore;
  readonly eventStore: Pick<EventStore, 'deleteBefore'>;
  readonly deliveryStore: Pick<DeliveryStore, 'deleteBefore'>;
  readonly auditRetention: AuditRetentionService;
  readonly connectionAttempts: ExpiringData;
  readonly idempotency: ExpiringData;
  readonly rateLimiter: ExpiringData;
  readonly retentionDays: RetentionDays;
  readonly runHistoryRetentionDays: number;
  readonly now: () => Date;
}

export function retentionServices(ports: RetentionPorts): RetentionServices {
  const { connectors, runHistoryStore, runHistoryStateStore, retentionDays, now } = ports;
  return {
    retention: new RetentionService(
      new RemovedResourcesRetentionService(
        connectors,
        ports.syncRunStore,
        ports.changeLog,
        ports.tombstoneStore,
        ports.goneFactories,
        retentionDays,
        now,
      ),
      new RunHistoryRetentionService(
        connectors,
        runHistoryStore,
        runHistoryStateStore,
        ports.etagMapStore,
        ports.runHistoryRetentionDays,
        now,
      ),
      { events: ports.eventStore, deliveries: ports.deliveryStore },
      ports.auditRetention,
      {
        connectionAttempts: ports.connectionAttempts,
        idempotency: ports.idempotency,
        rateLimits: ports.rateLimiter,
      },
      retentionDays.history,
      now,
    ),
  };
}
