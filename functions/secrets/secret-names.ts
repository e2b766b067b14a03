/**
 * Names of secrets in Key Vault that derive from the id of a connector or session, and the lifetime
 * of a grant. Key Vault reserves a deleted name for weeks, so a connector that was disconnected gets new
 * names: the epoch is part of them.
 */

/** Entra revokes a refresh token that is unused for this time. */
const grantLifetimeDays = 90;
const dayMs = 86_400_000;

export const grantContentType = 'application/vnd.connectors.grant+json;v=1';
export const grantExpiry = (now: Date) => new Date(now.getTime() + grantLifetimeDays * dayMs);

export type SecretKind = 'grant' | 'secret';

/** Name of the first secret of a kind, or of the first one of a later epoch. */
export const connectorSecretName = (connectorId: string, kind: SecretKind, epoch?: number) =>
  `cn-${connectorId}-${kind}${epoch === undefined ? '' : `-${epoch}`}`;

/** Device codes expire within minutes. Their secrets have the same expiry. */
export const deviceCodePrefix = 'dc-';

/** The id of the connector. Undefined for any other name. */
export const connectorIdOfSecret = (name: string): string | undefined =>
  /^cn-(.+)-(?:secret|grant)(?:-\d+)?$/.exec(name)?.[1];
