/** ConnectorStore in memory. test/contracts tests it together with the table adapter. */
import { isDeleting } from '../../functions/connectors/connection';
import type { Connector } from '../../functions/connectors/connector';
import type { ConnectorStore } from '../../functions/connectors/ports';
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';
import { fakeOutbox, type FakeOutbox } from './event-store';

export interface FakeConnectorStore extends ConnectorStore {
  /** Number of calls of `get`. */
  reads: number;
}

/** Puts the events of a change into the outbox, as the adapter does. */
export function fakeConnectorStore(
  outbox: Pick<FakeOutbox, 'add'> = fakeOutbox(),
  ...given: readonly Connector[]
): FakeConnectorStore {
  const rows = new Map<string, Stored<Connector>>();
  const tenants = new Set<string>();
  const key = (tenantId: string, id: string) => `${tenantId}/${id}`;
  let version = 0;
  const put = (connector: Connector) => {
    const isNameTaken = [...rows.values()].some(
      (other) =>
        other.tenantId === connector.tenantId &&
        other.id !== connector.id &&
        !isDeleting(other) &&
        !isDeleting(connector) &&
        other.name.toLowerCase() === connector.name.toLowerCase(),
    );
    if (isNameTaken) throw new ConflictError('connector_name_taken', 'taken');
    const stored = { ...connector, etag: `W/"${++version}"` };
    tenants.add(connector.tenantId);
    rows.set(key(connector.tenantId, connector.id), stored);
    return stored;
  };
  given.forEach((connector) => put(connector));
  return {
    reads: 0,
    async get({ tenantId, connectorId }) {
      this.reads++;
      return rows.get(key(tenantId, connectorId));
    },
    async list(tenantId, { limit, continuation = '' }) {
      const after = [...rows.values()]
        .filter((row) => row.tenantId === tenantId && row.id > continuation)
        .sort((one, other) => (one.id < other.id ? -1 : 1));
      const items = after.slice(0, limit);
      return after.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    async listSummaries(tenantId, page) {
      const { items, ...more } = await this.list(tenantId, page);
      return {
        items: items.map(
          ({ filters: _f, schedule: _s, completedAttempts: _a, etag: _e, ...summary }) => summary,
        ),
        ...more,
      };
    },
    async create(connector, events, maxConnectors = Infinity) {
      const own = [...rows.values()].filter(({ tenantId }) => tenantId === connector.tenantId);
      if (own.length >= maxConnectors) throw new ConflictError('too_many_connectors', 'too many');
      if (rows.has(key(connector.tenantId, connector.id)))
        throw new ConflictError('connector_name_taken', 'taken');
      const stored = put(connector);
      outbox.add(events);
      return stored;
    },
    async replace({ etag, ...connector }, events) {
      if (rows.get(key(connector.tenantId, connector.id))?.etag !== etag)
        throw new StaleError('connector_changed', 'stale');
      const stored = put(connector);
      outbox.add(events);
      return stored;
    },
    async delete({ tenantId, connectorId }) {
      rows.delete(key(tenantId, connectorId));
    },
    async *listTenants() {
      yield* tenants;
    },
  };
}
