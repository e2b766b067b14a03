/** Admin consent, for tenants whose people may not consent themselves. */
import { z } from 'zod';
import { deviceSignIn } from '../credentials/credential';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorParams } from '../http/path-params';

const { clientId, tenantId } = deviceSignIn.shape;

const getAdminConsentUrl = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/admin-consent-url',
  summary: 'The link with which an administrator approves the app for the tenant',
  allow: owners,
  params: connectorParams,
  query: z.strictObject({ clientId, tenantId }),
  responses: { 200: z.strictObject({ url: z.url() }).meta({ id: 'AdminConsent' }) },

  async handle({ params, query, caller }, { consents }) {
    return {
      status: 200,
      jsonBody: { url: await consents.urlFor(caller.tenantId, params.connectorId, query) },
    };
  },
});

export const consentEndpoints = { getAdminConsentUrl };
