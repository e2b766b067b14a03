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

const id = z.string().regex(/^[\w-]{1,100}$/);
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
  route: 'connectors/{id}/device-sessions',
  summary: 'Begin to connect by signing in on another device',
  allow: owners,
  params: z.object({ id }),
  body: deviceSignIn,
  bodyOptional: true,
  extraInputs: [durableClientInput],
  answers: { 201: started },

  async handle({ params, body, caller, context }, { devices, durableClient }) {
    const begun = await devices.begin(caller, params.id, body, (target) =>
      durableClient(context).start('deviceFlow', deviceInstance(target.sessionId), target),
    );
    return {
      status: 201,
      headers: { Location: `/api/connectors/${params.id}/device-sessions/${begun.id}` },
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
  route: 'connectors/{id}/device-sessions/{sid}',
  summary: 'How a sign-in on another device stands',
  allow: owners,
  params: z.object({ id, sid: id }),
  answers: { 200: session },

  async handle({ params, caller }, { devices, now }) {
    const found = await devices.get(caller.tenantId, params.id, params.sid);
    return { status: 200, jsonBody: toAnswer(found, now()) };
  },
});

const cancelDeviceSession = endpoint({
  method: 'DELETE',
  route: 'connectors/{id}/device-sessions/{sid}',
  summary: 'Cancel a sign-in on another device',
  allow: owners,
  params: z.object({ id, sid: id }),
  extraInputs: [durableClientInput],
  answers: { 204: undefined },

  async handle({ params, caller, context }, { devices, durableClient }) {
    await devices.cancel(caller.tenantId, params.id, params.sid);
    await durableClient(context).raise(deviceInstance(params.sid), cancelEvent);
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
