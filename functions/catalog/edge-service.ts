/** Edges as callers see them: over all factories of a connector, or around one resource. */
import { InvalidInputError } from '../errors';
import type { Page, PageRequest } from '../page';
import type { Edge, EdgeEnd, EdgeKind } from './edge';
import type {
  CatalogStore,
  EdgeCounts,
  EdgeQuery,
  EdgeStore,
  EtagMapStore,
  KnownFactory,
} from './ports';
import { listedKinds, type ConnectorKey, type ListedKind } from './resource';
import { parseResourceId } from './resource-id';

export interface EdgeFilter {
  /** Resource ids. */
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly kind?: EdgeKind | undefined;
}

/** `factory` is the hash that ids begin with. */
export type EdgeItem = Edge & { readonly factory: string };

export interface EdgesAround {
  /** How many begin here, and how many end here. */
  readonly out: EdgeCounts;
  readonly in: EdgeCounts;
}

/** Data Factory brings this runtime itself: it is referred to, and in no list. */
const builtIn = 'integrationRuntime|autoresolveintegrationruntime';

export class EdgeService {
  constructor(
    private readonly store: EdgeStore,
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly maps: Pick<EtagMapStore, 'factories' | 'load'>,
  ) {}

  /** Throws InvalidInputError for what is no id of ours. */
  async list(
    connector: ConnectorKey,
    { source, target, kind }: EdgeFilter,
    { limit, continuation }: PageRequest,
  ): Promise<Page<EdgeItem>> {
    const [from, to] = [endAt('source', source), endAt('target', target)];
    const wanted = from?.factory ?? to?.factory;
    // No edge leaves its factory.
    if (from && to && from.factory !== to.factory) return { items: [] };
    const query: EdgeQuery = { source: from?.rowKey, target: to?.rowKey, kind };
    const [after = '', ...rest] = continuation?.split(' ') ?? [];
    const known = (await this.maps.factories(connector)).filter(
      ({ hash }) => hash >= after && (wanted === undefined || hash === wanted),
    );
    const items: EdgeItem[] = [];
    for (const factory of known) {
      let next = factory.hash === after && rest.length > 0 ? rest.join(' ') : undefined;
      do {
        if (items.length === limit)
          return {
            items,
            continuation: [factory.hash, ...(next === undefined ? [] : [next])].join(' '),
          };
        const page = await this.store.list(connector, factory.hash, query, {
          limit: limit - items.length,
          ...(next !== undefined && { continuation: next }),
        });
        items.push(...(await this.checked(connector, factory, page.items)));
        next = page.continuation;
      } while (next !== undefined);
    }
    return { items };
  }

  async around(connector: ConnectorKey, id: string): Promise<EdgesAround> {
    const { factory, rowKey } = endAt('id', id)!;
    const [out, into] = await Promise.all([
      this.store.count(connector, factory, { source: rowKey }),
      this.store.count(connector, factory, { target: rowKey }),
    ]);
    return { out, in: into };
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    const connector = { tenantId, connectorId };
    for (const { hash } of await this.maps.factories(connector))
      await this.store.deleteFactory(connector, hash);
  }

  /**
   * Whether a target is there is looked up when somebody asks: it may come and go while the JSON that refers to it
   * stays as it is.
   */
  private async checked(
    connector: ConnectorKey,
    { hash, factory }: KnownFactory,
    edges: readonly Edge[],
  ): Promise<EdgeItem[]> {
    const doubted = new Set(edges.flatMap(({ target }) => (isListed(target) ? target.rowKey : [])));
    doubted.delete(builtIn);
    const kinds = new Set([...doubted].map((rowKey) => rowKey.split('|')[0] as ListedKind));
    const maps = await Promise.all(
      [...kinds].map((kind) => this.maps.load(connector, factory, kind)),
    );
    for (const { entries } of maps) for (const rowKey of entries.keys()) doubted.delete(rowKey);
    // A map is written after the rows it describes, so the last word is the row's.
    const missing = new Set<string>();
    await Promise.all(
      [...doubted].map(async (rowKey) => {
        if (!(await this.catalog.get(connector, hash, rowKey))) missing.add(rowKey);
      }),
    );
    return edges.map((edge) => ({
      ...edge,
      factory: hash,
      target: missing.has(edge.target.rowKey ?? '')
        ? { ...edge.target, missing: true }
        : edge.target,
    }));
  }
}

/** Activities stand in the JSON of their pipeline and were looked up there. */
const isListed = (end: EdgeEnd): end is EdgeEnd & { readonly rowKey: string } =>
  end.rowKey !== undefined && listedKinds.some((kind) => kind === end.kind);

function endAt(name: string, id: string | undefined) {
  if (id === undefined) return undefined;
  const parsed = parseResourceId(id);
  if (parsed) return parsed;
  throw new InvalidInputError('invalid_resource_id', 'A resource is named by its id.', [
    { pointer: `?${name}`, detail: 'take it from the list of resources' },
  ]);
}
