/** Events of connectors. Idempotency keys make an event that is recorded twice the same event. */
import type { EventActor } from '../events/actor';
import type { EventData, EventType, NewEvent } from '../events/event';
import { changesOf } from '../events/field-changes';
import type { Connector } from './connector';
import type { Schedule, StoredSchedule } from './schedule';

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

/** A person changed the name or the filters. */
export const connectorUpdated = (
  before: Connector,
  after: Connector,
  actor: EventActor,
): NewEvent =>
  connectorEvent(after, 'connector.updated', actor, {
    name: after.name,
    changes: changesOf(
      { name: before.name, filters: before.filters },
      { name: after.name, filters: after.filters },
    ),
  });

/** Schedules have versions of their own. */
export function scheduleChanged(
  { tenantId, id, schedule }: Connector,
  before: Schedule | StoredSchedule,
  actor: EventActor,
): NewEvent {
  const { version, changedAt, ...plan } = schedule!;
  return {
    tenantId,
    connectorId: id,
    type: 'schedule.changed',
    actor,
    data: { ...plan, changes: changesOf(planOf(before), plan) },
    idempotencyKey: { key: `schedule-v${version}`, at: changedAt },
  };
}

function planOf(schedule: Schedule | StoredSchedule): Schedule {
  const {
    version: _version,
    changedAt: _changedAt,
    ...plan
  } = {
    version: 0,
    changedAt: '',
    ...schedule,
  };
  return plan;
}
