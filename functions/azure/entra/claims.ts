/** What we ask Entra for, and who it says signed in. */
import { z } from 'zod';

/** Names of resources at Entra; they stay the same wherever the services themselves are reached. */
export const resources = {
  'resource-manager': 'https://management.azure.com',
  graph: 'https://graph.microsoft.com',
} as const;

/** Resource Manager in a person's name, for longer than they are there. */
export const delegated = [`${resources['resource-manager']}/user_impersonation`, 'offline_access'];

/** The same for a request by hand; MSAL adds these words by itself. */
export const accessRequest = [...delegated, 'openid', 'profile'].join(' ');

const idToken = z.object({
  tid: z.guid(),
  oid: z.guid(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
});

/** For claims that came from the token endpoint itself over TLS, which vouches for them. */
export function personFromClaims(claims: unknown) {
  const { tid, oid, name, preferred_username: username } = idToken.parse(claims);
  return {
    tenantId: tid,
    objectId: oid,
    displayName: name ?? username ?? oid,
    ...(username !== undefined && { username }),
  };
}
