/**
 * Names of a connector's secrets in Key Vault, which derive from its id, and the lifetime of a
 * grant.
 */

/** Entra revokes a refresh token that is unused for this time. */
const grantLifetimeDays = 90;
const dayMs = 86_400_000;

export const grantContentType = 'application/vnd.connectors.grant+json;v=1';
export const grantExpiry = (now: Date) => new Date(now.getTime() + grantLifetimeDays * dayMs);
export const grantName = (connectorId: string) => `cn-${connectorId}-grant`;
export const secretName = (connectorId: string) => `cn-${connectorId}-secret`;
