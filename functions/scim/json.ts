/** JSON as requests bring it. Only own properties are read. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  Array.isArray(value);

/** Keys that reach the prototype of an object when they are assigned. */
const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype']);
export const isPrototypeKey = (key: string): boolean => prototypeKeys.has(key);

export const typeName = (value: JsonValue): string => {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
};

/**
 * Reads the named members of a message. SCIM ignores the case of names (RFC 7643 section 2.1);
 * unknown members are left out.
 */
export function readMembers<Name extends string>(
  message: JsonObject,
  names: readonly Name[],
): Partial<Record<Name, JsonValue>> {
  const members: Partial<Record<Name, JsonValue>> = {};
  for (const key of Object.keys(message)) {
    const lower = key.toLowerCase();
    const name = names.find((known) => known.toLowerCase() === lower);
    if (name !== undefined) members[name] = message[key]!;
  }
  return members;
}
