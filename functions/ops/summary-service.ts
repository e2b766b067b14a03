/** The state of a tenant at a glance: what runs, what failed, what is late. */
import type { AccessReportService } from '../access/access-report-service';
import { mapConcurrently } from '../concurrency/map-concurrently';
import { statusOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { nextRunAt, type Schedule } from '../connectors/schedule';
import type { DurableClient } from '../durable/ports';
import type { Outbox } from '../events/ports';
import type { ConnectionService } from '../provisioning/connections/connection-service';
import { factoryProgressOf } from '../sync/progress/factory-progress';
import type { ProgressService } from '../sync/progress/progress-service';
import type { OpsService, OpsSummary } from '../sync/ops-service';
import { activeInstanceStatuses, type OrchestrationFilter } from './orchestration';
import type { OrchestrationService } from './orchestration-service';

const dayMs = 86_400_000;
/** A sync that is due may wait for the sync before it, so a connector is late some hours later. */
const lateMs = 6 * 3_600_000;
/** Orchestrations that are counted; `isComplete` says whether there are more. */
const maxCounted = 1_000;
const maxConcurrentReads = 8;
const maxListed = 20;

interface SummaryPorts {
  readonly ops: Pick<OpsService, 'summary' | 'activeRuns'>;
  readonly syncProgress: Pick<ProgressService, 'of'>;
  readonly orchestrations: Pick<OrchestrationService, 'list'>;
  readonly connectors: Pick<ConnectorService, 'inTenant'>;
  readonly provisioningConnections: Pick<ConnectionService, 'list'>;
  readonly accessReport: Pick<AccessReportService, 'status'>;
  readonly outbox: Pick<Outbox, 'oldestPendingAt'>;
  readonly defaultSchedule: Schedule;
  readonly now: () => Date;
}

export interface StaleConnector {
  readonly connectorId: string;
  readonly name: string;
  readonly lastSuccessAt?: string;
}

export interface Drift {
  readonly missing: number;
  readonly unwanted: number;
  readonly foreign: number;
  /** The oldest last reconciliation. Absent if a connection was never reconciled. */
  readonly reconciledAt?: string;
}

export interface Summary extends OpsSummary {
  readonly orchestrations: {
    readonly active: number;
    readonly failed: number;
    /** False if there are more than could be counted. */
    readonly isComplete: boolean;
  };
  readonly staleConnectors: { readonly count: number; readonly items: readonly StaleConnector[] };
  readonly throttledFactories: number;
  readonly oldestPendingEventAt?: string;
  readonly drift: Drift;
}

type Client = Pick<DurableClient, 'getStatus'>;

export class SummaryService {
  constructor(private readonly ports: SummaryPorts) {}

  async summary(tenantId: string, durableClient: Client): Promise<Summary> {
    const createdFrom = new Date(this.ports.now().getTime() - dayMs);
    const [syncs, active, failed, stale, throttledFactories, oldest, drift] = await Promise.all([
      this.ports.ops.summary(tenantId),
      this.count(tenantId, { statuses: activeInstanceStatuses }, durableClient),
      this.count(tenantId, { statuses: ['Failed'], createdFrom }, durableClient),
      this.staleConnectors(tenantId),
      this.throttledFactories(tenantId),
      this.ports.outbox.oldestPendingAt(tenantId),
      this.drift(tenantId),
    ]);
    return {
      ...syncs,
      orchestrations: {
        active: active.count,
        failed: failed.count,
        isComplete: active.isComplete && failed.isComplete,
      },
      staleConnectors: { count: stale.length, items: stale.slice(0, maxListed) },
      throttledFactories,
      ...(oldest !== undefined && { oldestPendingEventAt: oldest }),
      drift,
    };
  }

  private async count(tenantId: string, filter: OrchestrationFilter, durableClient: Client) {
    const { orchestrations } = this.ports;
    let count = 0;
    let continuation: string | undefined;
    do {
      const request = { limit: 100, ...(continuation !== undefined && { continuation }) };
      const page = await orchestrations.list(tenantId, filter, 'newest', request, durableClient);
      count += page.items.length;
      ({ continuation } = page);
    } while (continuation !== undefined && count < maxCounted);
    return { count, isComplete: continuation === undefined };
  }

  /** Connected connectors whose sync after the last success is overdue. */
  private async staleConnectors(tenantId: string): Promise<readonly StaleConnector[]> {
    const { connectors, now } = this.ports;
    const stale: StaleConnector[] = [];
    for await (const connector of connectors.inTenant(tenantId))
      if (statusOf(connector, now()) === 'connected' && this.isLate(connector)) {
        const { id: connectorId, name, syncSummary } = connector;
        const lastSuccessAt = syncSummary?.lastSuccessAt;
        stale.push({ connectorId, name, ...(lastSuccessAt !== undefined && { lastSuccessAt }) });
      }
    return stale;
  }

  private isLate({ syncSummary, ...connector }: Connector): boolean {
    const lastSuccessAt = syncSummary?.lastSuccessAt;
    const last = lastSuccessAt !== undefined && { syncSummary: { lastStartedAt: lastSuccessAt } };
    const next = nextRunAt({ ...connector, ...last }, this.ports.defaultSchedule);
    // A connector without any success counts from its connection, as its first sync is due at once.
    const connectedAt = connector.connection.connectedAt ?? connector.createdAt;
    const due = Math.max(next?.getTime() ?? Infinity, Date.parse(connectedAt));
    return this.ports.now().getTime() - due > lateMs;
  }

  private async throttledFactories(tenantId: string): Promise<number> {
    const runs = await this.ports.ops.activeRuns(tenantId);
    const counts = await mapConcurrently(runs, maxConcurrentReads, async (active) => {
      const { run, report } = await this.ports.syncProgress.of(active);
      return factoryProgressOf(run, report).filter(({ status }) => status === 'throttled').length;
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async drift(tenantId: string): Promise<Drift> {
    const connections = await this.ports.provisioningConnections.list(tenantId);
    const reports = await mapConcurrently(connections, maxConcurrentReads, async ({ id }) => {
      const { drift } = await this.ports.accessReport.status({ tenantId, connectionId: id });
      return drift;
    });
    const known = reports.filter((report) => report !== undefined);
    const sum = (of: (report: (typeof known)[number]) => number) =>
      known.reduce((total, report) => total + of(report), 0);
    const oldest =
      known.length === reports.length ? known.map(({ at }) => at).sort()[0] : undefined;
    return {
      missing: sum(({ missing }) => missing),
      unwanted: sum(({ unwanted }) => unwanted),
      foreign: sum(({ foreignCount }) => foreignCount),
      ...(oldest !== undefined && { reconciledAt: oldest }),
    };
  }
}
