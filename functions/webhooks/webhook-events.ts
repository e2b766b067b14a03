/** Events of webhooks. Every version has one event, so a repeated call records nothing new. */
import type { EventActor } from '../events/actor';
import { tenantStream, type EventData, type EventType, type NewEvent } from '../events/event';
import { changesOf } from '../events/field-changes';
import type { Delivery } from './delivery';
import type { Webhook } from './webhook';

export const webhookEvent = (
  webhook: Webhook,
  type: EventType,
  actor: EventActor,
  data: EventData = {},
): NewEvent => {
  const { id, version, updatedAt } = webhook;
  return {
    ...eventOf(webhook, type, actor, data),
    idempotencyKey: { key: `${id}/v${version}`, at: updatedAt },
  };
};

/** A redelivery is an event of the delivery, whose row is changed with it. */
export const webhookRedelivered = (
  { tenantId, webhookId, id: deliveryId, redelivery }: Delivery,
  actor: EventActor,
): NewEvent => ({
  tenantId,
  connectorId: tenantStream,
  type: 'webhook.redelivered',
  actor,
  data: { webhookId, deliveryId, redelivery },
});

/** A deletion makes no version. Its event is stored once, with the deletion of the row. */
export const webhookDeleted = (webhook: Webhook, actor: EventActor): NewEvent =>
  eventOf(webhook, 'webhook.deleted', actor, {});

const eventOf = (
  { tenantId, id, enabled, address }: Webhook,
  type: EventType,
  actor: EventActor,
  data: EventData,
): NewEvent => ({
  tenantId,
  connectorId: tenantStream,
  type,
  actor,
  data: { webhookId: id, url: address.display, enabled, ...data },
});

/** Two addresses may look the same, so the time of the confirmation is a field as well. */
export const webhookUpdated = (before: Webhook, after: Webhook, actor: EventActor): NewEvent =>
  webhookEvent(after, 'webhook.updated', actor, {
    changes: changesOf(fieldsOf(before), fieldsOf(after)),
  });

/** None if the webhook was not disabled by this change. */
export const webhookDisabled = (before: Webhook, after: Webhook): readonly NewEvent[] =>
  before.enabled && !after.enabled ? [webhookEvent(after, 'webhook.disabled', 'system')] : [];

const fieldsOf = ({ address, events, description, enabled }: Webhook) => ({
  url: address.display,
  addressConfirmedAt: address.confirmedAt,
  events,
  description,
  enabled,
});
