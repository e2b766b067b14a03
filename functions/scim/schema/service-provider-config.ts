/** The document of /ServiceProviderConfig (RFC 7643 section 5, RFC 9865 section 4). */
import { limits } from '../limits';
import { discoverySchemas } from './discovery-schemas';

export const serviceProviderConfig = (baseUrl: string) => ({
  schemas: [discoverySchemas.serviceProviderConfig],
  patch: { supported: true },
  bulk: {
    supported: true,
    maxOperations: limits.bulkOperations,
    maxPayloadSize: limits.bodyBytes,
  },
  filter: { supported: true, maxResults: limits.pageSize },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  pagination: {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: limits.defaultPageSize,
    maxPageSize: limits.pageSize,
    cursorTimeout: limits.cursorSeconds,
  },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'SCIM token',
      description: 'A bearer token that an Owner issues for a provisioning connection.',
      specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
});
