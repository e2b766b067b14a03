/** Events of sign-ins in the browser and on another device. */
import type { ConnectionAttempt } from '../credentials/connection-attempt';
import type { EventActor } from '../events/actor';
import type { EventType, NewEvent } from '../events/event';

export type SessionEventType = Extract<EventType, `${'oauth' | 'device'}.session_${string}`>;

/** With a code, the sign-in failed for that reason. */
export const sessionEvent = (
  { tenantId, connectorId, id }: ConnectionAttempt,
  type: SessionEventType,
  actor: EventActor,
  code?: string,
): NewEvent => ({
  tenantId,
  connectorId,
  type,
  actor,
  outcome: code === undefined ? 'succeeded' : 'failed',
  data: { attemptId: id, ...(code !== undefined && { code }) },
});
