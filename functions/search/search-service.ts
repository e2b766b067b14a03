/** Searches the resources of all connectors of a tenant. */
import { unitsOf, type PackedFactory } from '../catalog/packed-units';
import { matchesFactory } from '../catalog/multi-factory-paging';
import { mapConcurrently } from '../concurrency/map-concurrently';
import type { ConnectorService } from '../connectors/connector-service';
import type { FactoryRef, ResourceKind } from '../data-factory/resource';
import { resourceId } from '../data-factory/resource-id';
import { InvalidInputError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import { factoryIndex, queryWords, type Match } from './factory-index';
import { IndexCache } from './index-cache';
import type { SearchStore } from './ports';

export interface SearchQuery {
  readonly q: string;
  readonly kind?: ResourceKind | undefined;
  /** Name or ARM id of a factory. Compared without case. */
  readonly factory?: string | undefined;
  readonly connectorId?: string | undefined;
}

export interface SearchHit extends Match {
  readonly id: string;
  readonly connectorId: string;
  readonly factory: FactoryRef;
}

export interface SearchFacets {
  /** Numbers of hits in the factories that were asked for, most first. */
  readonly kinds: readonly { readonly kind: ResourceKind; readonly count: number }[];
  /** Numbers of hits of the kind that was asked for, most first. */
  readonly factories: readonly {
    readonly connectorId: string;
    readonly factory: FactoryRef;
    readonly count: number;
  }[];
}

export interface SearchResult extends Page<SearchHit> {
  readonly total: number;
  readonly facets: SearchFacets;
}

type SearchedFactory = PackedFactory & { readonly connectorId: string };

const maxWords = 8;
/** Entries in the indexes of one worker. About 1 KB each. */
const maxCachedEntries = 250_000;
const maxConcurrentReads = 8;
/** Hits further down are not worth reading; a narrower query finds them. */
const maxOffset = 1_000;
const maxFactoryFacets = 100;

export class SearchService {
  private readonly indexes = new IndexCache(maxCachedEntries);

  constructor(
    private readonly store: Pick<SearchStore, 'listFactories' | 'loadUnits'>,
    private readonly connectors: Pick<ConnectorService, 'get' | 'inTenant'>,
  ) {}

  /** Best hits first. A continuation counts hits, so a page may repeat one after a sync run. */
  async search(
    tenantId: string,
    { q, kind, factory, connectorId }: SearchQuery,
    { limit, continuation }: PageRequest,
  ): Promise<SearchResult> {
    const words = queryWords(q).slice(0, maxWords);
    if (words.length === 0) throw noWords();
    const factories = await this.factories(tenantId, connectorId);
    const byFactory = await mapConcurrently(factories, maxConcurrentReads, async (each) => ({
      factory: each,
      isWanted: matchesFactory(each, factory),
      matches: await this.matches(tenantId, each, words),
    }));
    const wanted = byFactory.filter(({ isWanted }) => isWanted);
    const hits = wanted
      .flatMap(({ factory: of, matches }) =>
        matches
          .filter(({ entry }) => kind === undefined || entry.kind === kind)
          .map((match) => ({ of, match })),
      )
      .sort((one, other) => byScore(one.match, other.match));
    const offset = Number(continuation ?? 0);
    const end = Math.min(offset + limit, maxOffset);
    return {
      items: hits.slice(offset, end).map(({ of, match }) => toHit(of, match)),
      ...(end < Math.min(hits.length, maxOffset) && { continuation: String(end) }),
      total: hits.length,
      facets: {
        kinds: countKinds(wanted.flatMap(({ matches }) => matches)),
        factories: byFactory
          .map(({ factory: { connectorId: id, factory: ref }, matches }) => ({
            connectorId: id,
            factory: ref,
            count: matches.filter(({ entry }) => kind === undefined || entry.kind === kind).length,
          }))
          .filter(({ count }) => count > 0)
          .sort((one, other) => other.count - one.count)
          .slice(0, maxFactoryFacets),
      },
    };
  }

  /** Factories of one connector, or of all that are not being deleted. */
  private async factories(
    tenantId: string,
    connectorId: string | undefined,
  ): Promise<readonly SearchedFactory[]> {
    const ids: string[] = [];
    if (connectorId !== undefined)
      ids.push((await this.connectors.get({ tenantId, connectorId })).id);
    else for await (const { id } of this.connectors.inTenant(tenantId)) ids.push(id);
    const found = await mapConcurrently(ids, maxConcurrentReads, async (id) => {
      const own = await this.store.listFactories({ tenantId, connectorId: id });
      return own.map((each) => ({ ...each, connectorId: id }));
    });
    return found.flat();
  }

  private async matches(
    tenantId: string,
    { connectorId, hash, version }: SearchedFactory,
    words: readonly string[],
  ): Promise<readonly Match[]> {
    const connector: ConnectorKey = { tenantId, connectorId };
    const key = `${tenantId}|${connectorId}|${hash}`;
    const index = await this.indexes.getOrLoad(key, version, async () => {
      const units = unitsOf(await this.store.loadUnits(connector, hash));
      return factoryIndex([...units.values()].flatMap(({ entries }) => entries));
    });
    return index.search(words);
  }
}

const toHit = ({ hash, factory, connectorId }: SearchedFactory, match: Match): SearchHit => ({
  ...match,
  id: resourceId(hash, match.entry.rowKey),
  connectorId,
  factory,
});

/** The order of hits with equal scores does not depend on the order of factories. */
const byScore = (one: Match, other: Match): number =>
  other.score - one.score || (one.entry.rowKey < other.entry.rowKey ? -1 : 1);

function countKinds(matches: readonly Match[]): SearchFacets['kinds'] {
  const counts = new Map<ResourceKind, number>();
  for (const { entry } of matches) counts.set(entry.kind, (counts.get(entry.kind) ?? 0) + 1);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((one, other) => other.count - one.count);
}

const noWords = () =>
  new InvalidInputError(
    'invalid_search_query',
    'The query has no letter or digit. Enter a word of what you look for.',
    [{ pointer: '?q', code: 'invalid', detail: 'q must contain a letter or digit' }],
  );
