/**
 * Canonical JSON: the same text for equal values, with sorted keys and no white space. Its SHA-256
 * decides whether a resource has changed. Keys are sorted by UTF-16 code unit (RFC 8785 section
 * 3.2.3).
 */
import { createHmac, hash } from 'node:crypto';
import { isList, type Json, type JsonObject } from './json';
import { redactionVersion } from './redaction/redaction-version';

export function canonicalJson(value: Json, parts?: CanonicalParts): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = parts?.get(value);
  if (known !== undefined) return known;
  const text = isList(value) ? canonicalList(value, parts) : canonicalObject(value, parts);
  if (parts?.has(value)) parts.set(value, text);
  return text;
}

function canonicalList(list: readonly Json[], parts?: CanonicalParts): string {
  let members = '';
  for (const item of list) members += (members && ',') + canonicalJson(item, parts);
  return `[${members}]`;
}

function canonicalObject(value: JsonObject, parts?: CanonicalParts): string {
  let members = '';
  for (const key of sortedKeys(value))
    members += (members && ',') + keyText(key) + canonicalJson(value[key]!, parts);
  return `{${members}}`;
}

/** Most strings need no escape, and a search is cheaper than `JSON.stringify`. */
const stringText = (text: string): string =>
  escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
const escaped = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Many objects have sorted keys already. */
function sortedKeys(value: JsonObject): string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++)
    if (keys[index - 1]! > keys[index]!) return keys.sort();
  return keys;
}

/** Texts of keys that occurred, because the same keys occur in every document. */
const keyTexts = new Map<string, string>();
const maxKeyTexts = 10_000;
const maxKeyLength = 100;

function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  if (keyTexts.size >= maxKeyTexts) keyTexts.clear();
  if (key.length <= maxKeyLength) keyTexts.set(key, text);
  return text;
}

/**
 * Canonical texts of parts that have a version of their own, by identity. A part without a text is
 * computed with the whole and not again for itself.
 */
export type CanonicalParts = Map<Json, string | undefined>;

/** 132 bits of SHA-256: enough to distinguish versions of one object. */
export const hashOf = (value: Json, parts?: CanonicalParts): string =>
  hash('sha256', canonicalJson(value, parts), 'base64url').slice(0, 22);

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
