import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { EventType, NewEvent, RecordedEvent } from './event';

/**
 * Records events. An event that was recorded reaches the event stream and the webhooks, also if this
 * process dies.
 */
export interface EventLog {
  /** For an event that no row changes with. Throws only if the event was not recorded. */
  record(event: NewEvent): Promise<void>;
  /**
   * Records the events of a change. `write` stores the change and the messages in one transaction,
   * so none of them exists without the others. Throws what `write` throws, and nothing after it.
   */
  commit<T>(
    events: readonly NewEvent[],
    write: (messages: readonly OutboxMessage[]) => Promise<T>,
  ): Promise<T>;
}

/** Filters of a list of events. Absent filters select everything. */
export interface EventFilter {
  readonly type?: EventType | undefined;
  /** Object id of a person or app, or `system`. */
  readonly actor?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

export interface EventQuery extends EventFilter {
  readonly tenantId: string;
  /** Absent: all events of the tenant, those of its connectors included. */
  readonly connectorId?: string | undefined;
}

export interface EventStore {
  /** Does nothing if the event exists: a recorded event never changes. */
  append(event: RecordedEvent): Promise<void>;
  /** Newest first. A page of a filtered list may have fewer events than asked for, even none. */
  list(query: EventQuery, page: PageRequest): Promise<Page<RecordedEvent>>;
  /**
   * Deletes events older than a time in all tenants, one partition after the other. Yields
   * checkpoints: a later call with one of them continues there.
   */
  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string>;
}

/** An event that was not yet relayed to the webhooks of its tenant. */
export interface OutboxMessage {
  readonly event: RecordedEvent;
}

/** A message and the place where it is stored, which only the outbox understands. */
export interface PendingMessage extends OutboxMessage {
  readonly place: string;
}

/**
 * Events that are not relayed yet. The task `relayOutbox` empties the outbox. Messages of a change
 * are put by the store that writes the change.
 */
export interface Outbox {
  /** Puts an event that no row changes with. Putting a message again replaces it. */
  put(message: OutboxMessage): Promise<void>;
  /**
   * Messages of all tenants, or of the latest changes of one. A message that was just stored may be
   * missing. If a partition cannot be read, throws after the messages of all others.
   */
  listPending(now: Date, tenantId?: string): AsyncIterable<PendingMessage>;
  /** Time of the oldest event of a tenant that is not relayed; undefined if all are. */
  oldestPendingAt(tenantId: string): Promise<string | undefined>;
  /** Succeeds if the message does not exist. */
  delete(message: PendingMessage): Promise<void>;
  /**
   * Searches every partition for messages that `listPending` does not find, because a write of the
   * outbox failed after the change was stored. Returns the number of partitions that hold messages.
   */
  restoreHints(): Promise<number>;
}

/** Implemented by the audit module, which this module must not import. */
export interface EventTrail {
  /** Records the event for the audit trail. Safe to repeat. Throws if it was not stored. */
  putEvent(event: RecordedEvent): Promise<void>;
}

/** Implemented by the connectors module, which this module must not import. */
export interface ConnectorLookup {
  /** Throws NotFoundError if the tenant has no such connector. */
  get(key: ConnectorKey): Promise<unknown>;
}
