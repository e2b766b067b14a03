/** Keep the promises of EventStore and Outbox in memory; test/contracts holds them to it. */
import type { RecordedEvent } from '../../functions/events/event';
import { firstUlid } from '../../functions/storage/ulid';
import type { OutboxMessage, EventStore, Outbox } from '../../functions/events/ports';

export interface FakeEventStore extends EventStore {
  /** Everything that was recorded, oldest first. */
  all(): RecordedEvent[];
}

const byId = (one: { readonly id: string }, other: { readonly id: string }) =>
  one.id < other.id ? -1 : 1;

export function fakeEventStore(): FakeEventStore {
  const rows = new Map<string, RecordedEvent>();
  const keyOf = ({ tenantId, connectorId, id }: RecordedEvent) =>
    `${tenantId}|${connectorId}|${id}`;
  return {
    all: () => [...rows.values()].toSorted(byId),
    async append(event) {
      if (!rows.has(keyOf(event))) rows.set(keyOf(event), event);
    },
    async list({ tenantId, connectorId }, { limit, continuation }) {
      const rest = [...rows.values()]
        .filter((row) => row.tenantId === tenantId && row.connectorId === connectorId)
        .filter(({ id }) => continuation === undefined || id < continuation)
        .toSorted((one, other) => byId(other, one));
      const items = rest.slice(0, limit);
      return rest.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    async *deleteBefore(time, from = '') {
      for (const timeline of timelinesOf(rows.values()).filter((each) => each > from)) {
        for (const [key, { id }] of rows)
          if (key.startsWith(`${timeline}|`) && id < firstUlid(time)) rows.delete(key);
        yield timeline;
      }
    },
  };
}

const timelinesOf = (events: Iterable<RecordedEvent>): string[] =>
  [
    ...new Set([...events].map(({ tenantId, connectorId }) => `${tenantId}|${connectorId}`)),
  ].toSorted();

export interface FakeOutbox extends Outbox {
  /** Everything still to be announced. */
  all(): OutboxMessage[];
}

export function fakeOutbox(): FakeOutbox {
  const rows = new Map<string, OutboxMessage>();
  return {
    all: () => [...rows.values()],
    async put(announcement) {
      rows.set(announcement.event.id, announcement);
    },
    async *pending() {
      yield* [...rows.values()].toSorted((one, other) => byId(one.event, other.event));
    },
    async delete({ event }) {
      rows.delete(event.id);
    },
  };
}
