/**
 * Edges as callers see them: over all factories of a connector, or around one resource. They are read from the stored
 * JSON whenever somebody asks, so they never say anything else than the JSON does.
 */
import { InvalidInputError } from '../errors/app-error';
import type { Page, PageRequest } from '../storage/page';
import { edgeKey, documentOf, type Edge, type EdgeEnd, type EdgeKind } from '../data-factory/edge';
import { EdgeDocuments, type EdgeQuery } from './edge-documents';
import { parseEdgeCursor, formatEdgeCursor } from './edge-cursor';
import { extractEdges } from '../data-factory/edge-extraction';
import type { CatalogStore, EtagMapStore, KnownFactory, ReferenceIndexStore } from './ports';
import { isInternal } from './reference-index';
import { listedKinds, type FactoryRef, type ListedKind } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import { parseResourceId } from '../data-factory/resource-id';

export interface EdgeFilter {
  /** Resource ids. */
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly kind?: EdgeKind | undefined;
}

/** `factory` is the hash that ids begin with. */
export type EdgeItem = Edge & { readonly factory: string };

export type EdgeCounts = Partial<Record<EdgeKind, number>>;

export interface EdgeSummary {
  /** How many begin here, and how many end here. */
  readonly out: EdgeCounts;
  readonly in: EdgeCounts;
}

/** Data Factory brings this runtime itself: it is referred to, and in no list. */
const builtIn = 'integrationRuntime|autoresolveintegrationruntime';

export class EdgeService {
  private readonly documents: EdgeDocuments;

  constructor(
    private readonly catalog: Pick<CatalogStore, 'get' | 'listBodies'>,
    private readonly referenceIndex: ReferenceIndexStore,
    private readonly maps: Pick<EtagMapStore, 'listFactories' | 'load'>,
  ) {
    this.documents = new EdgeDocuments(catalog, referenceIndex);
  }

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
    const [after = '', owner, edge] = parseEdgeCursor(continuation);
    const known = (await this.maps.listFactories(connector)).filter(
      ({ hash }) => hash >= after && (wanted === undefined || hash === wanted),
    );
    const items: EdgeItem[] = [];
    for (const factory of known) {
      const start = factory.hash === after ? { owner, edge } : {};
      const room = limit - items.length;
      const { edges, next } = await this.pageOfFactory(connector, factory, query, room, start);
      items.push(...(await this.markMissing(connector, factory, edges)));
      if (next) return { items, continuation: formatEdgeCursor([factory.hash, ...next]) };
    }
    return { items };
  }

  async summarize(connector: ConnectorKey, id: string): Promise<EdgeSummary> {
    const { factory, rowKey } = endAt('id', id)!;
    const [owner, index] = await Promise.all([
      this.catalog.get(connector, factory, documentOf(rowKey)),
      this.referenceIndex.loadFactory(connector, factory),
    ]);
    const own = owner ? extractEdges(owner.factory, owner) : [];
    const isFactory = owner?.kind === 'factory';
    return {
      out: counted([
        ...own.filter(({ source }) => source.rowKey === rowKey).map(single),
        ...(isFactory ? [await this.pipelinesOf(connector, owner.factory)] : []),
      ]),
      in: counted([
        ...own.filter((edge) => isInternal(edge) && edge.target.rowKey === rowKey).map(single),
        ...[...index.values()].flat().filter(({ target }) => target === rowKey),
      ]),
    };
  }

  /** A factory contains them, and to count them nobody has to open them. */
  private async pipelinesOf(connector: ConnectorKey, factory: FactoryRef) {
    const { entries } = await this.maps.load(connector, factory, 'pipeline');
    return { kind: 'contains' as const, count: entries.size };
  }

  /** Of one factory, in the order of owners and of their JSON. `next` is absent when there are no more. */
  private async pageOfFactory(
    connector: ConnectorKey,
    { hash, factory }: KnownFactory,
    query: EdgeQuery,
    room: number,
    { owner, edge }: { readonly owner?: string | undefined; readonly edge?: string | undefined },
  ): Promise<{ readonly edges: readonly Edge[]; readonly next?: readonly [string?, string?] }> {
    const edges: Edge[] = [];
    let last: readonly [string?, string?] = [];
    for await (const row of this.documents.find(connector, hash, query, owner)) {
      const all = extractEdges(factory, row).filter((each) => matches(each, query));
      // Where the JSON has changed meanwhile, its edges are shown anew rather than not at all.
      const shown = row.rowKey === owner ? all.findIndex((each) => edgeKey(each) === edge) : -1;
      for (const each of all.slice(shown + 1)) {
        if (edges.length === room) return { edges, next: last };
        edges.push(each);
        last = [row.rowKey, edgeKey(each)];
      }
    }
    return { edges };
  }

  /**
   * Whether a target is there is looked up when somebody asks: it may come and go while the JSON that refers to it
   * stays as it is.
   */
  private async markMissing(
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

const matches = ({ kind, source, target }: Edge, query: EdgeQuery): boolean =>
  (query.kind === undefined || kind === query.kind) &&
  (query.source === undefined || source.rowKey === query.source) &&
  (query.target === undefined || target.rowKey === query.target);

const single = ({ kind }: Edge) => ({ kind, count: 1 });

function counted(edges: readonly { readonly kind: EdgeKind; readonly count: number }[]) {
  const counts: EdgeCounts = {};
  for (const { kind, count } of edges) if (count > 0) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
}

function endAt(name: string, id: string | undefined) {
  if (id === undefined) return undefined;
  const parsed = parseResourceId(id);
  if (parsed) return parsed;
  throw new InvalidInputError('invalid_resource_id', 'A resource is named by its id.', [
    { pointer: `?${name}`, detail: 'take it from the list of resources' },
  ]);
}
