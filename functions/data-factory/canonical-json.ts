/**
 * One spelling for equal JSON: keys sorted, no blanks. Its SHA-256 decides whether a resource has changed.
 * Keys are compared by UTF-16 unit, as RFC 8785 §3.2.3 does.
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

/** 128 bits of SHA-256 are ample to tell versions of one object apart. */
export const hashOf = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22);
