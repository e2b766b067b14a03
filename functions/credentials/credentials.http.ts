/** The endpoint that takes a credential: proved before it is kept, and never to be read back. */
import { owners } from '../http/caller';
import { shown } from '../connectors/connectors.http';
import { endpoint } from '../http/endpoint';
import { connectorAnswer } from '../connectors/connector-response';
import { etagOf } from '../connectors/connector';
import { credential, dateOf } from './credential';
import { connectorParams } from '../http/path-params';

const submitCredentials = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/credentials',
  summary: 'Connect with a credential',
  allow: owners,
  params: connectorParams,
  body: credential,
  rateLimit: 'credentials',
  etag: true,
  responses: { 200: connectorAnswer },

  async handle({ params, body, caller }, { attempts, connections, passwords, now }) {
    const { connectorId } = params;
    const connector = await attempts.submit(caller, connectorId, body.method, () =>
      body.method === 'username_password'
        ? passwords.connect(caller, connectorId, body)
        : connections.connectWithClientCredentials(caller, connectorId, {
            ...body,
            secretExpiresAt: dateOf(body.secretExpiresAt),
          }),
    );
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

export const credentialEndpoints = { submitCredentials };
