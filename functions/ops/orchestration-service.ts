/** Lists the orchestrations of a tenant and reads one with its history. */
import { isActive, type InstanceStatus } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import { NotFoundError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import {
  possibleRoots,
  type Orchestration,
  type OrchestrationDetail,
  type OrchestrationFilter,
  type OrchestrationOrder,
} from './orchestration';
import type { OrchestrationIndexService } from './orchestration-index-service';
import type { OrchestrationStore } from './ports';

export class OrchestrationService {
  constructor(
    private readonly store: Pick<OrchestrationStore, 'get' | 'list'>,
    private readonly index: Pick<OrchestrationIndexService, 'refresh' | 'refreshActive'>,
  ) {}

  async list(
    tenantId: string,
    filter: OrchestrationFilter,
    order: OrchestrationOrder,
    page: PageRequest,
    durableClient: Pick<DurableClient, 'getStatus'>,
  ): Promise<Page<Orchestration>> {
    const { statuses } = filter;
    // A row that the index has under another status would be missed.
    if (statuses && page.continuation === undefined)
      await this.index.refreshActive(tenantId, durableClient);
    const { items, ...rest } = await this.store.list(tenantId, filter, order, page);
    const refreshed = await this.index.refresh(items, durableClient);
    const isWanted = ({ status }: { readonly status: InstanceStatus }) =>
      statuses === undefined || statuses.includes(status);
    return { items: refreshed.filter(isWanted), ...rest };
  }

  /** Throws NotFoundError also for an instance of another tenant. */
  async get(
    tenantId: string,
    instanceId: string,
    durableClient: Pick<DurableClient, 'getInstance' | 'getStatus'>,
  ): Promise<OrchestrationDetail> {
    const root = await this.rootOf(tenantId, instanceId);
    const instance = await durableClient.getInstance(instanceId);
    if (!instance) throw notFound();
    const isOutdated = root.instanceId === instanceId && root.status !== instance.status;
    if (isOutdated && isActive(root.status)) await this.index.refresh([root], durableClient);
    return { root, instance };
  }

  /** The row of the instance, or of the root of a child. */
  async rootOf(tenantId: string, instanceId: string): Promise<Stored<Orchestration>> {
    for (const id of possibleRoots(instanceId)) {
      const row = await this.store.get(tenantId, id);
      if (row) return row;
    }
    throw notFound();
  }
}

const notFound = () =>
  new NotFoundError(
    'orchestration_not_found',
    'The tenant has no orchestration with this id. Check the id; old orchestrations are purged.',
  );
