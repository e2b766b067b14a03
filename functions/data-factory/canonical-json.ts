/**
 * Canonical JSON: the same text for equal values, with sorted keys and no white space. Its SHA-256
 * decides whether a resource has changed. Keys are sorted by UTF-16 code unit (RFC 8785 section
 * 3.2.3).
 */
import { createHash, createHmac } from 'node:crypto';
import { isList, type Json, type JsonObject } from './json';
import { redactionVersion } from './redaction/redaction-version';

export function canonicalJson(value: Json, parts?: CanonicalParts): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = parts?.get(value);
  if (known !== undefined) return known;
  let members = '';
  if (isList(value))
    for (const item of value) members += `${members && ','}${canonicalJson(item, parts)}`;
  else
    for (const key of Object.keys(value).sort())
      members += `${members && ','}${JSON.stringify(key)}:${canonicalJson((value as JsonObject)[key]!, parts)}`;
  const text = isList(value) ? `[${members}]` : `{${members}}`;
  if (parts?.has(value)) parts.set(value, text);
  return text;
}

/**
 * Canonical texts of parts that have a version of their own, by identity. A part without a text is
 * computed with the whole and not again for itself.
 */
export type CanonicalParts = Map<Json, string | undefined>;

/** 132 bits of SHA-256: enough to distinguish versions of one object. */
export const hashOf = (value: Json, parts?: CanonicalParts): string =>
  createHash('sha256').update(canonicalJson(value, parts)).digest('base64url').slice(0, 22);

/** Version of an object by its JSON. */
export type VersionHash = (value: Json, parts?: CanonicalParts) => string;

/**
 * Versions of objects that may hold secrets: a keyed hash of the JSON before redaction, so a change
 * inside a redacted value is a change, and the value cannot be guessed from the version. The prefix
 * is the version of the rules of redaction.
 */
export function versionHash(secret: string): VersionHash {
  const key = createHmac('sha256', secret).update('resource version').digest();
  return (value, parts) => {
    const digest = createHmac('sha256', key)
      .update(canonicalJson(value, parts))
      .digest('base64url');
    return `${redactionVersion}.${digest.slice(0, 22)}`;
  };
}

/** Whether the object was read with the current rules of redaction. */
export const isCurrentVersion = (hash: string): boolean => hash.startsWith(`${redactionVersion}.`);
