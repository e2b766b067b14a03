/** Lists the attempts to connect a connector. */
import { z } from 'zod';
import { connectedWith } from '../connectors/connector';
import { personResponse } from '../events/actor';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import {
  attemptStatuses,
  attemptStatusOf,
  currentOutcome,
  type ConnectionAttempt,
} from './connection-attempt';
import { accountConnected, outcomeResponse } from './outcome-response';
import type { CredentialServices } from './services';

const time = z.iso.datetime();

const attemptResponse = z
  .strictObject({
    id: z.string(),
    method: connectedWith,
    status: z.enum(attemptStatuses),
    initiator: personResponse,
    outcome: outcomeResponse.optional().describe('Absent while the attempt is pending.'),
    account: accountConnected,
    createdAt: time,
    expiresAt: time,
    finishedAt: time.optional(),
  })
  .meta({ id: 'ConnectionAttempt' });

const listConnectionAttempts = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/attempts',
  summary: 'List connection attempts of the last 30 days',
  allow: owners,
  params: connectorParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(attemptResponse) },

  async handle(
    { params: { connectorId }, query, caller },
    { connectionAttempts, cursors, now }: CredentialServices & HttpServices,
  ) {
    const { tenantId } = caller;
    return cursors.respond(
      { path: `/api/connectors/${connectorId}/attempts`, tenantId, query },
      (page) => connectionAttempts.list({ tenantId, connectorId }, page),
      (attempt) => toConnectionAttemptResponse(attempt, now()),
    );
  },
});

function toConnectionAttemptResponse(
  attempt: ConnectionAttempt,
  now: Date,
): z.infer<typeof attemptResponse> {
  const { id, method, initiator, createdAt, expiresAt, endedAt } = attempt;
  const { objectId, displayName } = initiator;
  const status = attemptStatusOf(attempt, now);
  return {
    id,
    method,
    status,
    initiator: { objectId, displayName },
    outcome: status === 'pending' ? undefined : currentOutcome(attempt, now),
    account: attempt.account,
    createdAt,
    expiresAt,
    finishedAt: endedAt,
  };
}

export const connectionAttemptEndpoints = { listConnectionAttempts };
