/** Removed resources that are not purged yet. */
import { getActivityBody } from '../data-factory/activities';
import { documentOf } from '../data-factory/edge';
import type { Json } from '../data-factory/json';
import { parseResourceId } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import { withId, type CatalogItem, type CatalogQuery } from './catalog-service';
import { matchesFactory, pageAcrossFactories } from './multi-factory-paging';
import type {
  CatalogStore,
  EtagMapStore,
  RemovalConfirmations,
  RemovedRow,
  TombstoneStore,
} from './ports';

export interface RemovedItem extends CatalogItem {
  readonly removedAt: string;
  readonly quarantinedBy?: string;
  readonly pendingConfirmation: boolean;
}

export class RemovedResourcesService {
  constructor(
    private readonly tombstones: Pick<TombstoneStore, 'list' | 'get'>,
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly etagMaps: Pick<EtagMapStore, 'listFactories'>,
    private readonly confirmations: RemovalConfirmations,
  ) {}

  /** Ordered by factory, kind and name. Includes removed factories. */
  async list(
    connector: ConnectorKey,
    { kind, factory }: CatalogQuery,
    request: PageRequest,
  ): Promise<Page<RemovedItem>> {
    const factories = (await this.etagMaps.listFactories(connector)).filter((each) =>
      matchesFactory(each, factory),
    );
    const page = await pageAcrossFactories(factories, request, (hash, within) =>
      this.tombstones.list(connector, hash, kind, within),
    );
    return { ...page, items: await this.toItems(connector, page.items) };
  }

  /** Resolves to undefined if the resource does not exist or is not removed. */
  async find(
    connector: ConnectorKey,
    id: string,
  ): Promise<(RemovedItem & { readonly body: Json | undefined }) | undefined> {
    const key = parseResourceId(id);
    const row = key && (await this.tombstones.get(connector, key.factory, key.rowKey));
    if (!key || !row) return undefined;
    const [item] = await this.toItems(connector, [row]);
    if (row.kind !== 'activity') return { ...item!, body: row.body };
    const pipeline = documentOf(key.rowKey);
    return { ...item!, body: await this.activityBody(connector, key.factory, pipeline, row.path) };
  }

  /** Undefined if the pipeline is still live and no longer contains the activity. */
  private async activityBody(
    connector: ConnectorKey,
    factory: string,
    pipeline: string,
    path: string | undefined,
  ): Promise<Json | undefined> {
    const document =
      (await this.tombstones.get(connector, factory, pipeline)) ??
      (await this.catalog.get(connector, factory, pipeline));
    return getActivityBody(document?.body, path);
  }

  private async toItems(
    connector: ConnectorKey,
    rows: readonly RemovedRow[],
  ): Promise<readonly RemovedItem[]> {
    const syncRunIds = [...new Set(rows.flatMap(({ quarantinedBy }) => quarantinedBy ?? []))];
    const confirmed = await this.confirmations.findConfirmed(connector, syncRunIds);
    return rows.map((row) => ({
      ...withId(row),
      pendingConfirmation: row.quarantinedBy !== undefined && !confirmed.has(row.quarantinedBy),
    }));
  }
}
