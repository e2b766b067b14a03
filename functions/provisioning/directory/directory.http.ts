/** Users and groups as an identity provider has pushed them, for people who look for one. */
import { z } from 'zod';
import { groupOf, personOf } from '../../access/person';
import { owners } from '../../http/caller';
import { endpoint } from '../../http/endpoint';
import { listOf, pageParameters } from '../../http/paging';
import { provisioningConnectionParams } from '../../http/path-params';
import type { HttpServices } from '../../http/services';
import type { ProvisioningServices } from '../services';
import type { StoredResource } from './directory';

const entryResponse = z
  .strictObject({
    id: z.string().describe('SCIM id.'),
    kind: z.enum(['user', 'group']),
    name: z.string().describe('userName or displayName.'),
    displayName: z.string().optional().describe('Of a user. Absent if it was not pushed.'),
    externalId: z.string().optional().describe('Absent if it was not pushed.'),
    active: z.boolean().optional().describe('Of a user: false after a deactivation.'),
  })
  .meta({ id: 'DirectoryEntry' });

function toUserResponse(resource: StoredResource): z.infer<typeof entryResponse> {
  const { id, userName, displayName, externalId, active } = personOf(resource);
  return { id, kind: 'user', name: userName, displayName, externalId, active };
}

function toGroupResponse(resource: StoredResource): z.infer<typeof entryResponse> {
  const { id, displayName, externalId } = groupOf(resource);
  return { id, kind: 'group', name: displayName, externalId };
}

const listDirectory = endpoint({
  method: 'GET',
  route: 'provisioning/connections/{connectionId}/directory',
  summary: 'List users or groups of a connection',
  description: 'As the identity provider has pushed them. SCIM has all of their attributes.',
  allow: owners,
  params: provisioningConnectionParams,
  query: z.strictObject({
    kind: z.enum(['user', 'group']).default('user').describe('What is listed.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(entryResponse) },

  async handle(
    { params: { connectionId }, query, caller: { tenantId } },
    { provisioningConnections, directoryReader, cursors }: ProvisioningServices & HttpServices,
  ) {
    const key = { tenantId, connectionId };
    await provisioningConnections.get(key);
    const path = `/api/provisioning/connections/${connectionId}/directory`;
    const isUser = query.kind === 'user';
    return cursors.respond(
      { path, tenantId, query },
      (page) => directoryReader.list(key, isUser ? 'User' : 'Group', page),
      isUser ? toUserResponse : toGroupResponse,
    );
  },
});

export const directoryEndpoints = { listDirectory };
