/** Lists and searches (RFC 7644 section 3.4.2). Indexed equalities read a few rows, other filters all. */
import type { Filter } from '../../scim/filter/filter';
import { attributesRead, equalities } from '../../scim/filter/lookups';
import { matches } from '../../scim/filter/evaluate';
import { issueCursor, readCursor, type CursorKey } from '../../scim/query/cursor';
import type { ListQuery } from '../../scim/query/list-query';
import { toListResponse } from '../../scim/query/list-response';
import { pageByIndex } from '../../scim/query/paging';
import { sortResources } from '../../scim/query/sort';
import type { Resource } from '../../scim/resource';
import type { ResourceType } from '../../scim/schema/resource-type';
import type { DirectoryStore } from '../ports';
import { isResourceId, uniqueAttributeOf, type StoredResource } from './directory';
import type { NameLookup } from './name-lookup';
import type { ResourceIds } from './resource-ids';
import type { ResourceViewService } from './resource-view-service';
import type { ScimContext } from './scim-context';

const scanPageSize = 500;

/** A match, and as much of it as filter and sort read. */
interface Match {
  readonly stored: StoredResource;
  readonly resource: Resource;
}

type PageOf<T> = {
  readonly items: readonly T[];
  readonly position: { readonly startIndex?: number; readonly nextCursor?: string };
};

export class QueryService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly views: ResourceViewService,
    private readonly names: NameLookup,
    private readonly ids: ResourceIds,
    private readonly cursorKey: CursorKey,
    private readonly now: () => Date,
  ) {}

  /** The response to a query of these types. Throws ScimError for a cursor that is not valid. */
  async list(context: ScimContext, types: readonly ResourceType[], query: ListQuery) {
    const { filter, sort, projection } = query;
    const [type, ...more] = types;
    if (!filter && !sort && type && more.length === 0) {
      const ids = await this.ids.list(context.key, type.name);
      const page = await this.pageOf(context, query, ids, (id) => id);
      const stored = await this.consecutive(context, type, ids, page.items);
      const resources = await this.views.present(context, stored, projection);
      return toListResponse({ resources, totalResults: ids.length, ...page.position });
    }
    const found: Match[] = [];
    for (const each of types)
      for await (const match of this.matchesOf(context, each, query)) found.push(match);
    const sorted = this.inOrder(found, query);
    const page = await this.pageOf(context, query, sorted, ({ stored }) => stored.id);
    const resources = await this.views.present(
      context,
      page.items.map(({ stored }) => stored),
      projection,
    );
    return toListResponse({ resources, totalResults: found.length, ...page.position });
  }

  /** Reads one range instead of each resource. What was deleted since the ids were read is left out. */
  private async consecutive(
    { key }: ScimContext,
    { name: type }: ResourceType,
    ids: readonly string[],
    page: readonly string[],
  ): Promise<readonly StoredResource[]> {
    const [first] = page;
    if (first === undefined) return [];
    const before = ids[ids.indexOf(first) - 1];
    const { items } = await this.store.list(key, type, {
      limit: page.length,
      ...(before !== undefined && { continuation: before }),
    });
    const last = page.at(-1)!;
    return items.filter(({ id }) => id <= last);
  }

  private async *matchesOf(
    context: ScimContext,
    type: ResourceType,
    { filter, sort }: ListQuery,
  ): AsyncGenerator<Match> {
    const read = new Set([
      ...(filter ? attributesRead(filter) : []),
      ...(sort ? [(sort.attribute.parent ?? sort.attribute).path] : []),
    ]);
    const needs = { members: read.has('members'), groups: read.has('groups') };
    for await (const candidates of this.candidates(context, type, filter)) {
      const resources = await this.views.complete(context, candidates, needs);
      for (const [index, resource] of resources.entries())
        if (!filter || matches(filter, resource)) yield { stored: candidates[index]!, resource };
    }
  }

  private async *candidates(
    context: ScimContext,
    type: ResourceType,
    filter: Filter | undefined,
  ): AsyncGenerator<readonly StoredResource[]> {
    const indexed = filter && (await this.lookUp(context, type, filter));
    if (indexed) return yield indexed;
    let continuation: string | undefined;
    do {
      const page = await this.store.list(context.key, type.name, {
        limit: scanPageSize,
        ...(continuation !== undefined && { continuation }),
      });
      yield page.items;
      ({ continuation } = page);
    } while (continuation !== undefined);
  }

  /** Undefined if no index limits the matches. The index with the fewest rows first. */
  private async lookUp(
    { key }: ScimContext,
    { name: type }: ResourceType,
    filter: Filter,
  ): Promise<readonly StoredResource[] | undefined> {
    const values = new Map<string, string>();
    for (const { path, value } of equalities(filter))
      if (typeof value === 'string') values.set(path, value);
    const id = values.get('id');
    if (id !== undefined) return isResourceId(id) ? this.store.getMany(key, type, [id]) : [];
    const name = values.get(uniqueAttributeOf(type));
    if (name !== undefined) return this.names.find(key, type, name);
    const externalId = values.get('externalId');
    if (externalId !== undefined) return this.store.find(key, type, 'externalId', externalId);
    const member = values.get('members.value') ?? values.get('members');
    if (type !== 'Group' || member === undefined) return undefined;
    if (!isResourceId(member)) return [];
    const groupIds = (await this.store.groupIdsOf(key, [member])).get(member) ?? [];
    return this.store.getMany(key, type, groupIds.toSorted());
  }

  /** Types come one after the other, so without a sort the ids decide over all of them. */
  private inOrder(found: readonly Match[], { sort }: ListQuery): readonly Match[] {
    const byId = found.toSorted((one, other) => (one.stored.id < other.stored.id ? -1 : 1));
    if (!sort) return byId;
    const matchOf = new Map(byId.map((match) => [match.resource, match]));
    const sorted = sortResources(
      byId.map(({ resource }) => resource),
      sort,
    );
    return sorted.map((resource) => matchOf.get(resource)!);
  }

  private async pageOf<T>(
    { key: { tenantId, connectionId } }: ScimContext,
    { paging, binding }: ListQuery,
    items: readonly T[],
    idOf: (item: T) => string,
  ): Promise<PageOf<T>> {
    if (paging.method === 'index') {
      const { startIndex, count } = paging;
      return { items: pageByIndex(items, startIndex, count), position: { startIndex } };
    }
    const bound = JSON.stringify([tenantId, connectionId, binding]);
    const { cursor, count } = paging;
    const position =
      cursor === undefined
        ? undefined
        : await readCursor(cursor, this.now(), bound, this.cursorKey);
    const start = position === undefined ? 0 : startAfter(items, position, idOf);
    const page = items.slice(start, start + count);
    const end = start + page.length;
    if (end >= items.length) return { items: page, position: {} };
    const next = JSON.stringify([end, idOf(page.at(-1)!)]);
    const nextCursor = await issueCursor(next, this.now(), bound, this.cursorKey);
    return { items: page, position: { nextCursor } };
  }
}

/** After the last item of the page before, or at its index if it is gone. */
function startAfter<T>(items: readonly T[], position: string, idOf: (item: T) => string): number {
  const [index, id] = JSON.parse(position) as readonly [number, string];
  const found = items.findIndex((item) => idOf(item) === id);
  return found < 0 ? index - 1 : found + 1;
}
