/** Keeps the promises of ConnectionAttemptStore and AuthorizationStore in memory; test/contracts holds it to them. */
import type { Attempt } from '../../functions/credentials/connection-attempt';
import type { ConnectionAttemptStore } from '../../functions/connectors/ports';
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { Authorization } from '../../functions/oauth/authorization';
import type { AuthorizationStore } from '../../functions/oauth/ports';
import type { Stored } from '../../functions/storage/stored';

// oxlint-disable-next-line typescript/no-explicit-any -- every room stores its own kind of attempt here
type AnyAttempt = any;

/** One fake for every room: what each of them stores is an attempt. */
export type FakeAttemptStore = ConnectionAttemptStore<AnyAttempt> & AuthorizationStore;

export function fakeConnectionAttemptStore(): FakeAttemptStore {
  const rows = new Map<string, Stored<Attempt>>();
  const keyOf = ({ tenantId, connectorId, id }: Omit<Attempt, 'state'> | Attempt) =>
    `${tenantId}/${connectorId}/${id}`;
  let version = 0;
  const put = (attempt: Attempt) => {
    const stored = { ...attempt, etag: `W/"${++version}"` };
    rows.set(keyOf(attempt), stored);
    return stored as AnyAttempt;
  };
  const find = async (tenantId: string, fits: (row: Authorization) => boolean) =>
    [...rows.values()].find((row) => row.tenantId === tenantId && fits(row as never)) as
      Stored<Authorization> | undefined;
  return {
    get: async (tenantId, connectorId, id) =>
      rows.get(`${tenantId}/${connectorId}/${id}`) as AnyAttempt,
    async list(tenantId, connectorId, { limit, continuation = '' }) {
      const after = [...rows.values()]
        .filter((row) => row.tenantId === tenantId && row.connectorId === connectorId)
        .filter((row) => row.id > continuation)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
      const items = after.slice(0, limit);
      return after.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    findByTicket: (tenantId, hash) => find(tenantId, ({ ticketHash }) => ticketHash === hash),
    findByState: (tenantId, hash) => find(tenantId, ({ browser }) => browser?.stateHash === hash),
    async create(attempt: Attempt) {
      if (rows.has(keyOf(attempt))) throw new ConflictError('attempt_exists', 'taken');
      return put(attempt);
    },
    async replace({ etag, ...attempt }: Stored<Attempt>) {
      if (rows.get(keyOf(attempt))?.etag !== etag) throw new StaleError('attempt_changed', 'stale');
      return put(attempt);
    },
    async deleteConnector(tenantId, connectorId) {
      for (const row of rows.values())
        if (row.tenantId === tenantId && row.connectorId === connectorId) rows.delete(keyOf(row));
    },
    async deleteBefore(time) {
      for (const row of rows.values())
        if (Date.parse(row.createdAt) < time.getTime()) rows.delete(keyOf(row));
    },
  };
}
