import type { RecordedEvent } from '../events/event';
import type { OutboxMessage } from '../events/ports';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { Delivery, DeliveryTarget } from './delivery';
import type { Webhook } from './webhook';

/**
 * Webhooks by tenant. A webhook of another tenant does not exist. `events` are stored in the
 * transaction of the change.
 */
export interface WebhookStore {
  get(tenantId: string, webhookId: string): Promise<Stored<Webhook> | undefined>;
  /** All webhooks of a tenant, newest first. Their number is limited. */
  list(tenantId: string): Promise<readonly Stored<Webhook>[]>;
  /** Webhooks of all tenants. */
  listAll(): AsyncIterable<Stored<Webhook>>;
  /**
   * Counts and creates in one write. Throws ConflictError if the tenant has the maximum number of
   * webhooks or the id is taken.
   */
  create(webhook: Webhook, events?: readonly OutboxMessage[]): Promise<Stored<Webhook>>;
  /** Throws StaleError if the webhook changed since it was read. */
  replace(webhook: Stored<Webhook>, events?: readonly OutboxMessage[]): Promise<Stored<Webhook>>;
  /** Succeeds if there is nothing to delete, without an event. */
  delete(tenantId: string, webhookId: string, events?: readonly OutboxMessage[]): Promise<void>;
}

export type WebhookKey = Pick<Delivery, 'tenantId' | 'webhookId'>;

/** What is needed to continue a delivery. */
export interface PendingDelivery {
  readonly target: DeliveryTarget;
  /** Time of its next attempt. */
  readonly dueAt: string;
}

/** `events` are stored in the transaction of the change. */
export interface DeliveryStore {
  get(key: WebhookKey, deliveryId: string): Promise<Stored<Delivery> | undefined>;
  /** Newest first. */
  list(key: WebhookKey, page: PageRequest): Promise<Page<Delivery>>;
  /** Pending deliveries of events since a time, newest first. */
  listPending(key: WebhookKey, since: Date): AsyncIterable<PendingDelivery>;
  /** Does nothing if the delivery exists, in any status. */
  create(delivery: Delivery, events?: readonly OutboxMessage[]): Promise<void>;
  /** Throws StaleError if the delivery changed since it was read. */
  replace(delivery: Stored<Delivery>, events?: readonly OutboxMessage[]): Promise<void>;
  /** Deletes all deliveries of a webhook. Safe to repeat. */
  deleteOfWebhook(key: WebhookKey): Promise<void>;
  /**
   * Deletes deliveries of events older than a time in all tenants, one webhook after the other.
   * Yields checkpoints: a later call with one of them continues there.
   */
  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string>;
}

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The HTTP status of the receiver, with the wait that it asks for before the next attempt, or the
 * reason why there was no response.
 */
export type SendResult =
  { readonly status: number; readonly retryAfterMs?: number } | { readonly error: SendError };

/** `allowedOrigin` is the value of WebHook-Allowed-Origin. */
export type ChallengeResult =
  { readonly status: number; readonly allowedOrigin?: string } | { readonly error: SendError };

export type SendError =
  | 'address_refused'
  | 'name_not_resolved'
  | 'connection_failed'
  | 'certificate_refused'
  | 'timed_out';

/** Sends requests to addresses of customers. Never throws for a failure of the receiver. */
export interface Sender {
  send(request: WebhookRequest): Promise<SendResult>;
  /** Asks with OPTIONS whether the receiver allows requests of the origin. */
  challenge(url: string, origin: string): Promise<ChallengeResult>;
}

/** Learns of each event at least once, before the event leaves the outbox. */
export interface EventListener {
  /** If it throws, the event stays in the outbox and comes again. */
  onEvent(event: RecordedEvent): Promise<void>;
}

/**
 * Limits how often a tenant makes this app call an address or store a secret. All workers share the
 * count.
 */
export interface RequestLimit {
  /** Counts one request. Throws ThrottledError if the tenant has made too many. */
  consume(tenantId: string): Promise<void>;
}
