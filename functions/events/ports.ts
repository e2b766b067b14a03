import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { NewEvent, RecordedEvent } from './event';

/** Records events. An event that was recorded reaches the event stream and the webhooks. */
export interface EventLog {
  record(event: NewEvent): Promise<void>;
}

/** Events of one connector, or those of the tenant if `connectorId` is `tenantStream`. */
export type EventStream = Pick<RecordedEvent, 'tenantId' | 'connectorId'>;

export interface EventStore {
  /** Does nothing if the event exists: a recorded event never changes. */
  append(event: RecordedEvent): Promise<void>;
  /** Newest first. */
  list(stream: EventStream, page: PageRequest): Promise<Page<RecordedEvent>>;
  /**
   * Deletes events older than a time in all tenants, one event stream after the other. Yields
   * checkpoints: a later call with one of them continues there.
   */
  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string>;
}

/** An event that was not yet relayed to the webhooks of its tenant. */
export interface OutboxMessage {
  readonly event: RecordedEvent;
  /** The only webhook that gets the event, subscribed or not. Absent: all subscribers. */
  readonly webhookId?: string;
}

/** Events that are not relayed yet. A timer empties the outbox. */
export interface Outbox {
  /** Putting a message again replaces it. */
  put(message: OutboxMessage): Promise<void>;
  /** Messages of all tenants, oldest first within a tenant. */
  listPending(): AsyncIterable<OutboxMessage>;
  /** Succeeds if the message does not exist. */
  delete(message: OutboxMessage): Promise<void>;
}

/** Implemented by the connectors module, which this module must not import. */
export interface ConnectorLookup {
  /** Throws NotFoundError if the tenant has no such connector. */
  get(key: ConnectorKey): Promise<unknown>;
}
