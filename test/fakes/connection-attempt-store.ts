/**
 * ConnectionAttemptStore and AuthorizationStore in memory. test/contracts tests them with the
 * adapters.
 */
import type { ConnectionAttempt } from '../../functions/credentials/connection-attempt';
import type { ConnectionAttemptStore } from '../../functions/credentials/ports';
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { OutboxMessage } from '../../functions/events/ports';
import type { Authorization } from '../../functions/oauth/authorization';
import type { AuthorizationStore } from '../../functions/oauth/ports';
import type { Stored } from '../../functions/storage/stored';
import { fakeOutbox, type FakeOutbox } from './event-store';

// oxlint-disable-next-line typescript/no-explicit-any -- each method stores its own kind of attempt
type AnyAttempt = any;

/** One fake for all methods, because each stores connection attempts. */
export type FakeAttemptStore = ConnectionAttemptStore<AnyAttempt> & AuthorizationStore;

/** Puts the events of a change into the outbox, as the adapter does. */
export function fakeConnectionAttemptStore(
  outbox: Pick<FakeOutbox, 'add'> = fakeOutbox(),
): FakeAttemptStore {
  const rows = new Map<string, Stored<ConnectionAttempt>>();
  const keyOf = ({ tenantId, connectorId, id }: Omit<ConnectionAttempt, 'state'>) =>
    `${tenantId}/${connectorId}/${id}`;
  let version = 0;
  const put = (attempt: ConnectionAttempt) => {
    const stored = { ...attempt, etag: `W/"${++version}"` };
    rows.set(keyOf(attempt), stored);
    return stored as AnyAttempt;
  };
  const find = async (tenantId: string, matches: (row: Authorization) => boolean) =>
    [...rows.values()].find((row) => row.tenantId === tenantId && matches(row as never)) as
      Stored<Authorization> | undefined;
  return {
    get: async ({ tenantId, connectorId }, id) =>
      rows.get(`${tenantId}/${connectorId}/${id}`) as AnyAttempt,
    async list({ tenantId, connectorId }, { limit, continuation = '' }) {
      const after = [...rows.values()]
        .filter((row) => row.tenantId === tenantId && row.connectorId === connectorId)
        .filter((row) => row.id > continuation)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
      const items = after.slice(0, limit);
      return after.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    findByTicket: (tenantId, hash) => find(tenantId, ({ ticketHash }) => ticketHash === hash),
    findByState: (tenantId, hash) => find(tenantId, ({ browser }) => browser?.stateHash === hash),
    async create(attempt: ConnectionAttempt, events?: readonly OutboxMessage[]) {
      if (rows.has(keyOf(attempt))) throw new ConflictError('attempt_exists', 'taken');
      outbox.add(events);
      return put(attempt);
    },
    async replace(
      { etag, ...attempt }: Stored<ConnectionAttempt>,
      events?: readonly OutboxMessage[],
    ) {
      if (rows.get(keyOf(attempt))?.etag !== etag) throw new StaleError('attempt_changed', 'stale');
      outbox.add(events);
      return put(attempt);
    },
    async deleteConnector({ tenantId, connectorId }) {
      for (const row of rows.values())
        if (row.tenantId === tenantId && row.connectorId === connectorId) rows.delete(keyOf(row));
    },
    async *deleteBefore(time) {
      for (const row of rows.values())
        if (Date.parse(row.createdAt) < time.getTime()) {
          rows.delete(keyOf(row));
          yield row.id;
        }
    },
  };
}
