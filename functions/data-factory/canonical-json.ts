/**
 * Canonical JSON: the same text for equal values, with sorted keys and no white space. Its SHA-256
 * decides whether a resource has changed. Keys are sorted by UTF-16 code unit (RFC 8785 section
 * 3.2.3).
 */
import { createHash, createHmac } from 'node:crypto';
import { isList, isObject, type Json } from './json';
import { redactionVersion } from './redaction/redaction-version';

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

/** Version of an object by its JSON. */
export type VersionHash = (value: Json) => string;

/**
 * Versions of objects that may hold secrets: a keyed hash of the JSON before redaction, so a change
 * inside a redacted value is a change, and the value cannot be guessed from the version. The prefix
 * is the version of the rules of redaction.
 */
export function versionHash(secret: string): VersionHash {
  const key = createHmac('sha256', secret).update('resource version').digest();
  return (value) => {
    const digest = createHmac('sha256', key).update(canonicalJson(value)).digest('base64url');
    return `${redactionVersion}.${digest.slice(0, 22)}`;
  };
}

/** Whether the object was read with the current rules of redaction. */
export const isCurrentVersion = (hash: string): boolean => hash.startsWith(`${redactionVersion}.`);
