/** Sign-ins on another device for the frontend: begin, look, cancel. No redirect, and multi-factor sign-in works. */
import { z } from 'zod';
import {
  attemptStatuses,
  attemptStatusOf,
  currentOutcome,
} from '../credentials/connection-attempt';
import { deviceSignIn } from '../credentials/credential';
import { durableClientInput } from '../durable/durable-client';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { deviceInstance, type DeviceSession } from './device-session';
import { cancelEvent } from './steps';
import { outcomeAnswer } from '../credentials/outcome-response';
import { connectorId, connectorParams, sessionId } from '../http/path-params';

const time = z.iso.datetime();

/** What the person needs, for as long as it is of use. */
const invitation = {
  userCode: z.string(),
  verificationUri: z.url(),
  message: z.string().describe('For the person who signs in.'),
};

const started = z
  .strictObject({
    id: z.string(),
    ...invitation,
    expiresAt: time,
    intervalSeconds: z
      .number()
      .describe('How often Entra is asked; asking us more often tells no more.'),
  })
  .meta({ id: 'DeviceSessionStart' });

const session = z
  .strictObject({
    id: z.string(),
    connectorId: z.string(),
    status: z.enum(attemptStatuses),
    ...z.object(invitation).partial().shape,
    outcome: outcomeAnswer.optional(),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'DeviceSession' });

const startDeviceSession = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/device-sessions',
  summary: 'Begin to connect by signing in on another device',
  allow: owners,
  params: connectorParams,
  body: deviceSignIn,
  bodyOptional: true,
  extraInputs: [durableClientInput],
  responses: { 201: started },

  async handle({ params, body, caller, context }, { devices, durableClient }) {
    const begun = await devices.begin(caller, params.connectorId, body, (target) =>
      durableClient(context).start('deviceFlow', deviceInstance(target.sessionId), target),
    );
    return {
      status: 201,
      headers: { Location: `/api/connectors/${params.connectorId}/device-sessions/${begun.id}` },
      jsonBody: {
        id: begun.id,
        ...invitationOf(begun),
        expiresAt: begun.expiresAt,
        intervalSeconds: begun.intervalInSeconds,
      },
    };
  },
});

const getDeviceSession = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/device-sessions/{sessionId}',
  summary: 'How a sign-in on another device stands',
  allow: owners,
  params: z.object({ connectorId, sessionId }),
  responses: { 200: session },

  async handle({ params, caller }, { devices, now }) {
    const found = await devices.get(caller.tenantId, params.connectorId, params.sessionId);
    return { status: 200, jsonBody: toAnswer(found, now()) };
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

  async handle({ params, caller, context }, { devices, durableClient }) {
    await devices.cancel(caller.tenantId, params.connectorId, params.sessionId);
    await durableClient(context).raise(deviceInstance(params.sessionId), cancelEvent);
    return { status: 204 };
  },
});

function toAnswer(found: DeviceSession, now: Date): z.infer<typeof session> {
  const status = attemptStatusOf(found, now);
  return {
    id: found.id,
    connectorId: found.connectorId,
    status,
    ...(status === 'pending' ? invitationOf(found) : { outcome: currentOutcome(found, now) }),
    createdAt: found.createdAt,
    expiresAt: found.expiresAt,
  };
}

const invitationOf = ({ userCode, verificationUri }: DeviceSession) => ({
  userCode,
  verificationUri,
  message: `Open ${verificationUri} and enter the code ${userCode}.`,
});

export const deviceSessionEndpoints = {
  startDeviceSession,
  getDeviceSession,
  cancelDeviceSession,
};
