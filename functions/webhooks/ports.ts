import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { Delivery } from './delivery';
import type { Webhook } from './webhook';

/** Every method is told the tenant first; another tenant's webhook does not exist. */
export interface WebhookStore {
  get(tenantId: string, id: string): Promise<Stored<Webhook> | undefined>;
  /** All of a tenant, newest first: there are a few at most. */
  list(tenantId: string): Promise<readonly Stored<Webhook>[]>;
  /** Ids of all tenants' webhooks. */
  ids(): AsyncIterable<string>;
  create(webhook: Webhook): Promise<Stored<Webhook>>;
  /** Throws StaleError when someone replaced it since it was read. */
  replace(webhook: Stored<Webhook>): Promise<Stored<Webhook>>;
  /** Succeeds when there is nothing to delete. */
  delete(tenantId: string, id: string): Promise<void>;
}

export type DeliveryKey = Pick<Delivery, 'tenantId' | 'webhookId'>;

export interface DeliveryStore {
  get(key: DeliveryKey, id: string): Promise<Stored<Delivery> | undefined>;
  /** Newest first. */
  list(key: DeliveryKey, page: PageRequest): Promise<Page<Delivery>>;
  /** Nothing happens when it is there already, however far it got. */
  create(delivery: Delivery): Promise<void>;
  /** Throws StaleError when someone replaced it since it was read. */
  replace(delivery: Stored<Delivery>): Promise<void>;
  /** Forgets all deliveries of a webhook. May be repeated. */
  deleteWebhook(key: DeliveryKey): Promise<void>;
  /**
   * Deletes deliveries of events before a time, of all tenants, webhook by webhook. Yields where another call can go on,
   * and may be left there.
   */
  deleteBefore(time: Date, from?: string): AsyncIterable<string>;
}

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A status when the address answered, whatever it answered; otherwise the code of what was in the way. */
export type Answered = { readonly status: number } | { readonly error: SendError };

export type SendError =
  | 'address_refused'
  | 'name_not_resolved'
  | 'connection_failed'
  | 'certificate_refused'
  | 'timed_out';

/** Sends to addresses that customers gave us. Never throws for what is the receiver's fault. */
export interface Sender {
  send(letter: WebhookRequest): Promise<Answered>;
}
