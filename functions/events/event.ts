/**
 * Domain events of connectors and tenants. The event stream lists them and webhooks send them.
 * Event data is small and never secret: statuses, codes, ids, counts, and changes of fields.
 */
import { z } from 'zod';
import { eventActor, type EventActor } from './actor';
import { fieldChanges } from './field-changes';

export const eventType = z.enum([
  'connector.created',
  'connector.updated',
  'connector.connected',
  'connector.reconnected',
  'connector.expiring',
  'connector.degraded',
  'connector.recovered',
  'connector.expired',
  'connector.tested',
  'connector.disconnected',
  'connector.deleted',
  'credentials.rotated',
  'credentials.refused',
  'credentials.removal_delayed',
  'credentials.removed',
  'oauth.session_started',
  'oauth.session_failed',
  'oauth.session_cancelled',
  'device.session_started',
  'device.session_failed',
  'device.session_cancelled',
  'allowed_tenants.changed',
  'schedule.changed',
  'sync.requested',
  'sync.started',
  'sync.cancel_requested',
  'sync.paused',
  'sync.resumed',
  'sync.succeeded',
  'sync.partial',
  'sync.failed',
  'sync.cancelled',
  'sync.removals_confirmed',
  'sync.reconciled',
  'orchestration.suspend_requested',
  'orchestration.resume_requested',
  'orchestration.terminate_requested',
  'orchestration.restart_requested',
  'orchestration.rewind_requested',
  'orchestration.event_requested',
  'orchestration.purge_requested',
  'provisioning.connection_created',
  'provisioning.connection_updated',
  'provisioning.connection_deleted',
  'provisioning.token_issued',
  'provisioning.token_revoked',
  'provisioning.token_expiring',
  'openlineage.push_set',
  'openlineage.push_removed',
  'agent.tool_called',
  'webhook.created',
  'webhook.updated',
  'webhook.secret_rotated',
  'webhook.disabled',
  'webhook.deleted',
  'webhook.redelivered',
  'webhook.ping',
]);
export type EventType = z.infer<typeof eventType>;

/** Events that a webhook can subscribe to: all except those about webhooks and reads of agents. */
export const subscribableEventType = eventType.exclude([
  'agent.tool_called',
  'webhook.created',
  'webhook.updated',
  'webhook.secret_rotated',
  'webhook.disabled',
  'webhook.deleted',
  'webhook.redelivered',
  'webhook.ping',
]);

export const eventOutcome = z.enum(['succeeded', 'failed']);

export const eventData = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), fieldChanges]),
);
export type EventData = Readonly<z.infer<typeof eventData>>;

/** An event as a service records it. */
export interface NewEvent {
  readonly tenantId: string;
  /** Connector that the event concerns; `tenantStream` if it concerns none. */
  readonly connectorId: string;
  readonly type: EventType;
  readonly actor: EventActor;
  /** Default: `succeeded`. */
  readonly outcome?: z.infer<typeof eventOutcome>;
  readonly data?: EventData;
  /**
   * For callers that may run twice, such as steps: events of one stream and type with the same key
   * and time are one event. `at` becomes the time of the event.
   */
  readonly idempotencyKey?: { readonly key: string; readonly at: string };
}

/** An event as it is stored. */
export const recordedEvent = z.object({
  tenantId: z.string(),
  connectorId: z.string(),
  /** A ULID, so ids sort by time. */
  id: z.string(),
  type: eventType,
  at: z.string(),
  actor: eventActor,
  outcome: eventOutcome,
  data: eventData,
  /** The request of a person. For the audit trail: neither lists nor webhooks show it. */
  origin: z.object({ requestId: z.string(), ip: z.string().exactOptional() }).exactOptional(),
});
export type RecordedEvent = Readonly<z.infer<typeof recordedEvent>>;

/** Replaces the connector id in events that concern no connector. No connector has this id. */
export const tenantStream = 'tenant';
