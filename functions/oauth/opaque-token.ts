/**
 * Values that a browser carries for us. Each names its tenant beside the random part, so that the partition is known
 * before anything is read; only its hash is ever stored.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const form = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/i;

export const randomToken = (): string => randomBytes(32).toString('base64url');

export const newOpaqueToken = (tenantId: string): string => `${tenantId}.${randomToken()}`;

/** The tenant an opaque value names, or nothing when it cannot be one of ours. */
export const tenantOfToken = (value: string): string | undefined => form.exec(value)?.[1];

export const hashOf = (value: string): string => createHash('sha256').update(value).digest('hex');

/** Hashes have one length, so the comparison takes the same time whatever was sent. */
export const matches = (value: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(value)), Buffer.from(hash));

/** RFC 7636 §4.2. */
export const codeChallengeOf = (codeVerifier: string): string =>
  createHash('sha256').update(codeVerifier).digest('base64url');
