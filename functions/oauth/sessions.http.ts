/** Endpoints of OAuth sessions: start, get, cancel. */
import { z } from 'zod';
import {
  attemptStatuses,
  attemptStatusOf,
  currentOutcome,
} from '../credentials/connection-attempt';
import { accountConnected, outcomeResponse } from '../credentials/outcome-response';
import { browserSignIn } from '../credentials/credential';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorId, connectorParams, sessionId } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { Authorization } from './authorization';
import type { OAuthServices } from './services';

const time = z.iso.datetime();

const newSession = browserSignIn.extend({
  returnTo: z.string().min(1).max(100).optional().describe('Name of a configured address.'),
  loginHint: z.string().min(1).max(254).optional(),
  mode: z.enum(['connect', 'reconnect']).default('connect'),
});

const sessionResponse = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    status: z.enum(attemptStatuses),
    outcome: outcomeResponse.optional().describe('Absent while the session is pending.'),
    account: accountConnected,
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'OAuthSession' });

const startOAuthSession = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/oauth/sessions',
  summary: 'Start an OAuth session',
  allow: owners,
  params: connectorParams,
  body: newSession,
  example: { loginHint: 'ada@contoso.com' },
  idempotent: 'shown-once',
  rateLimit: 'signIns',
  responses: {
    201: z
      .strictObject({
        id: z.string(),
        startUrl: z.url().describe('URL to open in a browser, once, within a minute.'),
        expiresAt: time,
      })
      .meta({ id: 'OAuthSessionStart' }),
  },

  async handle(
    { params, body, caller },
    { oauthSessions, publicUrl }: OAuthServices & HttpServices,
  ) {
    const { authorization, ticket } = await oauthSessions.start(caller, params.connectorId, body);
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
  summary: 'Get an OAuth session',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  responses: { 200: sessionResponse },

  async handle({ params, caller }, { oauthSessions, now }: OAuthServices & HttpServices) {
    const connector = { tenantId: caller.tenantId, connectorId: params.connectorId };
    const session = await oauthSessions.get(connector, params.sessionId);
    return { status: 200, jsonBody: toSessionResponse(session, now()) };
  },
});

const cancelOAuthSession = endpoint({
  method: 'DELETE',
  route: 'connectors/{connectorId}/oauth/sessions/{sessionId}',
  summary: 'Cancel an OAuth session',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  responses: { 204: undefined },

  async handle({ params, caller }, { oauthSessions }: OAuthServices) {
    await oauthSessions.cancel(caller, params.connectorId, params.sessionId);
    return { status: 204 };
  },
});

function toSessionResponse(session: Authorization, now: Date): z.infer<typeof sessionResponse> {
  const status = attemptStatusOf(session, now);
  return {
    id: session.id,
    connectorId: session.connectorId,
    status,
    outcome: status === 'pending' ? undefined : currentOutcome(session, now),
    account: session.account,
    createdAt: session.createdAt,
    expiresAt: session.expiresAt,
  };
}

export const oauthSessionEndpoints = { startOAuthSession, getOAuthSession, cancelOAuthSession };
