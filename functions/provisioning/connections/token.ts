/**
 * Bearer tokens of identity providers: `adfc_<env>_<id>_<secret>_<checksum>`. Only a digest is stored.
 * The secret has 256 random bits, so a password hash would add cost and no safety.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { Secret } from '../../secrets/secret';

export const tokenScopes = [
  'users.read',
  'users.write',
  'groups.read',
  'groups.write',
  'schemas.read',
] as const;
export const tokenScope = z.enum(tokenScopes);
export type TokenScope = z.infer<typeof tokenScope>;

export const provisioningToken = z.object({
  id: z.string(),
  scopes: z.array(tokenScope),
  /** HMAC-SHA-256 of the secret, with this version of the pepper in Key Vault as key. */
  digest: z.string(),
  pepperVersion: z.string(),
  createdAt: z.string(),
  createdBy: z.object({ objectId: z.string(), displayName: z.string() }),
  expiresAt: z.string(),
  revokedAt: z.string().exactOptional(),
});
export type ProvisioningToken = Readonly<z.infer<typeof provisioningToken>>;

/** When and from where a token was used last. */
export interface TokenUse {
  readonly at: string;
  readonly ip?: string;
}

export type TokenState = 'active' | 'expired' | 'revoked';

export function tokenStateOf(
  { expiresAt, revokedAt }: Pick<ProvisioningToken, 'expiresAt' | 'revokedAt'>,
  now: Date,
): TokenState {
  if (revokedAt !== undefined) return 'revoked';
  return Date.parse(expiresAt) > now.getTime() ? 'active' : 'expired';
}

const prefix = 'adfc';
const idBytes = 9;
const secretBytes = 32;
/** `prefix_env_id_secret_checksum`; no part has an underscore. */
const maxLength = 200;

export interface IssuedToken {
  readonly id: string;
  readonly secret: string;
  /** The whole token. */
  readonly token: Secret;
}

/** `environment` tells tokens of two deployments apart, for people and secret scanners. */
export function issueToken(
  environment: string,
  randomBytes: (size: number) => Uint8Array,
): IssuedToken {
  const id = hex(randomBytes(idBytes));
  const secret = hex(randomBytes(secretBytes));
  const content = [prefix, environment, id, secret].join('_');
  return { id, secret, token: new Secret(`${content}_${checksumOf(content)}`) };
}

/** Undefined for a text that no deployment issued, found without a look at storage. */
export function parseToken(
  text: string,
): { readonly id: string; readonly secret: string } | undefined {
  if (text.length > maxLength) return undefined;
  const parts = text.split('_');
  const [start, , id, secret, checksum] = parts;
  const isWhole = parts.length === 5 && start === prefix;
  if (!isWhole || !isHex(id!, idBytes) || !isHex(secret!, secretBytes)) return undefined;
  if (checksumOf(parts.slice(0, 4).join('_')) !== checksum) return undefined;
  return { id: id!, secret: secret! };
}

export const digestOf = (secret: string, pepper: string): string =>
  createHmac('sha256', pepper).update(secret).digest('base64url');

/** In constant time. */
export function hasDigest(secret: string, digest: string, pepper: string): boolean {
  const [given, stored] = [Buffer.from(digestOf(secret, pepper)), Buffer.from(digest)];
  return given.length === stored.length && timingSafeEqual(given, stored);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const isHex = (text: string, bytes: number) =>
  text.length === bytes * 2 && Array.from(text).every((char) => '0123456789abcdef'.includes(char));
const checksumOf = (content: string) => crc32(content).toString(16).padStart(8, '0');
