/** The catalogue as callers see it: lists over all factories of a connector, and single resources with their body. */
import { NotFoundError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import { pageAcrossFactories, matchesFactory } from './multi-factory-paging';
import { extractActivities } from '../data-factory/activities';
import type { CatalogRow, CatalogStore, EtagMapStore, KindCounts } from './ports';
import type { ResourceKind } from '../data-factory/resource';
import type { Json } from '../data-factory/json';
import type { ConnectorKey } from '../storage/connector-key';
import { factoryHash, parseResourceId, resourceId } from '../data-factory/resource-id';

export interface CatalogQuery {
  readonly kind?: ResourceKind | undefined;
  /** A factory's name or its ARM id, without case. */
  readonly factory?: string | undefined;
}

export type CatalogItem = CatalogRow & { readonly id: string };

export class CatalogService {
  constructor(
    private readonly store: CatalogStore,
    private readonly maps: EtagMapStore,
  ) {}

  /** Factory by factory, each in the order of kinds and names. */
  async list(
    connector: ConnectorKey,
    { kind, factory }: CatalogQuery,
    request: PageRequest,
  ): Promise<Page<CatalogItem>> {
    const factories = (await this.maps.listFactories(connector)).filter((each) =>
      matchesFactory(each, factory),
    );
    return pageAcrossFactories(factories, request, async (hash, page) => {
      const found = await this.store.list(connector, hash, kind, page);
      return { ...found, items: found.items.map(withId) };
    });
  }

  /** Throws NotFoundError. */
  async get(
    connector: ConnectorKey,
    id: string,
  ): Promise<CatalogItem & { readonly body: Json | undefined }> {
    const key = parseResourceId(id);
    const row = key && (await this.store.get(connector, key.factory, key.rowKey));
    if (!key || !row) throw missing();
    if (row.kind !== 'activity') return withId(row);
    const pipeline = `pipeline|${key.rowKey.split('|')[1]}`;
    const holder = await this.store.get(connector, key.factory, pipeline);
    const placed = extractActivities(holder?.body ?? null).find(({ path }) => path === row.path);
    if (!placed) throw missing();
    return { ...withId(row), body: placed.body };
  }

  countByKind(connector: ConnectorKey): Promise<KindCounts> {
    return this.maps.countByKind(connector);
  }

  /** Rows first: the maps are how the rows are found. */
  async deleteConnector(connector: ConnectorKey): Promise<void> {
    for (const { hash } of await this.maps.listFactories(connector))
      await this.store.deleteFactory(connector, hash);
    await this.maps.deleteConnector(connector);
  }
}

export const withId = <T extends CatalogRow>(row: T) => ({
  ...row,
  id: resourceId(factoryHash(row.factory), row.rowKey),
});

const missing = () =>
  new NotFoundError(
    'catalog_resource_not_found',
    'There is no resource of this id. If there was, deleted=true shows it.',
  );
