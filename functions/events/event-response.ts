/** An event in API responses and in the body of a webhook: both have the same shape. */
import { z } from 'zod';
import { personResponse } from './actor';
import { eventData, eventOutcome, eventType, tenantStream, type RecordedEvent } from './event';

export const eventResponse = z
  .strictObject({
    id: z
      .string()
      .describe('Sorts by time. The event stream and every webhook use the same id for an event.'),
    type: eventType,
    occurredAt: z.iso.datetime(),
    tenantId: z.string(),
    connectorId: z.string().optional().describe('Absent if the event concerns the whole tenant.'),
    actor: z
      .union([z.literal('system'), personResponse])
      .describe('The person or app that caused the event; `system` for timers and syncs.'),
    outcome: eventOutcome,
    data: eventData,
  })
  .meta({ id: 'Event' });

export function toEventResponse(event: RecordedEvent): z.infer<typeof eventResponse> {
  const { id, type, at, tenantId, connectorId, actor, outcome, data } = event;
  return {
    id,
    type,
    occurredAt: at,
    tenantId,
    ...(connectorId !== tenantStream && { connectorId }),
    actor,
    outcome,
    data,
  };
}
