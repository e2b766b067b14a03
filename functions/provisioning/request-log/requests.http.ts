/** The latest requests of an identity provider, to find out why it fails. */
import { z } from 'zod';
import { owners } from '../../http/caller';
import { endpoint } from '../../http/endpoint';
import { listOf, pageParameters } from '../../http/paging';
import { provisioningConnectionParams } from '../../http/path-params';
import type { HttpServices } from '../../http/services';
import type { ProvisioningServices } from '../services';
import type { LoggedRequest } from './logged-request';

const requestResponse = z
  .strictObject({
    receivedAt: z.iso.datetime(),
    requestId: z.string().describe('Value of X-Request-Id in the response.'),
    tokenId: z.string(),
    method: z.string(),
    path: z.string().describe('Path below the base URL, without its query.'),
    status: z.int(),
    durationMs: z.int(),
    scimType: z.string().optional().describe('Kind of SCIM error. Absent if there is none.'),
    attribute: z
      .string()
      .optional()
      .describe('Attribute at fault, or that was ignored. Absent if there is none.'),
    detail: z
      .string()
      .optional()
      .describe('What was wrong and what to do, or what was ignored. Absent otherwise.'),
  })
  .meta({ id: 'ProvisioningRequest' });

function toRequestResponse(request: LoggedRequest): z.infer<typeof requestResponse> {
  const { at, requestId, tokenId, method, path, status } = request;
  const { durationMs, scimType, attribute, detail } = request;
  return {
    receivedAt: at,
    requestId,
    tokenId,
    method,
    path,
    status,
    durationMs,
    scimType,
    attribute,
    detail,
  };
}

const listProvisioningRequests = endpoint({
  method: 'GET',
  route: 'provisioning/connections/{connectionId}/requests',
  summary: 'List requests of the identity provider, newest first',
  description:
    'Requests of the last seven days. Failures are listed at once, successes within a second. Values of attributes are not stored.',
  allow: owners,
  params: provisioningConnectionParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(requestResponse) },

  async handle(
    { params: { connectionId }, query, caller: { tenantId } },
    { provisioningConnections, provisioningRequests, cursors }: ProvisioningServices & HttpServices,
  ) {
    const key = { tenantId, connectionId };
    await provisioningConnections.get(key);
    const list = {
      path: `/api/provisioning/connections/${connectionId}/requests`,
      tenantId,
      query,
    };
    return cursors.respond(list, (page) => provisioningRequests.list(key, page), toRequestResponse);
  },
});

export const provisioningRequestEndpoints = { listProvisioningRequests };
