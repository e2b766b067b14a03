/**
 * Records events. An event is written to the outbox first and to the event stream second. The relay
 * appends it to the stream again, so an event is complete even if the process dies in between.
 */
import { createHash } from 'node:crypto';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import { ulid, ulidEntropyBytes } from '../storage/ulid';
import { personOf } from './actor';
import type { NewEvent, RecordedEvent } from './event';
import type {
  ConnectorLookup,
  EventLog,
  EventStore,
  EventStream,
  Outbox,
  OutboxMessage,
} from './ports';

export class EventService implements EventLog {
  constructor(
    private readonly store: EventStore,
    private readonly outbox: Outbox,
    private readonly now: () => Date,
    private readonly randomBytes: (size: number) => Uint8Array,
  ) {}

  async record(event: NewEvent): Promise<void> {
    await this.write({ event: this.toRecordedEvent(event) });
  }

  /** Records an event that only one webhook gets. */
  async recordForWebhook(webhookId: string, newEvent: NewEvent): Promise<RecordedEvent> {
    const event = this.toRecordedEvent(newEvent);
    await this.write({ event, webhookId });
    return event;
  }

  /**
   * Events of a connector, newest first. A deleted connector keeps its events. Throws NotFoundError
   * if there are none and no such connector either.
   */
  async listOfConnector(
    key: ConnectorKey,
    page: PageRequest,
    connectors: ConnectorLookup,
  ): Promise<Page<RecordedEvent>> {
    const events = await this.store.list(key, page);
    if (events.items.length === 0) await connectors.get(key);
    return events;
  }

  /** Events of a stream, newest first. */
  list(stream: EventStream, page: PageRequest): Promise<Page<RecordedEvent>> {
    return this.store.list(stream, page);
  }

  /** Events of all tenants that are not relayed yet. */
  listPending(): AsyncIterable<OutboxMessage> {
    return this.outbox.listPending();
  }

  /** Deletes the message after `publish`, so a message may be published more than once. */
  async relay(
    message: OutboxMessage,
    publish: (message: OutboxMessage) => Promise<void>,
  ): Promise<void> {
    await this.store.append(message.event);
    await publish(message);
    await this.outbox.delete(message);
  }

  private async write(message: OutboxMessage): Promise<void> {
    await this.outbox.put(message);
    await this.store.append(message.event);
  }

  private toRecordedEvent(event: NewEvent): RecordedEvent {
    const { tenantId, connectorId, type, actor, idempotencyKey } = event;
    const { outcome = 'succeeded', data = {} } = event;
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
    };
  }
}

const hashOf = (parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest();
