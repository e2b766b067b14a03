/** Composition of this module: what it offers, and what it needs from outside. */
import type { EventLog } from '../events/ports';
import type { OrphanedSecretRemoval } from '../secrets/orphaned-secret-removal';
import type { SecretStore } from '../secrets/ports';
import { ConnectorReconciliationService } from './connector-reconciliation-service';
import { ConnectorService } from './connector-service';
import { DeletionService } from './deletion-service';
import type { ConnectorDependent, ConnectorStore } from './ports';
import type { Schedule } from './schedule';
import { ScheduleService } from './schedule-service';
import { SecretRemovalService } from './secret-removal-service';

export interface ConnectorServices {
  readonly connectors: ConnectorService;
  readonly schedules: ScheduleService;
  readonly connectorDeletion: DeletionService;
  readonly connectorReconciliation: ConnectorReconciliationService;
  readonly secretRemovals: SecretRemovalService;
}

export interface ConnectorPorts {
  readonly connectorStore: ConnectorStore;
  readonly secretStore: SecretStore;
  readonly orphanRemoval: OrphanedSecretRemoval;
  readonly events: EventLog;
  /**
   * Data that is deleted with a connector, in this order. A function, because modules that are
   * composed after this one provide it.
   */
  readonly dependents: () => readonly ConnectorDependent[];
  /** Applies to connectors without a schedule of their own. */
  readonly defaultSchedule: Schedule;
  /** Connectors that a tenant may have. */
  readonly maxConnectors: number;
  readonly now: () => Date;
  /** Ids sort newest first. */
  readonly newId: () => string;
}

export function connectorServices(ports: ConnectorPorts): ConnectorServices {
  const { connectorStore, secretStore, events, dependents, defaultSchedule, now, newId } = ports;
  const connectors = new ConnectorService(connectorStore, now, newId, events, ports.maxConnectors);
  const secretRemovals = new SecretRemovalService(connectorStore, secretStore, events, now);
  return {
    connectors,
    schedules: new ScheduleService(connectors, now, defaultSchedule),
    connectorDeletion: new DeletionService(connectorStore, secretRemovals, dependents, now),
    secretRemovals,
    connectorReconciliation: new ConnectorReconciliationService(
      connectors,
      connectorStore,
      secretStore,
      ports.orphanRemoval,
      now,
    ),
  };
}
