/**
 * Canonical JSON: the same text for equal values, with sorted keys and no white space. Its SHA-256
 * decides whether a resource has changed. Keys are sorted by UTF-16 code unit (RFC 8785 section
 * 3.2.3).
 */
import { createHmac, hash } from 'node:crypto';
import { withCanonicalBytes } from './canonical-writer';
import type { Json } from './json';
import { redactionVersion } from './redaction/redaction-version';

export const canonicalJson = (value: Json): string =>
  withCanonicalBytes(value, (bytes) => bytes.toString('utf8'));

/**
 * Versions of parts of a value, by identity of the part. Keys without a version are computed while
 * the whole is hashed.
 */
export type PartVersions = Map<Json, string | undefined>;

/** Version of an object by its JSON. */
export type VersionHash = (value: Json, parts?: PartVersions) => string;

/** 132 bits of SHA-256: enough to distinguish versions of one object. */
export const hashOf: VersionHash = (value, parts) =>
  versionOf(value, (bytes) => hash('sha256', bytes, 'base64url').slice(0, 22), parts);

/**
 * Versions of objects that may hold secrets: a keyed hash of the JSON before redaction, so a change
 * inside a redacted value is a change, and the value cannot be guessed from the version. The prefix
 * is the version of the rules of redaction.
 */
export function versionHash(secret: string): VersionHash {
  const key = createHmac('sha256', secret).update('resource version').digest();
  const digest = (bytes: Buffer) => {
    const hashed = createHmac('sha256', key).update(bytes).digest('base64url');
    return `${redactionVersion}.${hashed.slice(0, 22)}`;
  };
  return (value, parts) => versionOf(value, digest, parts);
}

function versionOf(value: Json, digest: (bytes: Buffer) => string, parts?: PartVersions): string {
  if (parts === undefined) return withCanonicalBytes(value, digest);
  return (
    parts.get(value) ??
    withCanonicalBytes(value, digest, {
      values: parts,
      onWritten: (part, bytes) => parts.set(part, digest(bytes)),
    })
  );
}

/** Whether the object was read with the current rules of redaction. */
export const isCurrentVersion = (hash: string): boolean => hash.startsWith(`${redactionVersion}.`);
