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
import { bestHits, type FactoryMatches } from './best-hits';
import { FactoryIndex, fieldsOf } from './factory-index';
import { IndexCache } from './index-cache';
import type { SearchStore } from './ports';
import type { SearchEntry, SearchField } from './search-unit';
import { queryWords } from './words';

export interface SearchQuery {
  readonly q: string;
  readonly kind?: ResourceKind | undefined;
  /** Name or ARM id of a factory. Compared without case. */
  readonly factory?: string | undefined;
  readonly connectorId?: string | undefined;
}

interface Match {
  readonly entry: SearchEntry;
  readonly score: number;
  /** Fields that contain words of the query. */
  readonly fields: readonly SearchField[];
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
    const searched = await mapConcurrently(factories, maxConcurrentReads, async (each) => {
      const index = await this.index(tenantId, each);
      const matches = index.search(words);
      const isOfKind = (at: number) =>
        kind === undefined || index.entries[matches.entries[at]!]!.kind === kind;
      return { of: each, index, matches, isWanted: isOfKind };
    });
    const wanted = searched.filter(({ of }) => matchesFactory(of, factory));
    const factoryCounts = searched.map((each) => ({ of: each.of, count: countWanted(each) }));
    const total = wanted.reduce((sum, each) => sum + countWanted(each), 0);
    const offset = Number(continuation ?? 0);
    const end = Math.min(offset + limit, maxOffset);
    const hits = bestHits(wanted, end).slice(offset);
    return {
      items: hits.map(({ factory: position, at, score }) => {
        const { of, index, matches } = wanted[position]!;
        const entry = index.entries[matches.entries[at]!]!;
        return toHit(of, { entry, score, fields: fieldsOf(matches.fields[at]!) });
      }),
      ...(end < Math.min(total, maxOffset) && { continuation: String(end) }),
      total,
      facets: {
        kinds: countKinds(wanted),
        factories: factoryCounts
          .filter(({ count }) => count > 0)
          .sort((one, other) => other.count - one.count)
          .slice(0, maxFactoryFacets)
          .map(({ of, count }) => ({ connectorId: of.connectorId, factory: of.factory, count })),
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

  private index(
    tenantId: string,
    { connectorId, hash, version }: SearchedFactory,
  ): Promise<FactoryIndex> {
    const connector: ConnectorKey = { tenantId, connectorId };
    return this.indexes.getOrLoad(`${tenantId}|${connectorId}|${hash}`, version, async () => {
      const units = unitsOf(await this.store.loadUnits(connector, hash));
      return FactoryIndex.build([...units.values()].flatMap(({ entries }) => entries));
    });
  }
}

const toHit = ({ hash, factory, connectorId }: SearchedFactory, match: Match): SearchHit => ({
  ...match,
  id: resourceId(hash, match.entry.rowKey),
  connectorId,
  factory,
});

function countWanted({ matches, isWanted }: FactoryMatches): number {
  let count = 0;
  for (let at = 0; at < matches.entries.length; at++) if (isWanted(at)) count++;
  return count;
}

function countKinds(factories: readonly FactoryMatches[]): SearchFacets['kinds'] {
  const counts = new Map<ResourceKind, number>();
  for (const { index, matches } of factories)
    for (const at of matches.entries) {
      const { kind } = index.entries[at]!;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
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
