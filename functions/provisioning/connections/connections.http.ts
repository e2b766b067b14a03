/** Endpoints of provisioning connections and their tokens. Only the issue of a token reveals it. */
import { z } from 'zod';
import { owners } from '../../http/caller';
import { displayText } from '../../http/display-text';
import { endpoint } from '../../http/endpoint';
import { provisioningConnectionId, provisioningConnectionParams } from '../../http/path-params';
import type { HttpServices } from '../../http/services';
import type { ProvisioningServices } from '../services';
import { addressRange } from './address-range';
import { connectionEtag, connectionLimits, keyOf, profileName } from './connection';
import type { ProvisioningConnection } from './connection';
import {
  connectionResponse,
  issuedTokenResponse,
  toConnectionResponse,
  toTokenResponse,
  type ResponseContext,
} from './connection-response';
import { tokenScope } from './token';

type Services = ProvisioningServices & HttpServices;

const name = displayText(100).describe('For people; tells connections of the tenant apart.');
const profile = profileName.describe(
  'entra and okta accept the shapes that these providers send; strict accepts RFC 7644 only.',
);

const allowedAddresses = z
  .array(addressRange)
  .min(1)
  .max(connectionLimits.allowedAddresses)
  .describe(
    'Addresses and CIDR ranges from which requests are accepted, such as those of the service tag AzureActiveDirectory. Absent: from anywhere.',
  );

const createProvisioningConnection = endpoint({
  method: 'POST',
  route: 'provisioning/connections',
  summary: 'Create a provisioning connection',
  description: 'Issue a token for it, then enter baseUrl and the token at the identity provider.',
  allow: owners,
  body: z.strictObject({ name, profile, allowedAddresses: allowedAddresses.optional() }),
  example: { name: 'Entra ID', profile: 'entra' },
  idempotent: 'optional',
  etag: true,
  responses: { 201: connectionResponse },

  async handle({ body, caller }, services: Services) {
    const connection = await services.provisioningConnections.create(caller, body);
    const { headers, jsonBody } = toResponse(connection, new Map(), services);
    return {
      status: 201,
      headers: { ...headers, Location: `/api/provisioning/connections/${connection.id}` },
      jsonBody,
    };
  },
});

const listProvisioningConnections = endpoint({
  method: 'GET',
  route: 'provisioning/connections',
  summary: 'List provisioning connections, newest first',
  allow: owners,
  responses: { 200: z.strictObject({ items: z.array(connectionResponse) }) },

  async handle({ caller }, services: Services) {
    const connections = await services.provisioningConnections.list(caller.tenantId);
    const items = connections.map(
      async (connection) => (await respond(connection, services)).jsonBody,
    );
    return { status: 200, jsonBody: { items: await Promise.all(items) } };
  },
});

const getProvisioningConnection = endpoint({
  method: 'GET',
  route: 'provisioning/connections/{connectionId}',
  summary: 'Get a provisioning connection with its tokens',
  allow: owners,
  params: provisioningConnectionParams,
  etag: true,
  responses: { 200: connectionResponse },

  async handle({ params, caller: { tenantId } }, services: Services) {
    const connection = await services.provisioningConnections.get({ tenantId, ...params });
    return { status: 200, ...(await respond(connection, services)) };
  },
});

const updateProvisioningConnection = endpoint({
  method: 'PATCH',
  route: 'provisioning/connections/{connectionId}',
  summary: 'Change a provisioning connection',
  allow: owners,
  params: provisioningConnectionParams,
  body: z.strictObject({
    name: name.optional(),
    profile: profile.optional(),
    allowedAddresses: allowedAddresses.nullish().describe('null: from anywhere.'),
  }),
  example: { profile: 'okta' },
  mediaType: 'application/merge-patch+json',
  ifMatch: true,
  etag: true,
  responses: { 200: connectionResponse },

  async handle({ params, body, ifMatch, caller }, services: Services) {
    const key = { tenantId: caller.tenantId, ...params };
    // Read before the change: no request fails after its change is stored.
    const uses = await services.provisioningConnections.tokenUses(key);
    const connection = await services.provisioningConnections.update(caller, key, ifMatch, body);
    return { status: 200, ...toResponse(connection, uses, services) };
  },
});

