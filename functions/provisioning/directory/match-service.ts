/**
 * Finds the resources that a query asks for. Indexed equalities read a few rows, other filters all. A
 * filter may match everything, and resources may be large, so only a bounded part of them is kept.
 */
import type { Filter } from '../../scim/filter/filter';
import { matches } from '../../scim/filter/evaluate';
import { attributesRead, equalities } from '../../scim/filter/lookups';
import type { ListQuery } from '../../scim/query/list-query';
import { inSortOrder, sortKeyOf, type SortKey } from '../../scim/query/sort';
import type { ResourceType } from '../../scim/schema/resource-type';
import type { DirectoryStore } from '../ports';
import { isResourceId, uniqueAttributeOf, type StoredResource } from './directory';
import type { NameLookup } from './name-lookup';
import type { Needs, ResourceViewService } from './resource-view-service';
import type { ScimContext } from './scim-context';

/** Resources that are read at once. */
export const resourcesPerRead = 100;
/** Groups whose members are read at once. */
const groupsPerRead = 5;
/** Characters of the JSON of resources that are kept, so that a page need not read them again. */
const maxKeptLength = 8_000_000;

export interface Match {
  readonly id: string;
  readonly type: ResourceType;
  readonly key: SortKey;
  readonly stored?: StoredResource;
}

export class MatchService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly views: ResourceViewService,
    private readonly names: NameLookup,
  ) {}

  /** Types come one after the other, so without a sort the ids decide over all of them. */
  async find(
    context: ScimContext,
    types: readonly ResourceType[],
    query: ListQuery,
  ): Promise<readonly Match[]> {
    const found: Match[] = [];
    let keptLength = 0;
    for (const type of types)
      for await (const { stored, key } of this.matchesOf(context, type, query)) {
        if (keptLength < maxKeptLength) keptLength += JSON.stringify(stored.attributes).length;
        const isKept = keptLength < maxKeptLength;
        found.push({ id: stored.id, type, key, ...(isKept && { stored }) });
      }
    const byId = found.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    return query.sort ? inSortOrder(byId, query.sort, ({ key }) => key) : byId;
  }

  private async *matchesOf(
    context: ScimContext,
    type: ResourceType,
    { filter, sort }: ListQuery,
  ): AsyncGenerator<{ readonly stored: StoredResource; readonly key: SortKey }> {
    const read = new Set([
      ...(filter ? attributesRead(filter) : []),
      ...(sort ? [(sort.attribute.parent ?? sort.attribute).path] : []),
    ]);
    const needs: Needs = { members: read.has('members'), groups: read.has('groups') };
    for await (const candidates of this.candidates(context, type, filter))
      for (const some of chunksOf(candidates, sizeOfRead(needs))) {
        const resources = await this.views.complete(context, some, needs);
        for (const [index, resource] of resources.entries())
          if (!filter || matches(filter, resource))
            yield { stored: some[index]!, key: sort && sortKeyOf(resource, sort) };
      }
  }

  private async *candidates(
    context: ScimContext,
    type: ResourceType,
    filter: Filter | undefined,
  ): AsyncGenerator<readonly StoredResource[]> {
    const { key } = context;
    const values = new Map<string, string>();
    for (const { path, value } of filter ? equalities(filter) : [])
      if (typeof value === 'string') values.set(path, value);
    const name = values.get(uniqueAttributeOf(type.name));
    if (name !== undefined && !values.has('id'))
      return yield await this.names.find(key, type.name, name);
    const ids = await this.indexedIds(context, type, values);
    if (!ids) return yield* this.all(context, type);
    for (const some of chunksOf(ids, resourcesPerRead))
      yield await this.store.getMany(key, type.name, some);
  }

  private async *all(
    { key }: ScimContext,
    { name: type }: ResourceType,
  ): AsyncGenerator<readonly StoredResource[]> {
    let continuation: string | undefined;
    do {
      const page = await this.store.list(key, type, {
        limit: resourcesPerRead,
        ...(continuation !== undefined && { continuation }),
      });
      yield page.items;
      ({ continuation } = page);
    } while (continuation !== undefined);
  }

  /** Undefined if no index limits the matches. The index with the fewest rows first. */
  private async indexedIds(
    { key }: ScimContext,
    { name: type }: ResourceType,
    values: ReadonlyMap<string, string>,
  ): Promise<readonly string[] | undefined> {
    const id = values.get('id');
    if (id !== undefined) return isResourceId(id) ? [id] : [];
    const externalId = values.get('externalId');
    if (externalId !== undefined) return this.store.idsByExternalId(key, type, externalId);
    const member = values.get('members.value') ?? values.get('members');
    if (type !== 'Group' || member === undefined) return undefined;
    if (!isResourceId(member)) return [];
    return ((await this.store.groupIdsOf(key, [member])).get(member) ?? []).toSorted();
  }
}

export const sizeOfRead = ({ members }: Needs): number =>
  members ? groupsPerRead : resourcesPerRead;

export const chunksOf = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
