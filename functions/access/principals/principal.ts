/** The Entra object of a user or group, found on the first rung of the ladder that knows it. */
import { z } from 'zod';
import type { Group, Identity } from '../person';

export const rungs = ['object_id', 'external_id', 'user_name', 'email', 'group_name'] as const;

export const resolvedPrincipal = z.object({
  state: z.literal('resolved'),
  objectId: z.string(),
  rung: z.enum(rungs),
  /** What was looked at. A principal is resolved anew if this changes. */
  source: z.string(),
  /** What the list of leavers knows about the person. */
  presence: z.enum(['active', 'left']).exactOptional(),
});
export type ResolvedPrincipal = Readonly<z.infer<typeof resolvedPrincipal>>;

/** Grants wait for a principal that no rung knows yet. */
export const pendingPrincipal = z.object({
  state: z.literal('pending'),
  reason: z.enum(['missing', 'ambiguous', 'not_permitted', 'unavailable']),
  since: z.string(),
  source: z.string(),
});
export type PendingPrincipal = Readonly<z.infer<typeof pendingPrincipal>>;

export const principalState = z.discriminatedUnion('state', [resolvedPrincipal, pendingPrincipal]);
export type PrincipalState = Readonly<z.infer<typeof principalState>>;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isObjectId = (text: string | undefined): text is string =>
  text !== undefined && guid.test(text);

/** Rungs that need no request. */
export function knownPrincipal(of: Identity | Group): ResolvedPrincipal | undefined {
  const objectId = 'userName' in of ? of.objectId : undefined;
  const source = sourceOf(of);
  if (isObjectId(objectId)) return resolved(objectId, 'object_id', source);
  if (isObjectId(of.externalId)) return resolved(of.externalId, 'external_id', source);
  return undefined;
}

export const resolved = (
  objectId: string,
  rung: ResolvedPrincipal['rung'],
  source: string,
): ResolvedPrincipal => ({ state: 'resolved', objectId: objectId.toLowerCase(), rung, source });

/** Attributes that the ladder looks at. */
export function sourceOf(of: Identity | Group): string {
  return JSON.stringify(
    'userName' in of
      ? [of.objectId, of.externalId, of.userName.toLowerCase(), of.emails]
      : [of.externalId, of.displayName],
  );
}

/** The list of leavers has the person under this object id already. */
export function keepPresence(
  found: ResolvedPrincipal,
  before: PrincipalState | undefined,
): ResolvedPrincipal {
  if (before?.state !== 'resolved' || before.objectId !== found.objectId) return found;
  return { ...found, ...(before.presence && { presence: before.presence }) };
}
