/** Comparison of values as their attribute declares it: caseExact, dateTime, boolean. */
import type { ComplexValue, SimpleValue } from './resource';
import type { Attribute } from './schema/attribute';
import { parseDateTime } from './date-time';

/** Equal attributes have equal keys; keys sort as the values do. */
export function comparisonKey(attribute: Attribute, value: SimpleValue): SimpleValue {
  if (typeof value !== 'string') return value;
  if (attribute.type === 'dateTime') return parseDateTime(value) ?? value;
  return attribute.caseExact ? value : value.toLowerCase();
}

/**
 * Two values with the same key as one: the earlier one with the descriptive sub-attributes of the
 * later one, so that another spelling is no change.
 */
export function mergeSame(earlier: ComplexValue, later: ComplexValue): ComplexValue {
  const described = Object.entries(later).filter(([name]) => descriptive.has(name));
  return { ...later, ...earlier, ...Object.fromEntries(described) };
}

/** Sub-attributes that do not tell one value of an attribute from another. */
const descriptive = new Set(['display', '$ref', 'primary']);

/**
 * Identifies a value of a multi-valued attribute. Values with the same `value` and `type` are the
 * same (RFC 7643 section 2.4); values without the sub-attribute `value` are compared as a whole.
 */
export function valueKey(attribute: Attribute, value: SimpleValue | ComplexValue): string {
  if (typeof value !== 'object') return JSON.stringify(comparisonKey(attribute, value));
  const names = attribute.subAttributes.has('value')
    ? ['value', 'type']
    : Object.keys(value).filter((name) => !descriptive.has(name));
  return JSON.stringify(names.sort().map((name) => [name, keyOf(attribute, name, value[name])]));
}

function keyOf(attribute: Attribute, name: string, value: SimpleValue | undefined) {
  const child = attribute.subAttributes.get(name.toLowerCase());
  return child === undefined || value === undefined ? null : comparisonKey(child, value);
}

/** Whether a value has every sub-attribute of `wanted`, apart from descriptive ones. */
export function hasSubAttributes(
  attribute: Attribute,
  value: ComplexValue,
  wanted: ComplexValue,
): boolean {
  return Object.keys(wanted)
    .filter((name) => !descriptive.has(name))
    .every((name) => keyOf(attribute, name, value[name]) === keyOf(attribute, name, wanted[name]));
}
