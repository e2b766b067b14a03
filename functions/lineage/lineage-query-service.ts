/** Answers questions about lineage: assets, their readers and writers, what comes from what. */
import { unitsOf, type PackedFactory } from '../catalog/packed-units';
import { factoryId, type FactoryRef } from '../data-factory/resource';
import { parseResourceId } from '../data-factory/resource-id';
import { mapConcurrently } from '../concurrency/map-concurrently';
import { runInSlices } from '../concurrency/run-in-slices';
import { TtlCache } from '../concurrency/ttl-cache';
import { InvalidInputError, NotFoundError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { FactoryUnits, GraphAsset, LineageGraph } from './graph/lineage-graph';
import { displayName, graphSteps, unitOfResource } from './graph/lineage-graph';
import { impactOf, type Impact } from './graph/impact';
import { walkLineage, type Direction, type LineageStep } from './graph/traversal';
import type { LineageStore } from './ports';

export interface AssetQuery {
  readonly kind?: 'asset' | 'template' | undefined;
  /** Name or ARM id of a factory. */
  readonly factory?: string | undefined;
  /** Part of the namespace or name, compared without case. */
  readonly name?: string | undefined;
}

/** Where a walk begins. Exactly one is given. */
export interface LineageRoot {
  readonly asset?: string | undefined;
  readonly resource?: string | undefined;
  readonly column?: string | undefined;
}

export interface LineageQuery extends LineageRoot {
  readonly direction: Direction;
  readonly depth: number;
}

const graphTtlMs = 600_000;
const maxGraphs = 8;
const maxConcurrentLoads = 4;

export class LineageQueryService {
  /** By connector and versions of its factories, so a graph is never older than what is stored. */
  private readonly graphs: TtlCache<LineageGraph>;
  private readonly factoryUnits: TtlCache<FactoryUnits>;

  constructor(
    private readonly store: Pick<LineageStore, 'listFactories' | 'loadUnits'>,
    now: () => Date,
  ) {
    this.graphs = new TtlCache(graphTtlMs, maxGraphs, now);
    this.factoryUnits = new TtlCache(graphTtlMs, maxGraphs * 25, now);
  }

  /** Ordered by namespace and name. */
  async listAssets(
    connector: ConnectorKey,
    { kind, factory, name }: AssetQuery,
    { limit, continuation }: PageRequest,
  ): Promise<Page<GraphAsset>> {
    const graph = await this.graph(connector);
    const wanted = name?.toLowerCase();
    const matching = graph.sorted.filter(
      (each) =>
        (kind === undefined || each.asset.kind === kind) &&
        (factory === undefined ||
          each.ends.some(({ job }) => isFactory(job.factoryRef, factory))) &&
        (wanted === undefined ||
          [displayName(each.asset), ...each.aliases].some((text) =>
            text.toLowerCase().includes(wanted),
          )),
    );
    // The page begins behind the name of the last asset, also if that one is gone.
    const start =
      continuation === undefined ? 0 : matching.findIndex((each) => keyOf(each) > continuation);
    const items = start < 0 ? [] : matching.slice(start, start + limit);
    const last = items.at(-1);
    const hasMore = start >= 0 && matching.length > start + limit && last !== undefined;
    return { items, ...(hasMore && { continuation: keyOf(last) }) };
  }

  /** Throws NotFoundError. */
  async getAsset(connector: ConnectorKey, assetId: string): Promise<GraphAsset> {
    const asset = (await this.graph(connector)).assets.get(assetId);
    if (asset) return asset;
    throw assetNotFound();
  }

  /** Nearest first. */
  async lineage(
    connector: ConnectorKey,
    query: LineageQuery,
    request: PageRequest,
  ): Promise<Page<LineageStep>> {
    const graph = await this.graph(connector);
    const { asset, resource, column, direction, depth } = query;
    const { assets, own } = this.start(graph, { asset, resource }, direction);
    const { steps } = walkLineage(graph, { assets, column }, direction, depth);
    return pageOf(
      [...own, ...steps.filter((step) => !own.some(({ pair }) => pair === step.pair))],
      request,
    );
  }

  /** Everything that a change reaches, nearest first. */
  async impact(
    connector: ConnectorKey,
    root: LineageRoot,
    depth: number,
    request: PageRequest,
  ): Promise<Page<Impact>> {
    const graph = await this.graph(connector);
    if (root.asset !== undefined) {
      await this.getAsset(connector, root.asset);
      return pageOf(impactOf(graph, { asset: root.asset, column: root.column }, depth), request);
    }
    const { factory, rowKey } = parseResource(root.resource);
    return pageOf(impactOf(graph, { factory, rowKey }, depth), request);
  }

  /** Assets of a resource at the near side of the walk, and the pairs within the resource. */
  private start(
    graph: LineageGraph,
    { asset, resource }: LineageRoot,
    direction: Direction,
  ): { readonly assets: readonly string[]; readonly own: readonly LineageStep[] } {
    if (asset !== undefined) {
      if (graph.assets.has(asset)) return { assets: [asset], own: [] };
      throw assetNotFound();
    }
    const { factory, rowKey } = parseResource(resource);
    const unit = unitOfResource(graph, factory, rowKey);
    const jobs = (unit?.jobs ?? []).filter(
      (job) => !rowKey.startsWith('activity|') || job.rowKey === rowKey,
    );
    const own = jobs.flatMap((job) =>
      job.lineage.pairs.flatMap((pair): LineageStep[] => {
        const [source, target] = [graph.assets.get(pair.source), graph.assets.get(pair.target)];
        const columns = pair.columns ?? [];
        return source && target ? [{ job, pair, distance: 0, source, target, columns }] : [];
      }),
    );
    const isFar = (kind: string) =>
      direction === 'downstream' ? kind !== 'reads' && kind !== 'inspects' : kind === 'reads';
    const assets = jobs.flatMap((job) =>
      job.lineage.ends.filter(({ kind }) => isFar(kind)).map((end) => end.asset),
    );
    return { assets: [...new Set(assets)], own };
  }

  /** As of now. Held in memory, so it must not be changed. */
  async graph(connector: ConnectorKey): Promise<LineageGraph> {
    const factories = await this.store.listFactories(connector);
    const prefix = `${connector.tenantId}|${connector.connectorId}`;
    const versions = factories.map(({ hash, version }) => `${hash} ${version}`).join('|');
    return this.graphs.getOrLoad(`${prefix}|${versions}`, async () =>
      runInSlices(
        graphSteps(
          await mapConcurrently(factories, maxConcurrentLoads, (factory) =>
            this.load(connector, prefix, factory),
          ),
        ),
      ),
    );
  }

  private load(
    connector: ConnectorKey,
    prefix: string,
    { hash, version, factory }: PackedFactory,
  ): Promise<FactoryUnits> {
    return this.factoryUnits.getOrLoad(`${prefix}|${hash} ${version}`, async () => {
      const units = unitsOf(await this.store.loadUnits(connector, hash));
      return { hash, factory, units: [...units.values()] };
    });
  }
}

const assetNotFound = () =>
  new NotFoundError(
    'lineage_asset_not_found',
    'The connector has no asset with this id. Take the id from the list of assets.',
  );

const keyOf = ({ asset }: GraphAsset) => `${displayName(asset)}\n${asset.id}`;

const isFactory = (factory: FactoryRef, wanted: string): boolean =>
  [factory.name, factoryId(factory)].some((name) => name.toLowerCase() === wanted.toLowerCase());

/** A list that is computed anew for each page. The continuation is a position in it. */
function pageOf<T>(all: readonly T[], { limit, continuation }: PageRequest): Page<T> {
  const start = continuation === undefined ? 0 : Number(continuation);
  const items = all.slice(start, start + limit);
  const end = start + items.length;
  return { items, ...(end < all.length && items.length > 0 && { continuation: String(end) }) };
}

function parseResource(id: string | undefined) {
  const parsed = id === undefined ? undefined : parseResourceId(id);
  if (parsed) return parsed;
  throw new InvalidInputError(
    'invalid_lineage_resource',
    'The value is not a resource id. Take the id from the list of resources.',
    [
      {
        pointer: '?resource',
        code: 'invalid_format',
        detail: 'resource must be an id from the list of resources',
      },
    ],
  );
}
