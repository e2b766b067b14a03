/** The endpoint that takes a credential: proved before it is kept, and never to be read back. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { secretText } from '../secret';
import { connectorAnswer } from './connector-answer';
import { etagOf } from './connector';
import { connectorParams, shown } from './connectors.http';

/** No `common` or `organizations`, and nothing that could lead a request to another host. */
const domain =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;

const clientCredentials = z.strictObject({
  method: z.literal('client_credentials'),
  tenantId: z
    .union([z.guid(), z.string().regex(domain)], { error: 'must be a tenant id or a domain' })
    .describe('Entra: Overview → Tenant ID'),
  clientId: z.guid().describe('Entra: App registrations → Overview → Application (client) ID'),
  clientSecret: secretText(1_000).describe('Entra: Certificates & secrets → Value'),
  userId: z
    .union([z.guid(), z.email().max(254)], { error: 'must be an object id or a user name' })
    .optional()
    .describe('Entra: Users → Object ID'),
  secretExpiresAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Entra: Certificates & secrets → Expires'),
});

const submitCredentials = endpoint({
  method: 'POST',
  route: 'connectors/{id}/credentials',
  summary: 'Connect with a credential',
  allow: owners,
  params: connectorParams,
  body: z.discriminatedUnion('method', [clientCredentials]),
  answers: { 200: connectorAnswer },

  async handle({ params, body, caller }, { connections, now }) {
    const { method: _method, secretExpiresAt, ...credentials } = body;
    const connector = await connections.connectWithClientCredentials(caller, params.id, {
      ...credentials,
      secretExpiresAt: secretExpiresAt === undefined ? undefined : new Date(secretExpiresAt),
    });
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

export const credentialEndpoints = { submitCredentials };
