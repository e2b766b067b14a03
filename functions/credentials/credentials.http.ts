/** The endpoint that takes a credential: proved before it is kept, and never to be read back. */
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorAnswer } from '../connectors/connector-response';
import { etagOf } from '../connectors/connector';
import { connectorParams, shown } from '../connectors/connectors.http';
import { credential, dateOf } from './credential';

const submitCredentials = endpoint({
  method: 'POST',
  route: 'connectors/{id}/credentials',
  summary: 'Connect with a credential',
  allow: owners,
  params: connectorParams,
  body: credential,
  limit: 'credentials',
  tagged: true,
  answers: { 200: connectorAnswer },

  async handle({ params, body, caller }, { attempts, connections, passwords, now }) {
    const { id } = params;
    const connector = await attempts.submit(caller, id, body.method, () =>
      body.method === 'username_password'
        ? passwords.connect(caller, id, body)
        : connections.connectWithClientCredentials(caller, id, {
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
