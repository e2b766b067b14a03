/** A provisioning connection: one identity provider that pushes the people of a tenant. */
import { z } from 'zod';
import { ConflictError } from '../../errors/app-error';
import { person, type Person } from '../../events/actor';
import { profileNames } from '../../scim/profile';
import type { DirectoryKey } from '../directory/directory';
import { provisioningToken, tokenStateOf, type ProvisioningToken } from './token';

export const profileName = z.enum(profileNames);

export const storedConnection = z.object({
  name: z.string(),
  profile: profileName,
  tokens: z.array(provisioningToken),
  /** Ranges from which requests are accepted. Absent: from anywhere. */
  allowedAddresses: z.array(z.string()).exactOptional(),
  /** Counts changes; the strong ETag is `"v<version>"`. */
  version: z.int(),
  createdAt: z.string(),
  createdBy: person,
  updatedAt: z.string(),
  /** The latest warning that the tokens end: for this end, so many days before. */
  warned: z.object({ expiresAt: z.string(), days: z.int() }).exactOptional(),
  /** Set when the deletion began. Tokens are refused from then on. */
  deletingSince: z.string().exactOptional(),
});

export type ProvisioningConnection = Readonly<z.infer<typeof storedConnection>> & {
  readonly tenantId: string;
  readonly id: string;
};

export const connectionLimits = {
  connectionsPerTenant: 20,
  activeTokens: 5,
  /** Ended tokens stay visible until newer ones need the room. */
  tokens: 20,
  tokenDays: 180,
  maxTokenDays: 365,
  overlapDays: 7,
  allowedAddresses: 200,
} as const;

export const connectionEtag = ({ version }: ProvisioningConnection): string => `"v${version}"`;

export const keyOf = ({ tenantId, id }: ProvisioningConnection): DirectoryKey => ({
  tenantId,
  connectionId: id,
});

export const isDeleting = ({ deletingSince }: ProvisioningConnection): boolean =>
  deletingSince !== undefined;

export interface NewConnection {
  readonly name: string;
  readonly profile: ProvisioningConnection['profile'];
  readonly allowedAddresses?: readonly string[] | undefined;
}

export const newConnection = (
  { tenantId, connectionId }: DirectoryKey,
  { name, profile, allowedAddresses }: NewConnection,
  createdBy: Person,
  now: Date,
): ProvisioningConnection => ({
  tenantId,
  id: connectionId,
  name,
  profile,
  ...(allowedAddresses && { allowedAddresses: [...allowedAddresses] }),
  tokens: [],
  version: 1,
  createdAt: now.toISOString(),
  createdBy,
  updatedAt: now.toISOString(),
});

export const withNextVersion = <T extends ProvisioningConnection>(connection: T, now: Date): T => ({
  ...connection,
  version: connection.version + 1,
  updatedAt: now.toISOString(),
});

/**
 * Adds a token and ends the others that are active when the overlap is over. Throws ConflictError
 * if too many are active. The oldest ended tokens make room.
 */
export function withToken<T extends ProvisioningConnection>(
  connection: T,
  token: ProvisioningToken,
  overlapDays: number | undefined,
  now: Date,
): T {
  const others =
    overlapDays === undefined
      ? connection.tokens
      : connection.tokens.map((each) => endingAfter(each, overlapDays, now));
  const active = others.filter((each) => tokenStateOf(each, now) === 'active');
  if (active.length >= connectionLimits.activeTokens)
    throw new ConflictError(
      'too_many_tokens',
      `The connection has ${connectionLimits.activeTokens} active tokens. Revoke one that is not used.`,
    );
  const ended = others.filter((each) => tokenStateOf(each, now) !== 'active');
  const kept = ended.slice(Math.max(0, ended.length + active.length + 1 - connectionLimits.tokens));
  const tokens = [...kept, ...active, token].toSorted((one, other) =>
    one.createdAt < other.createdAt ? -1 : 1,
  );
  return withNextVersion({ ...connection, tokens }, now);
}

/** Revokes at once if there is no overlap, else shortens the life of an active token. */
function endingAfter(token: ProvisioningToken, overlapDays: number, now: Date): ProvisioningToken {
  if (tokenStateOf(token, now) !== 'active') return token;
  if (overlapDays === 0) return { ...token, revokedAt: now.toISOString() };
  const end = new Date(now.getTime() + overlapDays * 86_400_000).toISOString();
  return { ...token, expiresAt: end < token.expiresAt ? end : token.expiresAt };
}

export const withoutToken = <T extends ProvisioningConnection>(
  connection: T,
  tokenId: string,
  now: Date,
): T =>
  withNextVersion(
    {
      ...connection,
      tokens: connection.tokens.map((token) =>
        token.id === tokenId && token.revokedAt === undefined
          ? { ...token, revokedAt: now.toISOString() }
          : token,
      ),
    },
    now,
  );

/** Days before the end of the last active token on which a connection begins to warn. */
export const warningDays = [30, 14, 7, 1] as const;

/**
 * The warning that is due and was not given yet, with its threshold. A new token has another end, so
 * warnings begin again.
 */
export function dueWarning(
  connection: ProvisioningConnection,
  now: Date,
): ProvisioningConnection['warned'] {
  const warning = expiryWarning(connection, now);
  const days = warningDays.findLast((each) => warning !== undefined && warning.days <= each);
  if (!warning || days === undefined) return undefined;
  const { warned } = connection;
  const isGiven = warned?.expiresAt === warning.expiresAt && warned.days <= days;
  return isGiven ? undefined : { expiresAt: warning.expiresAt, days };
}

/** Days until no token is active any more, if it is so soon that it needs a warning. */
export function expiryWarning(
  { tokens }: ProvisioningConnection,
  now: Date,
): { readonly expiresAt: string; readonly days: number } | undefined {
  const ends = tokens
    .filter((token) => tokenStateOf(token, now) === 'active')
    .map(({ expiresAt }) => expiresAt)
    .toSorted();
  const last = ends.at(-1);
  if (last === undefined) return undefined;
  const days = Math.ceil((Date.parse(last) - now.getTime()) / 86_400_000);
  return days <= warningDays[0] ? { expiresAt: last, days } : undefined;
}
