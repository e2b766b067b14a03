/** Events of provisioning connections. Every version has one, so a repeated call records nothing new. */
import type { EventActor } from '../../events/actor';
import { tenantStream, type EventData, type EventType, type NewEvent } from '../../events/event';
import { changesOf } from '../../events/field-changes';
import type { ProvisioningConnection } from './connection';

export const connectionEvent = (
  { tenantId, id, name, profile, version, updatedAt }: ProvisioningConnection,
  type: EventType,
  actor: EventActor,
  data: EventData = {},
): NewEvent => ({
  tenantId,
  connectorId: tenantStream,
  type,
  actor,
  data: { connectionId: id, name, profile, ...data },
  idempotencyKey: { key: `${id}/v${version}`, at: updatedAt },
});

export const connectionUpdated = (
  before: ProvisioningConnection,
  after: ProvisioningConnection,
  actor: EventActor,
): NewEvent =>
  connectionEvent(after, 'provisioning.connection_updated', actor, {
    changes: changesOf(fieldsOf(before), fieldsOf(after)),
  });

const fieldsOf = ({ name, profile, allowedAddresses }: ProvisioningConnection) => ({
  name,
  profile,
  ...(allowedAddresses && { allowedAddresses: allowedAddresses.join(' ') }),
});
