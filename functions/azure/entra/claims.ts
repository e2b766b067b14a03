/** Scopes that the app requests from Entra, and the claims of the person who signed in. */
import { z } from 'zod';

/** Resource identifiers at Entra. They do not depend on the address of the service. */
export const resources = {
  'resource-manager': 'https://management.azure.com',
  graph: 'https://graph.microsoft.com',
} as const;

/** Delegated access to Resource Manager with a refresh token. */
export const delegatedScopes = [
  `${resources['resource-manager']}/user_impersonation`,
  'offline_access',
];

/** The same scopes for a request without MSAL, which adds the OpenID Connect scopes itself. */
export const requestScope = [...delegatedScopes, 'openid', 'profile'].join(' ');

const idToken = z.object({
  tid: z.guid(),
  oid: z.guid(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
});

/** For claims that came from the token endpoint over TLS, which need no signature check. */
export function personFromClaims(claims: unknown) {
  const { tid, oid, name, preferred_username: username } = idToken.parse(claims);
  return {
    tenantId: tid.toLowerCase(),
    objectId: oid,
    displayName: name ?? username ?? oid,
    ...(username !== undefined && { username }),
  };
}
