import type { Page, PageRequest } from '../storage/page';
import type { NewEvent, RecordedEvent } from './event';

/** What every service tells what happened. Once this returns, it is neither lost nor left unannounced. */
export interface EventLog {
  record(happening: NewEvent): Promise<void>;
}

/** Whose events: a connector's, or the tenant's own. */
export type EventStream = Pick<RecordedEvent, 'tenantId' | 'connectorId'>;

export interface EventStore {
  /** Nothing happens when the event is there already: what is recorded never changes. */
  append(event: RecordedEvent): Promise<void>;
  /** Newest first. */
  list(timeline: EventStream, page: PageRequest): Promise<Page<RecordedEvent>>;
  /**
   * Deletes what happened before a time, of all tenants, timeline by timeline. Yields where another call can go on, and
   * may be left there.
   */
  deleteBefore(time: Date, from?: string): AsyncIterable<string>;
}

/** An event on its way to the webhooks of its tenant. */
export interface OutboxMessage {
  readonly event: RecordedEvent;
  /** The one webhook it is meant for, whatever that is subscribed to; all subscribers when absent. */
  readonly webhookId?: string;
}

/** What is still to be announced, of all tenants. Emptied by a timer. */
export interface Outbox {
  /** Put twice, it lies there once. */
  put(announcement: OutboxMessage): Promise<void>;
  /** Oldest first within a tenant. */
  pending(): AsyncIterable<OutboxMessage>;
  /** Succeeds when it is not there any more. */
  delete(announcement: OutboxMessage): Promise<void>;
}
