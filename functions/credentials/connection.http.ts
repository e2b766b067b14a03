/** What an Owner does with a connection that is there: rotate its secret, test it, end it. */
import { z } from 'zod';
import { owners, ownersAndMembers } from '../http/caller';
import { shown } from '../connectors/connectors.http';
import { endpoint } from '../http/endpoint';
import { connectorAnswer } from '../connectors/connector-response';
import { etagOf } from '../connectors/connector';
import { consentRemoval } from './consent-removal';
import { dateOf, rotation } from './credential';
import { connectorParams } from '../http/path-params';

const rotateCredential = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/credentials/rotate',
  summary: 'Replace the client secret by the next one, once that is proved',
  allow: owners,
  params: connectorParams,
  body: rotation,
  rateLimit: 'credentials',
  etag: true,
  responses: { 200: connectorAnswer },

  async handle({ params, body, caller }, { attempts, connectors, secretRotations, now }) {
    const { connectorId } = params;
    const { connectedWith } = await connectors.get(caller.tenantId, connectorId);
    const connector = await attempts.submit(caller, connectorId, connectedWith ?? 'client_credentials', () =>
      secretRotations.rotate(caller, connectorId, body.clientSecret, dateOf(body.secretExpiresAt)),
    );
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: shown(connector, caller, now()),
    };
  },
});

const trial = z
  .strictObject({
    ok: z.boolean(),
    testedAt: z.iso.datetime(),
    steps: z
      .array(
        z.strictObject({
          name: z.enum(['token', 'resource_manager', 'factories']),
          ok: z.boolean(),
          code: z.string(),
          message: z.string(),
          ms: z.int(),
        }),
      )
      .describe('In the order of a sync; the first one that fails is the last.'),
  })
  .meta({ id: 'ConnectionTest' });

const testConnection = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/test',
  summary: 'Try the connection, step by step',
  allow: ownersAndMembers,
  params: connectorParams,
  responses: { 200: trial },

  async handle({ params, caller }, { connectionTests, now }) {
    const steps = await connectionTests.test(caller.tenantId, params.connectorId);
    return {
      status: 200,
      jsonBody: { ok: steps.every(({ ok }) => ok), testedAt: now().toISOString(), steps },
    };
  },
});

const disconnected = z
  .strictObject({
    connector: connectorAnswer,
    consent: z
      .strictObject({
        message: z.string(),
        links: z.array(z.strictObject({ label: z.string(), href: z.url() })),
      })
      .describe('Where Microsoft still remembers what was agreed to, and how it is removed there.'),
  })
  .meta({ id: 'Disconnected' });

const disconnectConnector = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/disconnect',
  summary: 'End the connection: its credential is deleted, what was catalogued stays',
  allow: owners,
  params: connectorParams,
  etag: true,
  responses: { 200: disconnected },

  async handle({ params, caller }, { disconnects, now }) {
    const connector = await disconnects.disconnect(caller, params.connectorId);
    return {
      status: 200,
      headers: { ETag: etagOf(connector) },
      jsonBody: {
        connector: shown(connector, caller, now()),
        consent: consentRemoval(connector),
      },
    };
  },
});

export const connectionEndpoints = { rotateCredential, testConnection, disconnectConnector };
