/** In-memory EventStore and Outbox. The contract tests hold them to the behaviour of the adapters. */
import type { RecordedEvent } from '../../functions/events/event';
import type { EventStore, Outbox, OutboxMessage } from '../../functions/events/ports';
import { firstUlid } from '../../functions/storage/ulid';

export interface FakeEventStore extends EventStore {
  /** All recorded events, oldest first. */
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
    async list({ tenantId, connectorId, type, actor, from, to }, { limit, continuation }) {
      const remaining = [...rows.values()]
        .filter((row) => row.tenantId === tenantId)
        .filter((row) => connectorId === undefined || row.connectorId === connectorId)
        .filter((row) => type === undefined || row.type === type)
        .filter((row) => actor === undefined || actor === actorIdOf(row))
        .filter(({ id }) => from === undefined || id >= firstUlid(from))
        .filter(({ id }) => to === undefined || id < firstUlid(to))
        .filter(({ id }) => continuation === undefined || id < continuation)
        .toSorted((one, other) => byId(other, one));
      const items = remaining.slice(0, limit);
      return remaining.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    async *deleteBefore(time, checkpoint = '') {
      for (const stream of streamsOf(rows.values()).filter((each) => each > checkpoint)) {
        for (const [key, { id }] of rows)
          if (key.startsWith(`${stream}|`) && id < firstUlid(time)) rows.delete(key);
        yield stream;
      }
    },
  };
}

const actorIdOf = ({ actor }: RecordedEvent) =>
  actor === 'system' ? actor : actor.objectId.toLowerCase();

const streamsOf = (events: Iterable<RecordedEvent>): string[] =>
  [
    ...new Set([...events].map(({ tenantId, connectorId }) => `${tenantId}|${connectorId}`)),
  ].toSorted();

export interface FakeOutbox extends Outbox {
  /** All messages that are not relayed yet. */
  all(): OutboxMessage[];
  /** Called by fake stores together with the change of a row. Sets the messages at once. */
  add(messages?: readonly OutboxMessage[]): void;
}

export function fakeOutbox(): FakeOutbox {
  const rows = new Map<string, OutboxMessage>();
  const add = (messages: readonly OutboxMessage[] = []) => {
    for (const message of messages) rows.set(message.event.id, message);
  };
  return {
    all: () => [...rows.values()],
    add,
    put: async (message) => add([message]),
    async *listPending() {
      const messages = [...rows.values()].toSorted((one, other) => byId(one.event, other.event));
      yield* messages.map((message) => ({ ...message, place: '' }));
    },
    oldestPendingAt: async (tenantId) =>
      [...rows.values()]
        .flatMap(({ event }) => (event.tenantId === tenantId ? [event.at] : []))
        .sort()[0],
    async delete({ event }) {
      rows.delete(event.id);
    },
    restoreHints: async () => 0,
  };
}
