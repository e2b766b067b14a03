/** The resources that a sync run added, changed and removed. */
import type { ChangeQuery, FactoryChange } from '../catalog/change-log';
import type { ChangeLog } from '../catalog/ports';
import { factoryHash, resourceId } from '../data-factory/resource-id';
import type { Page, PageRequest } from '../storage/page';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { SyncRunService } from './sync-run-service';

export class ChangeService {
  constructor(
    private readonly runs: Pick<SyncRunService, 'get'>,
    private readonly log: Pick<ChangeLog, 'list'>,
  ) {}

  /**
   * Throws NotFoundError, also for a sync run of another tenant. Empty once the changes are purged.
   */
  async list(
    key: SyncRunKey,
    query: ChangeQuery,
    page: PageRequest,
  ): Promise<Page<FactoryChange & { readonly id: string }>> {
    await this.runs.get(key);
    const { items, ...more } = await this.log.list(key, key.syncRunId, query, page);
    const withIds = items.map((change) => ({
      ...change,
      id: resourceId(factoryHash(change.factory), change.rowKey),
    }));
    return { items: withIds, ...more };
  }
}
