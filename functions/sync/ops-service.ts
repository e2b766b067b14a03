/** Views and actions for operators: the sync runs of a tenant. */
import { statusOf, type ConnectorStatus } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { DurableClient } from '../durable/ports';
import { NotFoundError } from '../errors/app-error';
import { personOf, type Actor } from '../events/actor';
import type { Page, PageRequest } from '../storage/page';
import type { SyncRunStore } from './ports';
import type { SyncControlService } from './sync-control-service';
import { isTerminal, type SyncRun, type SyncRunSummary, type SyncStatus } from './sync-run';

const dayMs = 86_400_000;

export interface OpsSummary {
  readonly connectors: Readonly<Record<ConnectorStatus, number>>;
  /** Active sync runs, and those that finished within a day. */
  readonly syncs: Readonly<Partial<Record<SyncStatus, number>>>;
  readonly locks: number;
  readonly oldestActiveAt?: string;
}

export class OpsService {
  constructor(
    private readonly store: Pick<
      SyncRunStore,
      'listTenant' | 'find' | 'listActive' | 'listEnded' | 'listLocks'
    >,
    private readonly syncControl: Pick<SyncControlService, 'terminate'>,
    private readonly connectors: Pick<ConnectorService, 'inTenant'>,
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
    { tenantId, ...operator }: Actor,
    syncRunId: string,
    durableClient: Pick<DurableClient, 'terminate'>,
  ): Promise<SyncRun> {
    const run = await this.store.find(tenantId, syncRunId);
    if (!run)
      throw new NotFoundError(
        'sync_not_found_in_tenant',
        'No sync run of this tenant has this id. Check the id.',
      );
    const { connectorId } = run;
    const key = { tenantId, connectorId, syncRunId };
    return this.syncControl.terminate(key, personOf(operator), durableClient);
  }

  async activeRuns(tenantId: string): Promise<readonly SyncRun[]> {
    const runs = await this.store.listActive(tenantId);
    return runs.filter((run) => !isTerminal(run));
  }

  async summary(tenantId: string): Promise<OpsSummary> {
    const now = this.now();
    const connectors = { connected: 0, unconnected: 0, connection_expired: 0 };
    for await (const connector of this.connectors.inTenant(tenantId))
      connectors[statusOf(connector, now)]++;
    const [active, ended, locks] = await Promise.all([
      this.activeRuns(tenantId),
      this.store.listEnded(tenantId, new Date(now.getTime() - dayMs)),
      this.store.listLocks(tenantId),
    ]);
    const syncs: Partial<Record<SyncStatus, number>> = {};
    for (const status of [...active.map((run) => run.status), ...ended])
      syncs[status] = (syncs[status] ?? 0) + 1;
    const oldest = active.map(({ createdAt }) => createdAt).sort()[0];
    return {
      connectors,
      syncs,
      locks: locks.length,
      ...(oldest !== undefined && { oldestActiveAt: oldest }),
    };
  }
}
