/** Admin consent, for tenants whose people may not consent themselves. */
import { z } from 'zod';
import { deviceSignIn } from '../credentials/credential';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';

const { clientId, tenantId } = deviceSignIn.shape;

const getAdminConsentUrl = endpoint({
  method: 'GET',
  route: 'connectors/{id}/admin-consent-url',
  summary: 'The link with which an administrator approves the app for the tenant',
  allow: owners,
  params: z.object({ id: z.string().regex(/^[\w-]{1,100}$/) }),
  query: z.strictObject({ clientId, tenantId }),
  answers: { 200: z.strictObject({ url: z.url() }).meta({ id: 'AdminConsent' }) },

  async handle({ params, query, caller }, { consents }) {
    return {
      status: 200,
      jsonBody: { url: await consents.urlFor(caller.tenantId, params.id, query) },
    };
  },
});

export const consentEndpoints = { getAdminConsentUrl };
