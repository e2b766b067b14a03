/** Endpoints of an existing connection: rotate its secret, test it, end it. */
import { z } from 'zod';
import { etagOf } from '../connectors/connector';
import { connectorResponse, toConnectorResponse } from '../connectors/connector-response';
import { owners, ownersAndMembers } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import { consentRemoval } from './consent-removal';
import { dateOf, rotation } from './credential';
import type { CredentialServices } from './services';

const rotateCredential = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/credentials/rotate',
  summary: 'Replace the client secret of a connection',
  allow: owners,
  params: connectorParams,
  body: rotation,
  example: {
    clientSecret: 'the value of the new client secret',
    secretExpiresAt: '2028-01-31T00:00:00Z',
  },
  rateLimit: 'credentials',
  etag: true,
  responses: { 200: connectorResponse },

  async handle(
    { params: { connectorId }, body, caller },
    { connectionAttempts, secretRotations, now }: CredentialServices & Pick<HttpServices, 'now'>,
  ) {
    const { clientSecret, secretExpiresAt } = body;
    const connector = await connectionAttempts.submit(caller, connectorId, (read, attemptId) =>
      secretRotations.rotate(caller, read, {
        clientSecret,
        secretExpiresAt: dateOf(secretExpiresAt),
        attemptId,
      }),
    );
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: toConnectorResponse(connector, caller, now()),
    };
  },
});

const connectionTest = z
  .strictObject({
    ok: z.boolean(),
    testedAt: z.iso.datetime(),
    steps: z
      .array(
        z.strictObject({
          name: z.enum(['token', 'resource_manager', 'factories']),
          ok: z.boolean(),
          code: z.string().describe('`ok`, or the code of the failure.'),
          message: z.string(),
          durationMs: z.int(),
        }),
      )
      .describe('In the order of a sync. The first step that failed is the last one.'),
  })
  .meta({ id: 'ConnectionTest' });

const testConnection = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/test',
  summary: 'Test a connection step by step',
  allow: ownersAndMembers,
  params: connectorParams,
  rateLimit: 'connectionTests',
  responses: { 200: connectionTest },

  async handle(
    { params, caller },
    { connectionTests, now }: CredentialServices & Pick<HttpServices, 'now'>,
  ) {
    const steps = await connectionTests.test(caller, params.connectorId);
    return {
      status: 200,
      jsonBody: { ok: steps.every(({ ok }) => ok), testedAt: now().toISOString(), steps },
    };
  },
});

const disconnected = z
  .strictObject({
    connector: connectorResponse,
    credentialRemoved: z
      .boolean()
      .describe(
        'Whether Key Vault confirmed the deletion of the stored credential. If false, the app tries again by itself, and the connector has the warning credential_removal_pending until then.',
      ),
    consent: z
      .strictObject({
        message: z.string(),
        links: z.array(z.strictObject({ label: z.string(), href: z.url() })),
      })
      .describe('Pages of Microsoft on which the consent can be removed.'),
  })
  .meta({ id: 'Disconnected' });

const disconnectConnector = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/disconnect',
  summary: 'End a connection and delete its credential',
  allow: owners,
  params: connectorParams,
  etag: true,
  responses: { 200: disconnected },

  async handle(
    { params, caller },
    { disconnections, now }: CredentialServices & Pick<HttpServices, 'now'>,
  ) {
    const connector = await disconnections.disconnect(caller, params.connectorId);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: {
        connector: toConnectorResponse(connector, caller, now()),
        credentialRemoved: connector.obsoleteSecrets === undefined,
        consent: consentRemoval(connector),
      },
    };
  },
});

export const connectionEndpoints = { rotateCredential, testConnection, disconnectConnector };
