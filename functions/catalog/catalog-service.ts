/**
 * The catalog as callers see it: lists over all factories of a connector, and single resources with
 * their JSON.
 */
import { endless, type Stretch } from '../concurrency/stretch';
import { getActivityBody } from '../data-factory/activities';
import { documentOf } from '../data-factory/edge';
import type { Json } from '../data-factory/json';
import type { ResourceKind } from '../data-factory/resource';
import { factoryHash, parseResourceId, resourceId } from '../data-factory/resource-id';
import { NotFoundError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import { matchesFactory, mayHave, pageAcrossFactories } from './multi-factory-paging';
import type {
  CatalogRow,
  CatalogRowWithBody,
  CatalogStore,
  EtagMapStore,
  KindCounts,
} from './ports';

export interface CatalogQuery {
  readonly kind?: ResourceKind | undefined;
  /** Name or ARM id of a factory. Compared without case. */
  readonly factory?: string | undefined;
}

export type CatalogItem = CatalogRow & { readonly id: string };

export interface CatalogItemWithBody extends CatalogItem {
  readonly body: Json | undefined;
  /** The row whose JSON holds the resource: for an activity its pipeline, else the row itself. */
  readonly document: CatalogRowWithBody;
}

export class CatalogService {
  constructor(
    private readonly store: CatalogStore,
    private readonly etagMaps: EtagMapStore,
  ) {}

  /** Ordered by factory, kind and name. */
  async list(
    connector: ConnectorKey,
    { kind, factory }: CatalogQuery,
    request: PageRequest,
  ): Promise<Page<CatalogItem>> {
    const factories = (await this.etagMaps.listFactories(connector)).filter(
      (each) => matchesFactory(each, factory) && mayHave(each, kind),
    );
    return pageAcrossFactories(factories, request, async (hash, page) => {
      const found = await this.store.list(connector, hash, kind, page);
      return { ...found, items: found.items.map(withId) };
    });
  }

  /** Throws NotFoundError, also for a resource that was removed. */
  async get(connector: ConnectorKey, id: string): Promise<CatalogItemWithBody> {
    const key = parseResourceId(id);
    const row = key && (await this.store.get(connector, key.factory, key.rowKey));
    if (!key || !row) throw notFound();
    if (row.kind !== 'activity') return { ...withId(row), document: row };
    const pipeline = await this.store.get(connector, key.factory, documentOf(key.rowKey));
    const body = pipeline && getActivityBody(pipeline.body, row.path);
    if (!pipeline || body === undefined) throw notFound();
    return { ...withId(row), body, document: pipeline };
  }

  countByKind(connector: ConnectorKey): Promise<KindCounts> {
    return this.etagMaps.countByKind(connector);
  }

  /** Deletes the etag maps last, because they list the factories whose rows must go. */
  async deleteConnector(connector: ConnectorKey, stretch: Stretch = endless): Promise<void> {
    for (const { hash } of await this.etagMaps.listFactories(connector)) {
      await this.store.deleteFactory(connector, hash, stretch);
      if (stretch.isOver) return;
    }
    await this.etagMaps.deleteConnector(connector, stretch);
  }
}

export const withId = <T extends CatalogRow>(row: T) => ({
  ...row,
  id: resourceId(factoryHash(row.factory), row.rowKey),
});

const notFound = () =>
  new NotFoundError(
    'catalog_resource_not_found',
    'The catalog has no resource with this id. Use removed=true to get a removed resource.',
  );
