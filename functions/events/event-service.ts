/**
 * Records events. An event is stored with the change that it tells of, or in the outbox, and then
 * appended to the event stream. The relay appends it again, so an event is complete even if the
 * process dies in between.
 */
import { createHash } from 'node:crypto';
import { BoundedMap } from '../concurrency/bounded-map';
import { waitAtMost } from '../concurrency/wait-at-most';
import { logFailure } from '../errors/log-failure';
import type { WorkRequests } from '../durable/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import { ulid, ulidEntropyBytes } from '../storage/ulid';
import { requestOrigin } from '../telemetry/request-origin';
import { personOf } from './actor';
import type { NewEvent, RecordedEvent } from './event';
import type {
  ConnectorLookup,
  EventFilter,
  EventLog,
  EventQuery,
  EventStore,
  EventTrail,
  Outbox,
  OutboxMessage,
  PendingMessage,
} from './ports';

/** A request does not wait longer until its events are listed. */
const maxAppendMs = 2_000;
const maxAppended = 5_000;

export class EventService implements EventLog {
  /** Events that this worker appended with their change, so that its relay need not repeat it. */
  private readonly appended = new BoundedMap<true>(maxAppended);

  constructor(
    private readonly store: EventStore,
    private readonly outbox: Outbox,
    private readonly now: () => Date,
    private readonly randomBytes: (size: number) => Uint8Array,
    private readonly trail: EventTrail,
    private readonly workRequests: WorkRequests,
  ) {}

  async record(event: NewEvent): Promise<void> {
    await this.put({ event: this.toRecordedEvent(event) });
  }

  async commit<T>(
    newEvents: readonly NewEvent[],
    write: (messages: readonly OutboxMessage[]) => Promise<T>,
  ): Promise<T> {
    const messages = newEvents.map((event) => ({ event: this.toRecordedEvent(event) }));
    const result = await write(messages);
    await this.follow(messages);
    return result;
  }

  /**
   * The event as `commit` will record it, for a caller that needs it before. It must have an
   * idempotency key: another preparation would have another id.
   */
  prepare(event: NewEvent & Required<Pick<NewEvent, 'idempotencyKey'>>): RecordedEvent {
    return this.toRecordedEvent(event);
  }

  /**
   * Events of a connector, newest first. A deleted connector keeps its events. Throws NotFoundError
   * if the connector has none and does not exist.
   */
  async listOfConnector(
    key: ConnectorKey,
    filter: EventFilter,
    page: PageRequest,
    connectors: ConnectorLookup,
  ): Promise<Page<RecordedEvent>> {
    const events = await this.store.list({ ...filter, ...key }, page);
    if (events.items.length === 0 && !(await this.hasEvents(key))) await connectors.get(key);
    return events;
  }

  /** Events of a tenant and of all its connectors, newest first. */
  list(query: EventQuery, page: PageRequest): Promise<Page<RecordedEvent>> {
    return this.store.list(query, page);
  }

  /** Events that are not relayed yet, of all tenants or of the latest changes of one. */
  listPending(tenantId?: string): AsyncIterable<PendingMessage> {
    return this.outbox.listPending(this.now(), tenantId);
  }

  /** Finds events that `listPending` misses. Returns the number of partitions that hold events. */
  restoreHints(): Promise<number> {
    return this.outbox.restoreHints();
  }

  /** Deletes the message after `publish`, so a message may be published more than once. */
  async relay(
    message: PendingMessage,
    publish: (message: OutboxMessage) => Promise<void>,
  ): Promise<void> {
    if (!this.appended.get(message.event.id)) await this.store.append(message.event);
    await this.trail.putEvent(message.event);
    await publish(message);
    await this.outbox.delete(message);
  }

  private async hasEvents(key: ConnectorKey): Promise<boolean> {
    return (await this.store.list(key, { limit: 1 })).items.length > 0;
  }

  private async put(message: OutboxMessage): Promise<void> {
    await this.outbox.put(message);
    await this.follow([message]);
  }

  /** The events are stored, so a failure or a long wait leaves them to the relay. */
  private async follow(messages: readonly OutboxMessage[]): Promise<void> {
    const appends = messages.map(({ event }) =>
      this.store.append(event).then(
        () => this.appended.set(event.id, true),
        (error: unknown) => {
          logFailure('event_stream.append_failed', error, { eventId: event.id, type: event.type });
        },
      ),
    );
    // Not waited for: a queue that does not respond must not slow down requests.
    for (const tenantId of new Set(messages.map(({ event }) => event.tenantId)))
      void this.workRequests.request('relayOutbox', tenantId);
    await waitAtMost(Promise.all(appends), maxAppendMs);
  }

  private toRecordedEvent(event: NewEvent): RecordedEvent {
    const { tenantId, connectorId, type, actor, idempotencyKey } = event;
    const { outcome = 'succeeded', data = {} } = event;
    const origin = actor === 'system' ? undefined : requestOrigin();
    const at = idempotencyKey ? new Date(idempotencyKey.at) : this.now();
    const entropy = idempotencyKey
      ? hashOf([tenantId, connectorId, type, idempotencyKey.key])
      : this.randomBytes(ulidEntropyBytes);
    return {
      tenantId,
      connectorId,
      id: ulid(at, entropy),
      type,
      at: at.toISOString(),
      actor: actor === 'system' ? actor : personOf(actor),
      outcome,
      data,
      ...(origin && { origin }),
    };
  }
}

const hashOf = (parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest();
