/** What was removed and is not purged yet, as callers see it: what it was, since when it is gone, and what keeps it. */
import type { Page, PageRequest } from '../storage/page';
import { pageAcrossFactories, matchesFactory } from './multi-factory-paging';
import { extractActivities } from '../data-factory/activities';
import { withId, type CatalogItem, type CatalogQuery } from './catalog-service';
import type {
  CatalogStore,
  EtagMapStore,
  RemovalConfirmations,
  RemovedRow,
  TombstoneStore,
} from './ports';
import type { Json } from '../data-factory/json';
import type { ConnectorKey } from '../storage/connector-key';
import { parseResourceId } from '../data-factory/resource-id';

export interface RemovedItem extends CatalogItem {
  readonly removedAt: string;
  readonly quarantinedBy?: string;
  readonly pendingConfirmation: boolean;
}

export class RemovedResourcesService {
  constructor(
    private readonly tombstones: Pick<TombstoneStore, 'list' | 'get'>,
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly maps: Pick<EtagMapStore, 'listFactories'>,
    private readonly confirmations: RemovalConfirmations,
  ) {}

  /** Factory by factory, also those that are gone; each in the order of kinds and names. */
  async list(
    connector: ConnectorKey,
    { kind, factory }: CatalogQuery,
    request: PageRequest,
  ): Promise<Page<RemovedItem>> {
    const factories = (await this.maps.listFactories(connector)).filter((each) =>
      matchesFactory(each, factory),
    );
    const { items, ...rest } = await pageAcrossFactories(factories, request, (hash, page) =>
      this.tombstones.list(connector, hash, kind, page),
    );
    return { items: await this.told(connector, items), ...rest };
  }

  /** Nothing when it is not there, or not removed. */
  async find(
    connector: ConnectorKey,
    id: string,
  ): Promise<(RemovedItem & { readonly body: Json | undefined }) | undefined> {
    const key = parseResourceId(id);
    const row = key && (await this.tombstones.get(connector, key.factory, key.rowKey));
    if (!key || !row) return undefined;
    const [item] = await this.told(connector, [row]);
    const pipeline = `pipeline|${key.rowKey.split('|')[1]}`;
    const body =
      row.kind === 'activity'
        ? await this.activityBody(connector, key.factory, pipeline, row.path)
        : row.body;
    return { ...item!, body };
  }

  /** Its pipeline went with it, or goes on without it; then nobody knows any more what it said. */
  private async activityBody(
    connector: ConnectorKey,
    factory: string,
    pipeline: string,
    path: string | undefined,
  ): Promise<Json | undefined> {
    const holder =
      (await this.tombstones.get(connector, factory, pipeline)) ??
      (await this.catalog.get(connector, factory, pipeline));
    return extractActivities(holder?.body ?? null).find((each) => each.path === path)?.body;
  }

  private async told(
    connector: ConnectorKey,
    rows: readonly RemovedRow[],
  ): Promise<readonly RemovedItem[]> {
    const holds = [...new Set(rows.flatMap(({ quarantinedBy }) => quarantinedBy ?? []))];
    const confirmed = await this.confirmations.findConfirmed(connector, holds);
    return rows.map((row) => ({
      ...withId(row),
      pendingConfirmation: row.quarantinedBy !== undefined && !confirmed.has(row.quarantinedBy),
    }));
  }
}
