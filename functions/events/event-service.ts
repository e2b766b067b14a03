/**
 * The one way to say that something happened. It is put into the outbox first and into the timeline second: whoever
 * empties the outbox writes the timeline again, so a process that dies in between loses neither.
 */
import { createHash } from 'node:crypto';
import type { Page, PageRequest } from '../storage/page';
import { ulid } from '../storage/ulid';
import type { NewEvent, RecordedEvent } from './event';
import type { OutboxMessage, EventLog, EventStore, Outbox, EventStream } from './ports';

export class EventService implements EventLog {
  constructor(
    private readonly store: EventStore,
    private readonly outbox: Outbox,
    private readonly now: () => Date,
    private readonly random: (size: number) => Uint8Array,
  ) {}

  async record(happening: NewEvent): Promise<void> {
    await this.tell({ event: this.toEvent(happening) });
  }

  /** Recorded like everything else, but announced to one webhook alone. */
  async recordForWebhook(webhookId: string, happening: NewEvent): Promise<RecordedEvent> {
    const event = this.toEvent(happening);
    await this.tell({ event, webhookId });
    return event;
  }

  list(timeline: EventStream, page: PageRequest): Promise<Page<RecordedEvent>> {
    return this.store.list(timeline, page);
  }

  /** What is still to be announced, of all tenants. */
  pending(): AsyncIterable<OutboxMessage> {
    return this.outbox.pending();
  }

  /** The announcement leaves the outbox once it is handed on, so handing on may happen twice. */
  async announce(
    announcement: OutboxMessage,
    relay: (announcement: OutboxMessage) => Promise<void>,
  ): Promise<void> {
    await this.store.append(announcement.event);
    await relay(announcement);
    await this.outbox.delete(announcement);
  }

  private async tell(announcement: OutboxMessage): Promise<void> {
    await this.outbox.put(announcement);
    await this.store.append(announcement.event);
  }

  private toEvent({ once, outcome = 'succeeded', data = {}, ...rest }: NewEvent): RecordedEvent {
    const { tenantId, connectorId, type, actor } = rest;
    const at = once ? new Date(once.at) : this.now();
    const distinct = once
      ? hashOf([tenantId, connectorId, type, once.key])
      : this.random(randomBytesOfUlid);
    return {
      tenantId,
      connectorId,
      id: ulid(at, distinct),
      type,
      at: at.toISOString(),
      actor: actor === 'system' ? actor : named(actor),
      outcome,
      data,
    };
  }
}

const randomBytesOfUlid = 10;

const hashOf = (parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest();

/** Callers carry more than what the timeline is to keep of them. */
const named = ({ objectId, displayName }: Exclude<NewEvent['actor'], 'system'>) => ({
  objectId,
  displayName,
});
