/**
 * Turns JSON of a request into values of an attribute: checks the type, accepts the shapes of the
 * profile, keeps declared names only. Errors name the attribute, never the value.
 */
import { mergeSame, valueKey } from './compare';
import { parseDateTime } from './date-time';
import { isBase64, isGuid } from './formats';
import { isList, isObject, isPrototypeKey, typeName, type JsonValue } from './json';
import { limits } from './limits';
import type { Profile } from './profile';
import type { AttributeValue, ComplexValue, SimpleValue } from './resource';
import { withOnePrimary } from './primary';
import { withoutRoleJson } from './role-value';
import type { Attribute } from './schema/attribute';
import { resolveSubAttribute } from './schema/resolve';
import { ScimError } from './scim-error';

/** Undefined if the value means "unassigned" (RFC 7643 section 2.5). */
export function coerce(
  attribute: Attribute,
  value: JsonValue,
  profile: Profile,
): AttributeValue | undefined {
  const found = attribute.multiValued
    ? coerceList(attribute, value, profile)
    : coerceOne(attribute, value, profile);
  if (found === undefined && attribute.required)
    throw invalidValue(attribute, 'is required. Send a value.');
  return found;
}

/** The values of a multi-valued attribute; undefined if there are none. */
export function coerceList(
  attribute: Attribute,
  value: JsonValue,
  profile: Profile,
): readonly ComplexValue[] | undefined {
  const values = (isList(value) ? value : [value]).flatMap((one) => {
    const found = coerceOne(attribute, one, profile);
    return found === undefined ? [] : [found as ComplexValue];
  });
  if (values.length === 0) return undefined;
  return withOnePrimary(attribute, distinct(attribute, values), () => true);
}

/** Merges values that are the same, and checks their number. */
export function distinct(
  attribute: Attribute,
  values: readonly ComplexValue[],
): readonly ComplexValue[] {
  const byKey = new Map<string, ComplexValue>();
  for (const value of values) {
    const key = valueKey(attribute, value);
    const earlier = byKey.get(key);
    byKey.set(key, earlier ? mergeSame(earlier, value) : value);
  }
  if (byKey.size > limits.values)
    throw invalidValue(attribute, `has more than ${limits.values} values. Send fewer.`);
  return [...byKey.values()];
}

/** One value of an attribute; undefined if it means "unassigned". */
export function coerceOne(
  attribute: Attribute,
  value: JsonValue,
  profile: Profile,
): SimpleValue | ComplexValue | undefined {
  if (value === null || (value === '' && profile.lenient)) return undefined;
  if (attribute.type !== 'complex') return coerceSimple(attribute, value, profile);
  const assigned = Object.entries(coerceSubAttributes(attribute, value, profile)).filter(
    ([, child]) => child !== undefined,
  );
  const complex = Object.fromEntries(assigned) as ComplexValue;
  return isEmpty(attribute, complex) ? undefined : complex;
}

/** Sub-attributes by name. Undefined marks one that the request unassigns. */
export function coerceSubAttributes(
  attribute: Attribute,
  value: JsonValue,
  profile: Profile,
): Readonly<Record<string, SimpleValue | undefined>> {
  const found: Record<string, SimpleValue | undefined> = {};
  for (const [key, child] of Object.entries(toObject(attribute, value, profile))) {
    if (isPrototypeKey(key)) throw invalidValue(attribute, 'has a name that is not allowed.');
    const sub = resolveSubAttribute(attribute, key, 'invalidValue');
    if (Object.hasOwn(found, sub.name)) throw invalidValue(sub, 'is given twice. Send it once.');
    // A service ignores read-only attributes (RFC 7644 sections 3.3 and 3.5.1).
    if (sub.mutability === 'readOnly') continue;
    found[sub.name] = coerceOne(sub, child, profile) as SimpleValue | undefined;
  }
  for (const sub of attribute.subAttributes.values())
    if (sub.required && found[sub.name] === undefined)
      throw invalidValue(sub, 'is required. Send a value.');
  return profile.rolesAsJson && attribute.path === 'roles' ? withoutRoleJson(found) : found;
}

/** A text in place of an object is its `value`, a list of one is its element, if lenient. */
function toObject(attribute: Attribute, value: JsonValue, profile: Profile) {
  const only = profile.lenient && isList(value) && value.length === 1 ? value[0]! : value;
  if (isObject(only)) return only;
  if (profile.lenient && typeof only === 'string' && attribute.subAttributes.has('value'))
    return only === '' ? {} : { value: only };
  if (profile.lenient && isList(only) && only.length === 0) return {};
  throw invalidValue(attribute, `must be an object, not ${typeName(only)}.`);
}

/** Sub-attributes that say nothing without a `value`. */
const attachments = new Set(['type', 'primary', 'display', '$ref']);

export const isEmpty = (attribute: Attribute, value: ComplexValue): boolean =>
  attribute.subAttributes.has('value')
    ? Object.keys(value).every((name) => attachments.has(name))
    : Object.keys(value).length === 0;

function coerceSimple(attribute: Attribute, value: JsonValue, profile: Profile): SimpleValue {
  switch (attribute.type) {
    case 'boolean':
      return toBoolean(attribute, value, profile);
    case 'integer':
    case 'decimal':
      if (typeof value === 'number' && (attribute.type === 'decimal' || Number.isInteger(value)))
        return value;
      throw invalidValue(attribute, `must be a number, not ${typeName(value)}.`);
    case 'dateTime':
      if (parseDateTime(toText(attribute, value)) !== undefined) return value as string;
      throw invalidValue(attribute, 'must be a dateTime such as "2026-01-31T08:00:00Z".');
    case 'binary':
      if (isBase64(toText(attribute, value))) return value as string;
      throw invalidValue(attribute, 'must be encoded in base64.');
    case 'string':
    case 'reference':
    case 'complex':
      return toText(attribute, value);
  }
}

function toBoolean(attribute: Attribute, value: JsonValue, { lenient }: Profile): boolean {
  if (typeof value === 'boolean') return value;
  const text = lenient && typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw invalidValue(attribute, `must be true or false, not ${typeName(value)}.`);
}

function toText(attribute: Attribute, value: JsonValue): string {
  if (typeof value !== 'string')
    throw invalidValue(attribute, `must be a text, not ${typeName(value)}.`);
  if (attribute.required && value.trim() === '')
    throw invalidValue(attribute, 'is required. Send a value that is not blank.');
  const isLong = attribute.type === 'binary' || attribute.type === 'reference';
  const longest = isLong ? limits.longTextLength : limits.textLength;
  if (value.length > longest)
    throw invalidValue(attribute, `has more than ${longest} characters. Shorten it.`);
  if (attribute.format === 'guid' && !isGuid(value))
    throw invalidValue(attribute, 'must be a GUID, such as an object id in Entra ID.');
  return value;
}

export const invalidValue = ({ path }: Attribute, problem: string): ScimError =>
  new ScimError('invalidValue', `${path} ${problem}`, path);
