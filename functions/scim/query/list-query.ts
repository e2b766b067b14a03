/** A query for resources: by the parameters of a GET, or by the body of a POST to /.search. */
import { parseFilter } from '../filter/parse-filter';
import type { Filter } from '../filter/filter';
import { readMembers, type JsonObject, type JsonValue } from '../json';
import { assertMessageSchema } from '../message';
import { messageSchemas } from '../message-schemas';
import type { Profile } from '../profile';
import type { ResourceType } from '../schema/resource-type';
import { ScimError } from '../scim-error';
import { parsePaging, type Paging } from './paging';
import { parseProjection, type Projection } from './projection';
import { parseSort, type Sort } from './sort';

export interface ListQuery {
  readonly filter?: Filter;
  readonly sort?: Sort;
  readonly paging: Paging;
  readonly projection: Projection;
  /** All parameters but the cursor, in one order: what a cursor is bound to. */
  readonly binding: string;
}

const parameters = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;
type Parameters = Partial<Record<(typeof parameters)[number], JsonValue>>;

/** Other parameters are ignored. Throws ScimError. */
export function parseListQuery(
  query: Readonly<Record<string, string>>,
  types: readonly ResourceType[],
  profile: Profile,
): ListQuery {
  return toListQuery(readMembers(query, parameters), types, profile);
}

/** Throws ScimError. */
export function parseSearchRequest(
  body: JsonObject,
  types: readonly ResourceType[],
  profile: Profile,
): ListQuery {
  const { schemas, ...found } = readMembers(body, ['schemas', ...parameters]);
  assertMessageSchema(schemas, messageSchemas.searchRequest, profile);
  return toListQuery(found, types, profile);
}

function toListQuery(
  found: Parameters,
  types: readonly ResourceType[],
  profile: Profile,
): ListQuery {
  const filter = textOf(found, 'filter');
  const sort = parseSort(textOf(found, 'sortBy'), textOf(found, 'sortOrder'), types, profile);
  return {
    ...(filter !== undefined && { filter: parseFilter(filter, types, profile) }),
    ...(sort && { sort }),
    paging: parsePaging(found),
    projection: parseProjection(found, types, profile),
    binding: bindingOf(found, types),
  };
}

function textOf(found: Parameters, name: 'filter' | 'sortBy' | 'sortOrder'): string | undefined {
  const value = found[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  const reason = name === 'filter' ? 'invalidFilter' : 'invalidValue';
  throw new ScimError(reason, `${name} must be a text.`, name);
}

/** A page may have another size than the one before. */
function bindingOf(found: Parameters, types: readonly ResourceType[]): string {
  const bound = parameters.filter((name) => name !== 'cursor' && name !== 'count');
  return JSON.stringify([types.map(({ name }) => name), bound.map((name) => found[name] ?? null)]);
}
