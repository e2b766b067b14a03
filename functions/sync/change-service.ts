/** What a sync run changed, as it was noted while it ran. */
import type { ChangeQuery, FactoryChange } from '../catalog/change-log';
import type { ChangeLog } from '../catalog/ports';
import { factoryHash, resourceId } from '../data-factory/resource-id';
import type { Page, PageRequest } from '../storage/page';
import type { SyncRunService } from './sync-run-service';
import type { RunKey } from './step-messages';

export class ChangeService {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get'>,
    private readonly log: Pick<ChangeLog, 'list'>,
  ) {}

  /** Throws NotFoundError for another tenant's run. What was purged with age is not told any more. */
  async list(
    { tenantId, connectorId, runId }: RunKey,
    query: ChangeQuery,
    page: PageRequest,
  ): Promise<Page<FactoryChange & { readonly id: string }>> {
    await this.runs.get(tenantId, connectorId, runId);
    const { items, ...rest } = await this.log.list({ tenantId, connectorId }, runId, query, page);
    const withIds = items.map((change) => ({
      ...change,
      id: resourceId(factoryHash(change.factory), change.rowKey),
    }));
    return { items: withIds, ...rest };
  }
}
