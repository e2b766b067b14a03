/**
 * Random tokens that a browser carries. A token names its tenant, so that the partition is known
 * before a row is read. Only the hash of a token is stored.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const tokenPattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/i;

export const randomToken = (): string => randomBytes(32).toString('base64url');

export const newOpaqueToken = (tenantId: string): string => `${tenantId}.${randomToken()}`;

/** The tenant that the token names. Undefined if the text does not have the form of our tokens. */
export const tenantOfToken = (token: string): string | undefined => tokenPattern.exec(token)?.[1];

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Compares in constant time: hashes have equal length. */
export const matchesHash = (token: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(token)), Buffer.from(hash));

/** Compares two texts in constant time, also if their lengths differ. */
export const matchesToken = (token: string, expected: string): boolean =>
  matchesHash(token, hashOf(expected));

/** RFC 7636 section 4.2, method S256. */
export const codeChallengeOf = (codeVerifier: string): string =>
  createHash('sha256').update(codeVerifier).digest('base64url');
