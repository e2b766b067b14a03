/** A change of a connector as an event. Its version makes telling it twice tell it once. */
import type { Doer, EventData, EventType, NewEvent } from '../events/event';
import type { Connector } from './connector';

export const happened = (
  { tenantId, id, version, updatedAt }: Connector,
  type: EventType,
  actor: Doer,
  data: EventData = {},
): NewEvent => ({
  tenantId,
  connectorId: id,
  type,
  actor,
  data,
  once: { key: `v${version}`, at: updatedAt },
});
