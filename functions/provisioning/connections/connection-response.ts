/** Provisioning connections in API responses. Only an issued token holds a secret. */
import { z } from 'zod';
import { personResponse } from '../../events/actor';
import { etagMember } from '../../storage/etag-member';
import {
  connectionEtag,
  expiryWarning,
  profileName,
  type ProvisioningConnection,
} from './connection';
import { tokenScope, tokenStateOf, type ProvisioningToken, type TokenUse } from './token';

const time = z.iso.datetime();

const tokenFields = {
  id: z.string(),
  scopes: z.array(tokenScope),
  status: z.enum(['active', 'expired', 'revoked']),
  createdAt: time,
  createdBy: personResponse,
  expiresAt: time,
  revokedAt: time.optional().describe('Absent unless the token was revoked.'),
  lastUsedAt: time
    .optional()
    .describe('Time of the last use, to the minute. Absent if the token was never used.'),
  lastUsedFrom: z
    .string()
    .optional()
    .describe('Address of the last use, if the platform gave one.'),
};
export const tokenResponse = z.strictObject(tokenFields).meta({ id: 'ProvisioningToken' });

export const issuedTokenResponse = z
  .strictObject({
    ...tokenFields,
    token: z.string().describe('The bearer token, in this response only.'),
  })
  .meta({ id: 'IssuedProvisioningToken' });

export const connectionResponse = z
  .strictObject({
    id: z.string(),
    etag: etagMember,
    name: z.string(),
    profile: profileName.describe('Which shapes of requests are accepted.'),
    allowedAddresses: z
      .array(z.string())
      .optional()
      .describe('Ranges from which requests are accepted. Absent: from anywhere.'),
    baseUrl: z.url().describe('Tenant URL (Entra) or base URL (Okta) of the identity provider.'),
    status: z
      .enum(['no_token', 'healthy', 'token_expiring'])
      .describe('token_expiring: the last active token ends within 30 days.'),
    expiresAt: time
      .optional()
      .describe('When the last active token ends. Present if it ends within 30 days.'),
    tokens: z.array(tokenResponse).describe('Oldest first, also those that ended.'),
    createdAt: time,
    createdBy: personResponse,
    updatedAt: time,
  })
  .meta({ id: 'ProvisioningConnection' });

export interface ResponseContext {
  readonly uses: ReadonlyMap<string, TokenUse>;
  readonly publicUrl: string;
  readonly now: Date;
}

export const scimBaseUrl = (publicUrl: string): string => `${publicUrl}/api/scim/v2`;

export function toConnectionResponse(
  connection: ProvisioningConnection,
  context: ResponseContext,
): z.infer<typeof connectionResponse> {
  const { id, name, profile, allowedAddresses, tokens } = connection;
  const { createdAt, createdBy, updatedAt } = connection;
  const warning = expiryWarning(connection, context.now);
  return {
    id,
    etag: connectionEtag(connection),
    name,
    profile,
    ...(allowedAddresses && { allowedAddresses: [...allowedAddresses] }),
    baseUrl: scimBaseUrl(context.publicUrl),
    status: statusOf(connection, context.now),
    expiresAt: warning?.expiresAt,
    tokens: tokens.map((token) => toTokenResponse(token, context)),
    createdAt,
    createdBy,
    updatedAt,
  };
}

function statusOf(connection: ProvisioningConnection, now: Date) {
  if (connection.tokens.every((token) => tokenStateOf(token, now) !== 'active')) return 'no_token';
  return expiryWarning(connection, now) ? 'token_expiring' : 'healthy';
}

export function toTokenResponse(
  token: ProvisioningToken,
  { uses, now }: ResponseContext,
): z.infer<typeof tokenResponse> {
  const { id, scopes, createdAt, createdBy, expiresAt, revokedAt } = token;
  const use = uses.get(id);
  return {
    id,
    scopes: [...scopes],
    status: tokenStateOf(token, now),
    createdAt,
    createdBy,
    expiresAt,
    revokedAt,
    lastUsedAt: use?.at,
    lastUsedFrom: use?.ip,
  };
}
