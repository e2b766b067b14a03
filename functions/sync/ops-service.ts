/** What operators see and do of the syncs in their tenant. */
import { statusOf, type ConnectorStatus } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { NotFoundError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import type { DurableClient } from '../durable/ports';
import type { SyncRunStore } from './ports';
import type { SyncRun, SyncRunSummary, SyncStatus } from './sync-run';
import type { SyncControlService } from './sync-control-service';

const dayInMs = 86_400_000;

export interface Summary {
  readonly connectors: Readonly<Record<ConnectorStatus, number>>;
  /** Those that go on, and those that ended within a day. */
  readonly syncs: Readonly<Partial<Record<SyncStatus, number>>>;
  readonly locks: number;
  readonly oldestActiveAt?: string;
}

export class OpsService {
  constructor(
    private readonly store: SyncRunStore,
    private readonly steering: Pick<SyncControlService, 'terminate'>,
    private readonly connectors: Pick<ConnectorService, 'ofTenant'>,
    private readonly now: () => Date,
  ) {}

  list(
    tenantId: string,
    status: SyncStatus | undefined,
    page: PageRequest,
  ): Promise<Page<SyncRunSummary>> {
    return this.store.listTenant(tenantId, status, page);
  }

  async terminate(
    tenantId: string,
    runId: string,
    durableClient: Pick<DurableClient, 'terminate'>,
  ): Promise<SyncRun> {
    const run = await this.store.find(tenantId, runId);
    if (!run)
      throw new NotFoundError(
        'sync_not_found_in_tenant',
        'There is no sync of this id in the tenant.',
      );
    return this.steering.terminate(
      { tenantId, connectorId: run.connectorId, runId },
      durableClient,
    );
  }

  async summary(tenantId: string): Promise<Summary> {
    const now = this.now();
    const connectors = { connected: 0, unconnected: 0, connection_expired: 0 };
    for await (const connector of this.connectors.ofTenant(tenantId))
      connectors[statusOf(connector, now)]++;
    const [runs, locks] = await Promise.all([
      this.store.listActive(tenantId, new Date(now.getTime() - dayInMs)),
      this.store.locks(tenantId),
    ]);
    const syncs: Partial<Record<SyncStatus, number>> = {};
    for (const { status } of runs) syncs[status] = (syncs[status] ?? 0) + 1;
    const active = runs.flatMap(({ finishedAt, createdAt }) => (finishedAt ? [] : [createdAt]));
    const oldest = active.sort()[0];
    return {
      connectors,
      syncs,
      locks: locks.length,
      ...(oldest !== undefined && { oldestActiveAt: oldest }),
    };
  }
}
