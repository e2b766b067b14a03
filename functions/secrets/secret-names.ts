/** How a connector's secrets are called in the vault, and how long a grant lasts. Names follow from the id alone. */

/** Entra forgets a sign-in that is unused for so long. */
export const grantLifetimeDays = 90;
const day = 86_400_000;

export const grantContentType = 'application/vnd.connectors.grant+json;v=1';
export const grantExpiry = (now: Date) => new Date(now.getTime() + grantLifetimeDays * day);
export const grantName = (connectorId: string) => `cn-${connectorId}-grant`;
export const secretName = (connectorId: string) => `cn-${connectorId}-secret`;
