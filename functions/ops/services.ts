/** Composition of this module: what it offers, and what it needs from outside. */
import type { AccessServices } from '../access/services';
import type { ConnectorServices } from '../connectors/services';
import type { Schedule } from '../connectors/schedule';
import type { EventLog, Outbox } from '../events/ports';
import type { ProvisioningServices } from '../provisioning/services';
import type { SyncServices } from '../sync/services';
import { OrchestrationControlService } from './orchestration-control-service';
import type { OrchestrationIndexService } from './orchestration-index-service';
import { OrchestrationService } from './orchestration-service';
import type { OrchestrationStore } from './ports';
import { SummaryService } from './summary-service';

export interface OpsServices {
  readonly orchestrations: OrchestrationService;
  readonly orchestrationControl: OrchestrationControlService;
  readonly orchestrationIndex: OrchestrationIndexService;
  readonly summary: SummaryService;
}

export interface OpsPorts
  extends
    Pick<SyncServices, 'ops' | 'syncRuns' | 'syncControl' | 'syncProgress'>,
    Pick<ConnectorServices, 'connectors'>,
    Pick<ProvisioningServices, 'provisioningConnections'>,
    Pick<AccessServices, 'accessReport'> {
  readonly orchestrationStore: OrchestrationStore;
  /** Made before all other services, because the Durable client of each uses it. */
  readonly orchestrationIndex: OrchestrationIndexService;
  readonly outbox: Pick<Outbox, 'oldestPendingAt'>;
  readonly events: EventLog;
  readonly defaultSchedule: Schedule;
  readonly now: () => Date;
  readonly newId: () => string;
}

export function opsServices(ports: OpsPorts): OpsServices {
  const { orchestrationStore: store, orchestrationIndex } = ports;
  const orchestrations = new OrchestrationService(store, orchestrationIndex);
  return {
    orchestrations,
    orchestrationIndex,
    orchestrationControl: new OrchestrationControlService({
      ...ports,
      store,
      index: orchestrationIndex,
      orchestrations,
    }),
    summary: new SummaryService({ ...ports, orchestrations }),
  };
}
