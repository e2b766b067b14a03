/** PATCH operations on the values of a multi-valued attribute, with and without a condition. */
import {
  coerce,
  coerceList,
  coerceOne,
  coerceSubAttributes,
  distinct,
  invalidValue,
  isEmpty,
} from '../coerce';
import { hasSubAttributes, valueKey } from '../compare';
import { matchesValue } from '../filter/evaluate';
import { fixedSubAttributes } from '../filter/lookups';
import { isList, type JsonValue } from '../json';
import { withOnePrimary } from '../primary';
import type { Profile } from '../profile';
import type { ComplexValue, SimpleValue } from '../resource';
import type { Attribute } from '../schema/attribute';
import { ScimError } from '../scim-error';
import type { PatchOp } from './patch-request';
import type { AttributePath } from './path';

export type Values = readonly ComplexValue[];

/** Adds values, and merges those that are there already. */
export function addValues(
  attribute: Attribute,
  values: Values,
  value: JsonValue,
  profile: Profile,
): Values {
  const given = coerceList(attribute, value, profile) ?? [];
  const keys = new Set(given.map((one) => valueKey(attribute, one)));
  const isGiven = (one: ComplexValue) => keys.has(valueKey(attribute, one));
  return withOnePrimary(attribute, distinct(attribute, [...values, ...given]), isGiven);
}

export function replaceValues(attribute: Attribute, value: JsonValue, profile: Profile): Values {
  return (coerce(attribute, value, profile) ?? []) as Values;
}

/**
 * Removes the values that a list names, as Entra ID does in place of a value path. Each value of
 * the list must name something: nothing is removed by an empty or unreadable one.
 */
export function removeListed(
  attribute: Attribute,
  values: Values,
  listed: JsonValue,
  profile: Profile,
): Values {
  const wanted = (isList(listed) ? listed : [listed]).map((one) => {
    const found = coerceOne(attribute, one, profile);
    if (found === undefined)
      throw invalidValue(attribute, 'has a value to remove that is empty. Name the value.');
    return found as ComplexValue;
  });
  return values.filter((value) => !wanted.some((one) => hasSubAttributes(attribute, value, one)));
}

/**
 * A remove with a value is no form of the RFC: the strict profile must not ignore the value and
 * remove all values.
 */
export function assertRemovalByValue(attribute: Attribute, { lenient }: Profile): void {
  if (!lenient)
    throw invalidValue(attribute, 'is removed with a value. Name the value in the path instead.');
}

/** Applies an operation to the values that a path selects. */
export function changeSelected(
  op: PatchOp,
  path: AttributePath,
  values: Values,
  value: JsonValue | undefined,
  profile: Profile,
): Values {
  const { attribute, filter } = path;
  const isSelected = (one: ComplexValue) => !filter || matchesValue(filter, one);
  if (op === 'remove') return removeSelected(path, values, isSelected);
  const change = changeOf(op, path, value ?? null, profile);
  const touched = new Set<ComplexValue>();
  const changed = values.flatMap((one) => {
    if (!isSelected(one)) return [one];
    const result = change(one);
    if (isEmpty(attribute, result)) return [];
    touched.add(result);
    return [result];
  });
  if (touched.size === 0 && !values.some(isSelected)) {
    const created = createValue(path, change, profile);
    if (!isEmpty(attribute, created)) {
      touched.add(created);
      changed.push(created);
    }
  }
  return distinct(
    attribute,
    withOnePrimary(attribute, changed, (one) => touched.has(one)),
  );
}

function removeSelected(
  { attribute, subAttribute }: AttributePath,
  values: Values,
  isSelected: (value: ComplexValue) => boolean,
): Values {
  if (!subAttribute) return values.filter((value) => !isSelected(value));
  return values
    .map((value) => (isSelected(value) ? without(value, subAttribute.name) : value))
    .filter((value) => !isEmpty(attribute, value));
}

type Change = (value: ComplexValue) => ComplexValue;

/**
 * `replace` on a whole value replaces it, but keeps what the condition says about it, so that the
 * replaced value stays the one that the path names.
 */
function changeOf(
  op: PatchOp,
  { attribute, filter, subAttribute }: AttributePath,
  value: JsonValue,
  profile: Profile,
): Change {
  if (subAttribute) {
    const child = coerce(subAttribute, value, profile) as SimpleValue | undefined;
    return (before) => withChild(before, subAttribute.name, child);
  }
  const kept = op === 'replace' && filter ? (fixedSubAttributes(filter) ?? {}) : {};
  if (value === null || (value === '' && profile.lenient)) return () => ({});
  const given = coerceSubAttributes(attribute, value, profile);
  return (before) => merged(op === 'add' ? before : kept, given);
}

/**
 * A value that nothing matches is created if the profile is lenient and the condition says what it
 * must be, as Entra ID expects of `emails[type eq "work"].value`. A path without a condition
 * creates the value in every profile.
 */
function createValue({ attribute, filter }: AttributePath, change: Change, profile: Profile) {
  if (!filter) return change({});
  const fixed = profile.lenient ? fixedSubAttributes(filter) : undefined;
  if (!fixed) throw noTarget(attribute);
  return change(fixed);
}

function merged(
  before: ComplexValue,
  given: Readonly<Record<string, SimpleValue | undefined>>,
): ComplexValue {
  let result = before;
  for (const [name, child] of Object.entries(given)) result = withChild(result, name, child);
  return result;
}

function withChild(value: ComplexValue, name: string, child: SimpleValue | undefined) {
  return child === undefined ? without(value, name) : { ...value, [name]: child };
}

function without(value: ComplexValue, name: string): ComplexValue {
  const { [name]: _removed, ...rest } = value;
  return rest;
}

const noTarget = ({ path }: Attribute) =>
  new ScimError(
    'noTarget',
    `No value of ${path} meets the condition of the path. Add one first.`,
    path,
  );
