/** Lists and searches (RFC 7644 section 3.4.2). */
import { issueCursor, readCursor, type CursorKey } from '../../scim/query/cursor';
import type { ListQuery } from '../../scim/query/list-query';
import { toListResponse } from '../../scim/query/list-response';
import { pageByIndex } from '../../scim/query/paging';
import type { Projection } from '../../scim/query/projection';
import type { Resource } from '../../scim/resource';
import type { ResourceType } from '../../scim/schema/resource-type';
import type { DirectoryStore } from '../ports';
import type { StoredResource } from './directory';
import { chunksOf, resourcesPerRead, sizeOfRead, type MatchService } from './match-service';
import type { ResourceIds } from './resource-ids';
import { needsOf, type ResourceViewService } from './resource-view-service';
import type { ScimContext } from './scim-context';

/** A page ends early with this many characters of JSON: RFC 7644 lets a page have fewer than `count`. */
const maxPageLength = 16_000_000;

/** An item of a list. `stored` if it has been read already. */
interface Item {
  readonly id: string;
  readonly type: ResourceType;
  readonly stored?: StoredResource;
}

type Read = (items: readonly Item[]) => Promise<readonly StoredResource[]>;

export class QueryService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly views: ResourceViewService,
    private readonly matches: MatchService,
    private readonly ids: ResourceIds,
    private readonly cursorKey: CursorKey,
    private readonly now: () => Date,
  ) {}

  /** The response to a query of these types. Throws ScimError for a cursor that is not valid. */
  async list(context: ScimContext, types: readonly ResourceType[], query: ListQuery) {
    const [type, ...more] = types;
    if (query.filter || query.sort || !type || more.length > 0) {
      const found = await this.matches.find(context, types, query);
      return this.respond(context, query, found, (items) => this.readAgain(context, items));
    }
    const ids = await this.ids.list(context.key, type.name);
    return this.respond(
      context,
      query,
      ids.map((id) => ({ id, type })),
      (items) => this.consecutive(context, type, ids, items),
    );
  }

  private async respond(context: ScimContext, query: ListQuery, all: readonly Item[], read: Read) {
    const { paging, projection } = query;
    const bound = boundOf(context, query);
    const start =
      paging.method === 'index' ? paging.startIndex - 1 : await this.startOf(paging, bound, all);
    const page = pageByIndex(all, start + 1, paging.count);
    const { resources, taken } = await this.present(context, page, projection, read);
    const position =
      paging.method === 'index'
        ? { startIndex: paging.startIndex }
        : await this.next(bound, all, start + taken);
    return toListResponse({ resources, totalResults: all.length, ...position });
  }

  /** Returns the number of items that the resources come from. */
  private async present(
    context: ScimContext,
    page: readonly Item[],
    projection: Projection,
    read: Read,
  ): Promise<{ readonly resources: readonly Resource[]; readonly taken: number }> {
    const resources: Resource[] = [];
    let length = 0;
    for (const items of chunksOf(page, resourcesPerRead))
      for (const some of chunksOf(await read(items), sizeOfRead(needsOf(projection)))) {
        for (const [index, resource] of (
          await this.views.present(context, some, projection)
        ).entries()) {
          resources.push(resource);
          length += JSON.stringify(resource).length;
          const last = some[index]!.id;
          if (length > maxPageLength)
            return { resources, taken: page.findIndex(({ id }) => id === last) + 1 };
        }
      }
    return { resources, taken: page.length };
  }

  private async readAgain(
    { key }: ScimContext,
    items: readonly Item[],
  ): Promise<readonly StoredResource[]> {
    const missing = items.filter(({ stored }) => !stored);
    const types = new Set(missing.map(({ type }) => type));
    const found = new Map<string, StoredResource>();
    for (const type of types) {
      const ids = missing.filter((item) => item.type === type).map(({ id }) => id);
      for (const stored of await this.store.getMany(key, type.name, ids))
        found.set(stored.id, stored);
    }
    return items.flatMap(({ id, stored }) => stored ?? found.get(id) ?? []);
  }

  /** Reads one range instead of each resource. What was deleted since the ids were read is left out. */
  private async consecutive(
    { key }: ScimContext,
    { name: type }: ResourceType,
    ids: readonly string[],
    page: readonly Item[],
  ): Promise<readonly StoredResource[]> {
    const [first] = page;
    if (first === undefined) return [];
    const before = ids[ids.indexOf(first.id) - 1];
    const { items } = await this.store.list(key, type, {
      limit: page.length,
      ...(before !== undefined && { continuation: before }),
    });
    const last = page.at(-1)!.id;
    return items.filter(({ id }) => id <= last);
  }

  private async startOf(
    { cursor }: { readonly cursor?: string },
    bound: string,
    items: readonly Item[],
  ): Promise<number> {
    if (cursor === undefined) return 0;
    const position = await readCursor(cursor, this.now(), bound, this.cursorKey);
    return startAfter(items, position);
  }

  private async next(bound: string, items: readonly Item[], end: number) {
    const last = items[end - 1];
    if (!last || end >= items.length) return {};
    const position = JSON.stringify([end, last.id]);
    return { nextCursor: await issueCursor(position, this.now(), bound, this.cursorKey) };
  }
}

const boundOf = ({ key: { tenantId, connectionId } }: ScimContext, { binding }: ListQuery) =>
  JSON.stringify([tenantId, connectionId, binding]);

/** After the last item of the page before, or at its index if it is gone. */
function startAfter(items: readonly Item[], position: string): number {
  const [index, id] = JSON.parse(position) as readonly [number, string];
  const found = items.findIndex((item) => item.id === id);
  return found < 0 ? index - 1 : found + 1;
}
