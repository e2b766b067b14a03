/** Sign-in sessions for the frontend: begin, poll, cancel. */
import { z } from 'zod';
import {
  attemptStatuses,
  attemptStatusOf,
  currentOutcome,
} from '../credentials/connection-attempt';
import { outcomeAnswer } from '../credentials/outcome-response';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import type { Authorization } from './authorization';
import { connectorId, connectorParams, sessionId } from '../http/path-params';

const time = z.iso.datetime();

const newSession = z.strictObject({
  returnTo: z.string().min(1).max(100).optional().describe('The name of a configured address.'),
  loginHint: z.string().min(1).max(254).optional(),
  mode: z.enum(['connect', 'reconnect']).default('connect'),
  allowAccountChange: z
    .boolean()
    .default(false)
    .describe('Accept another account than your own, or than the one connected before.'),
});

const session = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    status: z.enum(attemptStatuses),
    outcome: outcomeAnswer.optional(),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'OAuthSession' });

const startOAuthSession = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/oauth/sessions',
  summary: 'Begin to connect by signing in with Microsoft',
  allow: owners,
  params: connectorParams,
  body: newSession,
  responses: {
    201: z
      .strictObject({
        id: z.string(),
        startUrl: z.url().describe('Open it in a browser within a minute; it works once.'),
        expiresAt: time,
      })
      .meta({ id: 'OAuthSessionStart' }),
  },

  async handle({ params, body, caller }, { oauthSessions, publicUrl }) {
    const { authorization, ticket } = await oauthSessions.begin(caller, params.connectorId, body);
    return {
      status: 201,
      headers: {
        Location: `/api/connectors/${params.connectorId}/oauth/sessions/${authorization.id}`,
      },
      jsonBody: {
        id: authorization.id,
        startUrl: `${publicUrl}/api/oauth/start?ticket=${ticket}`,
        expiresAt: authorization.expiresAt,
      },
    };
  },
});

const getOAuthSession = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/oauth/sessions/{sessionId}',
  summary: 'How a sign-in stands',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  responses: { 200: session },

  async handle({ params, caller }, { oauthSessions, now }) {
    const found = await oauthSessions.get(caller.tenantId, params.connectorId, params.sessionId);
    return { status: 200, jsonBody: toAnswer(found, now()) };
  },
});

const cancelOAuthSession = endpoint({
  method: 'DELETE',
  route: 'connectors/{connectorId}/oauth/sessions/{sessionId}',
  summary: 'Cancel a sign-in under way',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  responses: { 204: undefined },

  async handle({ params, caller }, { oauthSessions }) {
    await oauthSessions.cancel(caller, params.connectorId, params.sessionId);
    return { status: 204 };
  },
});

function toAnswer(found: Authorization, now: Date): z.infer<typeof session> {
  const status = attemptStatusOf(found, now);
  return {
    id: found.id,
    connectorId: found.connectorId,
    status,
    outcome: status === 'pending' ? undefined : currentOutcome(found, now),
    createdAt: found.createdAt,
    expiresAt: found.expiresAt,
  };
}

export const oauthSessionEndpoints = { startOAuthSession, getOAuthSession, cancelOAuthSession };
