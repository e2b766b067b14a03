/** Admin consent, for tenants whose users may not consent themselves. */
import { z } from 'zod';
import { deviceSignIn } from '../credentials/credential';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorParams } from '../http/path-params';
import type { OAuthServices } from './services';

const { clientId, tenantId } = deviceSignIn.shape;

const getAdminConsentUrl = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/admin-consent-url',
  summary: 'Get the admin consent link',
  allow: owners,
  params: connectorParams,
  query: z.strictObject({ clientId, tenantId }),
  responses: { 200: z.strictObject({ url: z.url() }).meta({ id: 'AdminConsent' }) },

  async handle({ params, query, caller }, { consents }: OAuthServices) {
    const connector = { tenantId: caller.tenantId, ...params };
    return { status: 200, jsonBody: { url: await consents.urlFor(connector, query) } };
  },
});

export const consentEndpoints = { getAdminConsentUrl };
