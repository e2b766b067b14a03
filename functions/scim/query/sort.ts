/** Sorting (RFC 7644 section 3.4.2.3). */
import { comparisonKey } from '../compare';
import { comparedAttribute } from '../filter/comparison';
import type { Profile } from '../profile';
import {
  readTopLevel,
  readValues,
  type ComplexValue,
  type Resource,
  type SimpleValue,
} from '../resource';
import type { Attribute } from '../schema/attribute';
import { resolveName } from '../schema/resolve';
import type { ResourceType } from '../schema/resource-type';
import { ScimError } from '../scim-error';

export interface Sort {
  readonly attribute: Attribute;
  readonly descending: boolean;
}

/** Undefined without sortBy. Throws ScimError. */
export function parseSort(
  sortBy: string | undefined,
  sortOrder: string | undefined,
  types: readonly ResourceType[],
  profile: Profile,
): Sort | undefined {
  const descending = parseOrder(sortOrder);
  if (sortBy === undefined || sortBy === '') return undefined;
  const found = resolveName(types, sortBy.trim(), profile, 'invalidPath');
  if ('schema' in found || found.attribute.mutability === 'writeOnly')
    throw new ScimError('invalidPath', 'sortBy must name an attribute to sort by.', 'sortBy');
  return { attribute: sortedAttribute(found.attribute), descending };
}

function sortedAttribute(attribute: Attribute): Attribute {
  if (attribute.type !== 'complex' || attribute.subAttributes.has('value'))
    return comparedAttribute(attribute);
  const { path } = attribute;
  throw new ScimError('invalidPath', `${path} is complex. Sort by a sub-attribute.`, path);
}

function parseOrder(order: string | undefined): boolean {
  const lower = order?.toLowerCase();
  if (lower === undefined || lower === '' || lower === 'ascending') return false;
  if (lower === 'descending') return true;
  throw new ScimError('invalidValue', 'sortOrder must be ascending or descending.', 'sortOrder');
}

export type SortKey = SimpleValue | undefined;

/**
 * Items in the order of their keys. Items without a key come last, first if descending; items with equal
 * keys keep the order that they are given in.
 */
export function inSortOrder<T>(
  items: readonly T[],
  sort: Sort,
  keyOf: (item: T) => SortKey,
): readonly T[] {
  const sign = sort.descending ? -1 : 1;
  return items.toSorted((a, b) => sign * compareKeys(keyOf(a), keyOf(b)));
}

function compareKeys(a: SortKey, b: SortKey): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}

/** Characters of a text that decide about its order: the keys of a whole directory are in memory. */
const maxKeyLength = 256;

/** From the primary value of a multi-valued attribute, or else its first. */
export function sortKeyOf(resource: Resource, { attribute }: Sort): SortKey {
  const value = primaryOf(resource, attribute) ?? readValues(resource, attribute)[0];
  if (typeof value === 'object' || value === undefined) return undefined;
  const key = comparisonKey(attribute, value);
  return typeof key === 'string' && key.length > maxKeyLength ? beginningOf(key) : key;
}

/** A copy, because a slice would keep the whole text in memory. */
const beginningOf = (text: string): string =>
  Buffer.from(text.slice(0, maxKeyLength), 'utf16le').toString('utf16le');

function primaryOf(resource: Resource, { parent, name }: Attribute): SimpleValue | undefined {
  if (!parent?.multiValued) return undefined;
  const values = (readTopLevel(resource, parent) ?? []) as readonly ComplexValue[];
  return values.find(({ primary }) => primary === true)?.[name];
}
