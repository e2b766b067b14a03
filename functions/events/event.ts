/**
 * What happens to a tenant's connectors, in one list of words: the audit trail shows them, webhooks send them. Data is
 * small and never a secret: status words, codes, ids and counts.
 */
import { z } from 'zod';

export const eventType = z.enum([
  'connector.created',
  'connector.updated',
  'connector.connected',
  'connector.reconnected',
  'connector.expiring',
  'connector.degraded',
  'connector.recovered',
  'connector.expired',
  'connector.disconnected',
  'connector.deleted',
  'credentials.rotated',
  'credentials.refused',
  'oauth.session_started',
  'oauth.session_failed',
  'oauth.session_cancelled',
  'device.session_started',
  'device.session_failed',
  'schedule.changed',
  'sync.started',
  'sync.succeeded',
  'sync.partial',
  'sync.failed',
  'sync.cancelled',
  'sync.removals_confirmed',
  'webhook.created',
  'webhook.updated',
  'webhook.disabled',
  'webhook.deleted',
  'webhook.redelivered',
  'webhook.ping',
]);
export type EventType = z.infer<typeof eventType>;

/** What webhooks can ask for: everything but what happens to webhooks themselves. */
export const subscribableEventType = eventType.exclude([
  'webhook.created',
  'webhook.updated',
  'webhook.disabled',
  'webhook.deleted',
  'webhook.redelivered',
  'webhook.ping',
]);
export type SubscribableEventType = z.infer<typeof subscribableEventType>;

/** Whoever did it: a person or app by object id, or the product by itself (a timer, a step). */
export type Doer = { readonly objectId: string; readonly displayName: string } | 'system';

export type EventData = Readonly<Record<string, string | number | boolean>>;

/** What a service tells. */
export interface NewEvent {
  readonly tenantId: string;
  /** Whose timeline it stands in; `tenantStream` for what belongs to no connector. */
  readonly connectorId: string;
  readonly type: EventType;
  readonly actor: Doer;
  /** Whether what was wanted was done; `succeeded` when left out. */
  readonly outcome?: 'succeeded' | 'failed';
  readonly data?: EventData;
  /** For what may be told twice, as steps may run twice: the same key at the same time is the same event. */
  readonly once?: { readonly key: string; readonly at: string };
}

/** What is kept of it. The id is a ULID, so ids sort by time. */
export interface RecordedEvent {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly id: string;
  readonly type: EventType;
  readonly at: string;
  readonly actor: Doer;
  readonly outcome: 'succeeded' | 'failed';
  readonly data: EventData;
}

/** The timeline of what belongs to no connector. Ids of connectors are hexadecimal, so none can be this. */
export const tenantStream = 'tenant';
