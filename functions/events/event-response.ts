/** An event as it is shown and as it is sent: one shape for the audit trail and for webhooks. */
import { z } from 'zod';
import { eventType, tenantStream, type RecordedEvent } from './event';

export const eventAnswer = z
  .strictObject({
    id: z.string().describe('Sorts by time. The same event has the same id wherever it is seen.'),
    type: eventType,
    at: z.iso.datetime(),
    tenantId: z.string(),
    connectorId: z.string().optional().describe('Absent when it is about the tenant as a whole.'),
    actor: z.union([
      z.literal('system'),
      z.strictObject({ objectId: z.string(), displayName: z.string() }),
    ]),
    outcome: z.enum(['succeeded', 'failed']),
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'Event' });

export function toEventAnswer(event: RecordedEvent): z.infer<typeof eventAnswer> {
  const { id, type, at, tenantId, connectorId, actor, outcome, data } = event;
  return {
    id,
    type,
    at,
    tenantId,
    ...(connectorId !== tenantStream && { connectorId }),
    actor,
    outcome,
    data,
  };
}
