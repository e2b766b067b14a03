/** Events of connectors. Idempotency keys make an event that is recorded twice the same event. */
import type { EventActor } from '../events/actor';
import type { EventData, EventType, NewEvent } from '../events/event';
import type { Connector } from './connector';
import type { StoredSchedule } from './schedule';

/** An event of a change that raised the connector's version. */
export const connectorEvent = (
  { tenantId, id, version, updatedAt }: Connector,
  type: EventType,
  actor: EventActor,
  data: EventData = {},
): NewEvent => ({
  tenantId,
  connectorId: id,
  type,
  actor,
  data,
  idempotencyKey: { key: `v${version}`, at: updatedAt },
});

/** Schedules have versions of their own. */
export const scheduleChanged = (
  { tenantId, id }: Connector,
  { version, changedAt, ...schedule }: StoredSchedule,
  actor: EventActor,
): NewEvent => ({
  tenantId,
  connectorId: id,
  type: 'schedule.changed',
  actor,
  data: schedule,
  idempotencyKey: { key: `schedule-v${version}`, at: changedAt },
});
