/** Endpoints of the allowed tenants: read and replace. */
import { z } from 'zod';
import { personResponse } from '../../events/actor';
import { owners } from '../../http/caller';
import { endpoint } from '../../http/endpoint';
import type { CredentialServices } from '../services';
import { allowedTenantsEtag, maxAllowedTenants, type AllowedTenants } from './allowed-tenants';

const tenantIds = z
  .array(z.guid())
  .max(maxAllowedTenants)
  .describe(
    'Ids of Entra tenants whose accounts and apps may be connected, besides those of your own tenant. Connections that exist are not changed.',
  );

const allowedTenantsResponse = z
  .strictObject({
    tenantIds,
    etag: z.string().describe('Version for If-Match; equal to the header ETag.'),
    updatedAt: z.iso.datetime().optional().describe('Absent if the setting was never changed.'),
    updatedBy: personResponse.optional(),
  })
  .meta({ id: 'AllowedTenants' });

const getAllowedTenants = endpoint({
  method: 'GET',
  route: 'allowed-tenants',
  summary: 'Get the allowed tenants',
  allow: owners,
  etag: true,
  responses: { 200: allowedTenantsResponse },

  async handle({ caller }, { allowedTenants }: CredentialServices) {
    return toResponse(await allowedTenants.get(caller.tenantId));
  },
});

const replaceAllowedTenants = endpoint({
  method: 'PUT',
  route: 'allowed-tenants',
  summary: 'Replace the allowed tenants',
  allow: owners,
  body: z.strictObject({ tenantIds }),
  example: { tenantIds: ['fabba000-0000-4000-8000-000000000002'] },
  ifMatch: true,
  etag: true,
  responses: { 200: allowedTenantsResponse },

  async handle({ body, ifMatch, caller }, { allowedTenants }: CredentialServices) {
    return toResponse(await allowedTenants.replace(caller, ifMatch, body.tenantIds));
  },
});

function toResponse(setting: AllowedTenants) {
  const etag = allowedTenantsEtag(setting);
  const { tenantIds: ids, updatedAt, updatedBy } = setting;
  return {
    status: 200,
    headers: { ETag: etag },
    jsonBody: { tenantIds: [...ids], etag, updatedAt, updatedBy } satisfies z.infer<
      typeof allowedTenantsResponse
    >,
  };
}

export const allowedTenantsEndpoints = { getAllowedTenants, replaceAllowedTenants };
