/** The catalogue as callers see it: lists over all factories of a connector, and single resources with their body. */
import { NotFoundError } from '../errors';
import type { Page, PageRequest } from '../page';
import { activitiesOf } from './activities';
import type { CatalogRow, CatalogStore, EtagMapStore, KindCounts, KnownFactory } from './ports';
import { factoryId, type ConnectorKey, type Json, type ResourceKind } from './resource';
import { factoryHash, parseResourceId, resourceId } from './resource-id';

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
    { limit, continuation }: PageRequest,
  ): Promise<Page<CatalogItem>> {
    const [from = '', within] = continuation?.split(' ') ?? [];
    const factories = (await this.maps.factories(connector)).filter(
      (each) => each.hash >= from && isWanted(each, factory),
    );
    const items: CatalogItem[] = [];
    for (const { hash } of factories) {
      // A page of the table may hold less than it was asked for, even nothing, and still be followed by another.
      let next = hash === from ? within : undefined;
      do {
        if (items.length === limit)
          return { items, continuation: next === undefined ? hash : `${hash} ${next}` };
        const page = await this.store.list(connector, hash, kind, {
          limit: limit - items.length,
          ...(next !== undefined && { continuation: next }),
        });
        items.push(...page.items.map(withId));
        next = page.continuation;
      } while (next !== undefined);
    }
    return { items };
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
    const placed = activitiesOf(holder?.body ?? null).find(({ path }) => path === row.path);
    if (!placed) throw missing();
    return { ...withId(row), body: placed.body };
  }

  counts(connector: ConnectorKey): Promise<KindCounts> {
    return this.maps.counts(connector);
  }

  /** Rows first: the maps are how the rows are found. */
  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    const connector = { tenantId, connectorId };
    for (const { hash } of await this.maps.factories(connector))
      await this.store.deleteFactory(connector, hash);
    await this.maps.deleteConnector(connector);
  }
}

const withId = <T extends CatalogRow>(row: T) => ({
  ...row,
  id: resourceId(factoryHash(row.factory), row.rowKey),
});

const isWanted = ({ factory }: KnownFactory, wanted: string | undefined) =>
  wanted === undefined ||
  [factory.name, factoryId(factory)].some((name) => name.toLowerCase() === wanted.toLowerCase());

const missing = () =>
  new NotFoundError('catalog_resource_not_found', 'There is no resource of this id.');
