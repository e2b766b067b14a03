/** The attempts to connect a connector, for whoever wonders why it is not connected. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import {
  attemptStatuses,
  attemptStatusOf,
  currentOutcome,
  type Attempt,
} from './connection-attempt';
import { connectedWith } from '../connectors/connector';
import { outcomeAnswer } from './outcome-response';
import { connectorParams } from '../http/path-params';

const time = z.iso.datetime();

const attemptAnswer = z
  .strictObject({
    id: z.string(),
    method: connectedWith,
    status: z.enum(attemptStatuses),
    initiator: z.strictObject({ objectId: z.string(), displayName: z.string() }),
    outcome: outcomeAnswer.optional(),
    createdAt: time,
    expiresAt: time,
    endedAt: time.optional(),
  })
  .meta({ id: 'ConnectionAttempt' });

const listAttempts = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/attempts',
  summary: 'The attempts to connect, newest first, of the last thirty days',
  allow: owners,
  params: connectorParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(attemptAnswer) },

  async handle({ params, query, caller }, { attempts, cursors, now }) {
    const { tenantId } = caller;
    return cursors.answer(
      { path: `/api/connectors/${params.connectorId}/attempts`, tenantId, query },
      (page) => attempts.list(tenantId, params.connectorId, page),
      (attempt) => toAnswer(attempt, now()),
    );
  },
});

function toAnswer(attempt: Attempt, now: Date): z.infer<typeof attemptAnswer> {
  const { id, method, initiator, createdAt, expiresAt, endedAt } = attempt;
  const { objectId, displayName } = initiator;
  const status = attemptStatusOf(attempt, now);
  return {
    id,
    method,
    status,
    initiator: { objectId, displayName },
    outcome: status === 'pending' ? undefined : currentOutcome(attempt, now),
    createdAt,
    expiresAt,
    endedAt,
  };
}

export const attemptEndpoints = { listAttempts };
