/**
 * Edges of a connector's factories. They are extracted from the stored JSON on each request, so
 * they always agree with it.
 */
import { edgeKey, type Edge, type EdgeEnd, type EdgeKind } from '../data-factory/edge';
import { extractEdges } from '../data-factory/edge-extraction';
import { listedKinds, type FactoryRef, type ListedKind } from '../data-factory/resource';
import { parseResourceId } from '../data-factory/resource-id';
import { InvalidInputError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import { formatEdgeCursor, parseEdgeCursor } from './edge-cursor';
import { EdgeDocuments, type EdgeQuery, type RequestBudget } from './edge-documents';
import type {
  CatalogRowWithBody,
  CatalogStore,
  EtagMapStore,
  KnownFactory,
  ReferenceIndexStore,
} from './ports';
import { isInternal } from './reference-index';

export interface EdgeFilter {
  /** Resource ids. */
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly kind?: EdgeKind | undefined;
}

/** `factory` is the hash that resource ids begin with. */
export type EdgeItem = Edge & { readonly factory: string };

export type EdgeCounts = Partial<Record<EdgeKind, number>>;

export interface EdgeSummary {
  /** Number of edges that begin at the resource. */
  readonly out: EdgeCounts;
  /** Number of edges that end at the resource. */
  readonly in: EdgeCounts;
}

/**
 * Row key of the integration runtime that Data Factory provides. It is referred to but never
 * listed.
 */
const builtInRuntime = 'integrationRuntime|autoresolveintegrationruntime';

/** Requests to storage for one page, which ends when they are made, also with few edges or none. */
const maxRequests = 10;
/** For the index of a factory, a document, and the etag maps that show which targets exist. */
const minRequestsPerFactory = 3;
/** A page also ends after this time. */
const maxMs = 2_000;

export class EdgeService {
  private readonly documents: EdgeDocuments;

  constructor(
    private readonly catalog: Pick<CatalogStore, 'get' | 'listBodies'>,
    private readonly referenceIndex: ReferenceIndexStore,
    private readonly etagMaps: Pick<EtagMapStore, 'listFactories' | 'load' | 'loadFactory'>,
  ) {
    this.documents = new EdgeDocuments(catalog, referenceIndex);
  }

  /** Throws InvalidInputError for an id that is not a resource id. */
  async list(
    connector: ConnectorKey,
    { source, target, kind }: EdgeFilter,
    { limit, continuation }: PageRequest,
  ): Promise<Page<EdgeItem>> {
    const [from, to] = [parseEnd('source', source), parseEnd('target', target)];
    const wanted = from?.factory ?? to?.factory;
    // Both ends of an edge are in the same factory.
    if (from && to && from.factory !== to.factory) return { items: [] };
    const query: EdgeQuery = { source: from?.rowKey, target: to?.rowKey, kind };
    const [after = '', document, edge] = parseEdgeCursor(continuation);
    const factories = (await this.etagMaps.listFactories(connector)).filter(
      ({ hash, kinds }) =>
        hash >= after && kinds.length > 0 && (wanted === undefined || hash === wanted),
    );
    const items: EdgeItem[] = [];
    const budget = { requests: maxRequests };
    const startedAt = performance.now();
    for (const factory of factories) {
      const isLate = performance.now() - startedAt > maxMs;
      if (budget.requests < minRequestsPerFactory || isLate)
        return { items, continuation: formatEdgeCursor([factory.hash]) };
      budget.requests--;
      const start = factory.hash === after ? { document, edge } : {};
      const remaining = limit - items.length;
      const page = await this.pageOfFactory(connector, factory, query, {
        remaining,
        budget,
        ...start,
      });
      items.push(...(await this.markMissing(connector, factory, page)));
      if (page.next) return { items, continuation: formatEdgeCursor([factory.hash, ...page.next]) };
    }
    return { items };
  }

  /** `document` is the row whose JSON holds the resource, if it is live. */
  async summarize(
    connector: ConnectorKey,
    id: string,
    document: CatalogRowWithBody | undefined,
  ): Promise<EdgeSummary> {
    const { factory, rowKey } = parseEnd('id', id)!;
    const index = await this.referenceIndex.loadFactory(connector, factory);
    const own = document ? extractEdges(document.factory, document) : [];
    const isFactory = document?.kind === 'factory';
    return {
      out: countByKind([
        ...own.filter(({ source }) => source.rowKey === rowKey).map(single),
        ...(isFactory ? [await this.countPipelines(connector, document.factory)] : []),
      ]),
      in: countByKind([
        ...own.filter((edge) => isInternal(edge) && edge.target.rowKey === rowKey).map(single),
        ...[...index.values()].flat().filter(({ target }) => target === rowKey),
      ]),
    };
  }

  /** Counts a factory's edges to its pipelines without reading the pipelines. */
  private async countPipelines(connector: ConnectorKey, factory: FactoryRef) {
    const { entries } = await this.etagMaps.load(connector, factory, 'pipeline');
    return { kind: 'contains' as const, count: entries.size };
  }

  private async pageOfFactory(
    connector: ConnectorKey,
    { hash, factory }: KnownFactory,
    query: EdgeQuery,
    { remaining, budget, ...start }: FactoryPageRequest,
  ): Promise<FactoryPage> {
    const edges: Edge[] = [];
    const existing = new Set([builtInRuntime]);
    let last: readonly [string?, string?] = [];
    const found = this.documents.find(connector, hash, query, budget, start.document);
    for await (const row of found) {
      if ('stopAt' in row) return { edges, existing, next: [row.stopAt] };
      existing.add(row.rowKey);
      const all = extractEdges(factory, row).filter((each) => matches(each, query));
      // If the JSON changed since the last page, show the edges of this document again rather than
      // skip any.
      const shown =
        row.rowKey === start.document ? all.findIndex((each) => edgeKey(each) === start.edge) : -1;
      for (const each of all.slice(shown + 1)) {
        if (edges.length === remaining) return { edges, existing, next: last };
        edges.push(each);
        last = [row.rowKey, edgeKey(each)];
      }
    }
    return { edges, existing };
  }

  /**
   * Checked on each request, because a target may appear or be removed while the JSON that refers
   * to it stays.
   */
  private async markMissing(
    connector: ConnectorKey,
    { hash, factory }: KnownFactory,
    { edges, existing }: FactoryPage,
  ): Promise<EdgeItem[]> {
    const targets = edges.flatMap(({ target }) => (isListed(target) ? target.rowKey : []));
    const unconfirmed = new Set(targets.filter((rowKey) => !existing.has(rowKey)));
    const maps =
      unconfirmed.size > 0 ? await this.etagMaps.loadFactory(connector, factory) : new Map();
    const missing = new Set<string>();
    await Promise.all(
      [...unconfirmed].map(async (rowKey) => {
        const map = maps.get(rowKey.split('|')[0] as ListedKind);
        if (map?.entries.has(rowKey)) return;
        // While a sync run writes, a target that is not in the map yet may have a row.
        const mayExist = map?.dirtySyncRunId !== undefined;
        const row = mayExist ? await this.catalog.get(connector, hash, rowKey) : undefined;
        if (!row) missing.add(rowKey);
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

interface FactoryPageRequest {
  /** Number of edges that the page has room for. */
  readonly remaining: number;
  readonly budget: RequestBudget;
  /** Row and edge of the last page, if it ended in this factory. */
  readonly document?: string | undefined;
  readonly edge?: string | undefined;
}

/** Edges of one factory, in the order of documents and of their JSON. */
interface FactoryPage {
  readonly edges: readonly Edge[];
  /** Row keys of resources that exist for certain. */
  readonly existing: ReadonlySet<string>;
  /** Absent at the end of the factory. */
  readonly next?: readonly [string?, string?];
}

/** Excludes activities, whose existence is known from the JSON of their pipeline. */
const isListed = (end: EdgeEnd): end is EdgeEnd & { readonly rowKey: string } =>
  end.rowKey !== undefined && listedKinds.some((kind) => kind === end.kind);

const matches = ({ kind, source, target }: Edge, query: EdgeQuery): boolean =>
  (query.kind === undefined || kind === query.kind) &&
  (query.source === undefined || source.rowKey === query.source) &&
  (query.target === undefined || target.rowKey === query.target);

const single = ({ kind }: Edge) => ({ kind, count: 1 });

function countByKind(edges: readonly { readonly kind: EdgeKind; readonly count: number }[]) {
  const counts: EdgeCounts = {};
  for (const { kind, count } of edges) if (count > 0) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
}

function parseEnd(parameter: string, id: string | undefined) {
  if (id === undefined) return undefined;
  const parsed = parseResourceId(id);
  if (parsed) return parsed;
  throw new InvalidInputError(
    'invalid_resource_id',
    'The value is not a resource id. Take the id from the list of resources.',
    [
      {
        pointer: `?${parameter}`,
        code: 'invalid_format',
        detail: `${parameter} must be an id from the list of resources`,
      },
    ],
  );
}
