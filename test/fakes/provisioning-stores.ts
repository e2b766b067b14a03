/** In-memory ConnectionStore and RequestLogStore. The contract test holds them to the adapters. */
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { OutboxMessage } from '../../functions/events/ports';
import {
  keyOf,
  type ProvisioningConnection,
} from '../../functions/provisioning/connections/connection';
import type { TokenUse } from '../../functions/provisioning/connections/token';
import type { DirectoryKey } from '../../functions/provisioning/directory/directory';
import type { ConnectionStore, RequestLogStore } from '../../functions/provisioning/ports';
import type { LoggedRequest } from '../../functions/provisioning/request-log/logged-request';
import type { Stored } from '../../functions/storage/stored';
import { firstUlid, invertUlid } from '../../functions/storage/ulid';
import { fakeOutbox, type FakeOutbox } from './event-store';

const nameOf = ({ tenantId, connectionId }: DirectoryKey) => `${tenantId}|${connectionId}`;

/** Puts the events of a change into the outbox, as the adapter does. */
export function fakeProvisioningConnectionStore(
  outbox: Pick<FakeOutbox, 'add'> = fakeOutbox(),
): ConnectionStore {
  const rows = new Map<string, Stored<ProvisioningConnection>>();
  const owners = new Map<string, DirectoryKey>();
  const uses = new Map<string, Map<string, TokenUse>>();
  const creationsOf = new Map<string, number>();
  let version = 0;
  const put = (connection: ProvisioningConnection, events: readonly OutboxMessage[] = []) => {
    const stored = { ...connection, etag: `W/"${++version}"` };
    rows.set(nameOf(keyOf(connection)), stored);
    outbox.add(events);
    return stored;
  };
  return {
    get: async (key) => rows.get(nameOf(key)),
    list: async (tenantId) => [...rows.values()].filter((row) => row.tenantId === tenantId),
    async *listKeys(tenantId) {
      for (const row of rows.values())
        if (tenantId === undefined || row.tenantId === tenantId) yield keyOf(row);
    },
    getCreations: async (tenantId) => String(creationsOf.get(tenantId) ?? 0),
    async create(connection, events, creations) {
      const made = creationsOf.get(connection.tenantId) ?? 0;
      if (creations !== undefined && creations !== String(made))
        throw new StaleError('provisioning_connection_changed', 'stale');
      if (rows.has(nameOf(keyOf(connection))))
        throw new ConflictError('provisioning_connection_id_taken', 'taken');
      if (creations !== undefined) creationsOf.set(connection.tenantId, made + 1);
      return put(connection, events);
    },
    async replace({ etag, ...connection }, events) {
      if (rows.get(nameOf(keyOf(connection)))?.etag !== etag)
        throw new StaleError('provisioning_connection_changed', 'stale');
      return put(connection, events);
    },
    async delete(key) {
      rows.delete(nameOf(key));
    },
    async putTokenOwner(tokenId, key) {
      owners.set(tokenId, key);
    },
    getTokenOwner: async (tokenId) => owners.get(tokenId),
    async deleteTokenOwner(tokenId) {
      owners.delete(tokenId);
    },
    async putTokenUse(key, tokenId, use) {
      const known = uses.get(nameOf(key)) ?? new Map<string, TokenUse>();
      uses.set(nameOf(key), known.set(tokenId, use));
    },
    listTokenUses: async (key) => new Map(uses.get(nameOf(key))),
    async deleteTokenUses(key) {
      uses.delete(nameOf(key));
    },
  };
}

export function fakeRequestLogStore(): RequestLogStore {
  const logs = new Map<string, Map<string, LoggedRequest>>();
  return {
    async append(key, requests) {
      const log = logs.get(nameOf(key)) ?? new Map<string, LoggedRequest>();
      for (const request of requests) log.set(request.id, request);
      logs.set(nameOf(key), log);
    },
    async list(key, { limit, continuation = '' }) {
      const all = [...(logs.get(nameOf(key))?.values() ?? [])]
        .filter(({ id }) => id > continuation)
        .toSorted((one, other) => (one.id < other.id ? -1 : 1));
      const items = all.slice(0, limit);
      return all.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
    },
    async *deleteBefore(time, checkpoint = '') {
      for (const [name, log] of [...logs].filter(([each]) => each > checkpoint)) {
        for (const id of log.keys()) if (id > invertUlid(firstUlid(time))) log.delete(id);
        yield name;
      }
    },
    async deleteOfConnection(key) {
      logs.delete(nameOf(key));
    },
  };
}
