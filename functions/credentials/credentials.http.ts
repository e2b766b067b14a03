/**
 * Endpoint that takes a credential. The credential is verified before it is stored, and never
 * returned.
 */
import { etagOf, type Connector } from '../connectors/connector';
import { connectorResponse, toConnectorResponse } from '../connectors/connector-response';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { Stored } from '../storage/stored';
import { credential, dateOf } from './credential';
import type { CredentialServices } from './services';

const submitCredentials = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/credentials',
  summary: 'Connect with a credential',
  allow: owners,
  params: connectorParams,
  body: credential,
  example: {
    method: 'client_credentials',
    tenantId: 'contoso.com',
    clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
    clientSecret: 'the value of a client secret',
    secretExpiresAt: '2027-01-31T00:00:00Z',
  },
  rateLimit: 'credentials',
  etag: true,
  responses: { 200: connectorResponse },

  async handle(
    { params: { connectorId }, body, caller },
    {
      connectionAttempts,
      connections,
      passwordSignIns,
      now,
    }: CredentialServices & Pick<HttpServices, 'now'>,
  ) {
    const connect = (read: Stored<Connector>, attemptId: string) =>
      body.method === 'username_password'
        ? passwordSignIns.connect(caller, read, body, attemptId)
        : connections.connectWithClientCredentials(
            caller,
            read,
            { ...body, secretExpiresAt: dateOf(body.secretExpiresAt) },
            attemptId,
          );
    const connector = await connectionAttempts.submit(caller, connectorId, connect, body.method);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: toConnectorResponse(connector, caller, now()),
    };
  },
});

export const credentialEndpoints = { submitCredentials };
