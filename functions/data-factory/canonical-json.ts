/**
 * Canonical JSON: the same text for equal values, with sorted keys and no white space. Its SHA-256
 * decides whether a resource has changed. Keys are sorted by UTF-16 code unit (RFC 8785 section
 * 3.2.3).
 */
import { createHash } from 'node:crypto';
import { isList, isObject, type Json } from './json';

export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${members.join(',')}}`;
}

/** 132 bits of SHA-256: enough to distinguish versions of one object. */
export const hashOf = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22);