const deleteProvisioningConnection = endpoint({
  method: 'DELETE',
  route: 'provisioning/connections/{connectionId}',
  summary: 'Delete a provisioning connection',
  description:
    'Its tokens are refused at once. Its users, its groups and everything that they were granted are removed within minutes.',
  allow: owners,
  params: provisioningConnectionParams,
  responses: { 204: undefined },

  async handle({ params, caller }, { provisioningConnections }: ProvisioningServices) {
    const key = { tenantId: caller.tenantId, ...params };
    await provisioningConnections.delete(caller, key);
    return { status: 204 };
  },
});

const issueProvisioningToken = endpoint({
  method: 'POST',
  route: 'provisioning/connections/{connectionId}/tokens',
  summary: 'Issue a token for an identity provider',
  description:
    'With overlapDays this is a rotation: the other active tokens end after the overlap. The token is not shown again.',
  allow: owners,
  params: provisioningConnectionParams,
  body: z.strictObject({
    scopes: z.array(tokenScope).min(1).max(5).optional().describe('Default: all scopes.'),
    lifetimeDays: z
      .int()
      .min(1)
      .max(connectionLimits.maxTokenDays)
      .default(connectionLimits.tokenDays)
      .describe('Days until the token ends.'),
    overlapDays: z
      .int()
      .min(0)
      .max(90)
      .optional()
      .describe(
        `Days until the other active tokens end, such as ${connectionLimits.overlapDays}; 0 ends them at once. Absent: they stay as they are.`,
      ),
  }),
  example: { lifetimeDays: 180, overlapDays: 7 },
  bodyOptional: true,
  idempotent: 'shown-once',
  responses: { 201: issuedTokenResponse },

  async handle({ params, body, caller }, services: Services) {
    const key = { tenantId: caller.tenantId, ...params };
    const { issued, token } = await services.provisioningConnections.issueToken(caller, key, body);
    const context = { uses: new Map(), publicUrl: services.publicUrl, now: services.now() };
    return {
      status: 201,
      headers: { Location: `/api/provisioning/connections/${params.connectionId}` },
      jsonBody: { ...toTokenResponse(issued, context), token: token.reveal() },
    };
  },
});

const revokeProvisioningToken = endpoint({
  method: 'DELETE',
  route: 'provisioning/connections/{connectionId}/tokens/{tokenId}',
  summary: 'Revoke a token',
  description: 'It is refused within two seconds.',
  allow: owners,
  params: z.object({
    connectionId: provisioningConnectionId,
    tokenId: z
      .string()
      .max(64)
      .regex(/^[0-9a-f]{1,64}$/, 'must be the id of a token')
      .describe('Id of the token.'),
  }),
  responses: { 204: undefined },

  async handle(
    { params: { connectionId, tokenId }, caller },
    { provisioningConnections }: ProvisioningServices,
  ) {
    const key = { tenantId: caller.tenantId, connectionId };
    await provisioningConnections.revokeToken(caller, key, tokenId);
    return { status: 204 };
  },
});

async function respond(connection: ProvisioningConnection, services: Services) {
  const uses = await services.provisioningConnections.tokenUses(keyOf(connection));
  return toResponse(connection, uses, services);
}

function toResponse(
  connection: ProvisioningConnection,
  uses: ResponseContext['uses'],
  { publicUrl, now }: Services,
) {
  return {
    headers: { ETag: connectionEtag(connection) },
    jsonBody: toConnectionResponse(connection, { uses, publicUrl, now: now() }),
  };
}

export const provisioningConnectionEndpoints = {
  createProvisioningConnection,
  listProvisioningConnections,
  getProvisioningConnection,
  updateProvisioningConnection,
  deleteProvisioningConnection,
  issueProvisioningToken,
  revokeProvisioningToken,
};
