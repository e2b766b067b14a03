/** Endpoints of sign-ins on another device: start, get, cancel. */
import { z } from 'zod';
import {
  attemptStatuses,
  attemptStatusOf,
  currentOutcome,
} from '../credentials/connection-attempt';
import { deviceSignIn } from '../credentials/credential';
import { accountConnected, outcomeResponse } from '../credentials/outcome-response';
import { durableClientInput } from '../durable/durable-client';
import { logFailure } from '../errors/log-failure';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { connectorId, connectorParams, sessionId } from '../http/path-params';
import type { HttpServices } from '../http/services';
import { deviceInstanceId, type DeviceSession } from './device-session';
import type { OAuthServices } from './services';
import { cancelEvent } from './steps';

const time = z.iso.datetime();

/** Instructions for the person who signs in, while the session is pending. */
const instructions = {
  userCode: z.string(),
  verificationUri: z.url(),
  message: z.string().describe('Instructions for the person who signs in.'),
};

const deviceSessionStart = z
  .strictObject({
    id: z.string(),
    ...instructions,
    expiresAt: time,
    pollIntervalMs: z
      .int()
      .describe('Interval at which Entra is polled. The status changes no more often.'),
  })
  .meta({ id: 'DeviceSessionStart' });

const deviceSessionResponse = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    status: z.enum(attemptStatuses),
    ...z.object(instructions).partial().shape,
    outcome: outcomeResponse.optional().describe('Absent while the session is pending.'),
    account: accountConnected,
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'DeviceSession' });

const startDeviceSession = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/device-sessions',
  summary: 'Start a sign-in on another device',
  allow: owners,
  params: connectorParams,
  body: deviceSignIn,
  example: { tenantId: 'contoso.com' },
  bodyOptional: true,
  idempotent: 'shown-once',
  rateLimit: 'signIns',
  extraInputs: [durableClientInput],
  responses: { 201: deviceSessionStart },

  async handle(
    { params, body, caller, context },
    { deviceSessions, durableClient }: OAuthServices & HttpServices,
  ) {
    const session = await deviceSessions.start(caller, params.connectorId, body, (input) =>
      durableClient(context).start('deviceFlow', deviceInstanceId(input.sessionId), input),
    );
    return {
      status: 201,
      headers: { Location: `/api/connectors/${params.connectorId}/device-sessions/${session.id}` },
      jsonBody: {
        id: session.id,
        ...instructionsOf(session),
        expiresAt: session.expiresAt,
        pollIntervalMs: session.intervalSeconds * 1_000,
      },
    };
  },
});

const getDeviceSession = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/device-sessions/{sessionId}',
  summary: 'Get a sign-in on another device',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  responses: { 200: deviceSessionResponse },

  async handle({ params, caller }, { deviceSessions, now }: OAuthServices & HttpServices) {
    const connector = { tenantId: caller.tenantId, connectorId: params.connectorId };
    const session = await deviceSessions.get(connector, params.sessionId);
    return { status: 200, jsonBody: toDeviceSessionResponse(session, now()) };
  },
});

const cancelDeviceSession = endpoint({
  method: 'DELETE',
  route: 'connectors/{connectorId}/device-sessions/{sessionId}',
  summary: 'Cancel a sign-in on another device',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  extraInputs: [durableClientInput],
  responses: { 204: undefined },

  async handle(
    { params, caller, context },
    { deviceSessions, durableClient }: OAuthServices & HttpServices,
  ) {
    await deviceSessions.cancel(caller, params.connectorId, params.sessionId);
    // The next poll finds the session cancelled. The event only makes it earlier.
    await durableClient(context)
      .raiseEvent(deviceInstanceId(params.sessionId), cancelEvent)
      .catch((error: unknown) =>
        logFailure('device_flow.notify_failed', error, { sessionId: params.sessionId }),
      );
    return { status: 204 };
  },
});

function toDeviceSessionResponse(
  session: DeviceSession,
  now: Date,
): z.infer<typeof deviceSessionResponse> {
  const status = attemptStatusOf(session, now);
  return {
    id: session.id,
    connectorId: session.connectorId,
    status,
    ...(status === 'pending'
      ? instructionsOf(session)
      : { outcome: currentOutcome(session, now), account: session.account }),
    createdAt: session.createdAt,
    expiresAt: session.expiresAt,
  };
}

const instructionsOf = ({ userCode, verificationUri }: DeviceSession) => ({
  userCode,
  verificationUri,
  message: `Open ${verificationUri} and enter the code ${userCode}. Never pass the code on to another person.`,
});

export const deviceSessionEndpoints = {
  startDeviceSession,
  getDeviceSession,
  cancelDeviceSession,
};
