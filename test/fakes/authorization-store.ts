/** Keeps AuthorizationStore's promises in memory; test/contracts holds it to them. */
import { ConflictError, StaleError } from '../../functions/errors';
import type { Authorization } from '../../functions/oauth/authorization';
import type { AuthorizationStore } from '../../functions/oauth/ports';
import type { Stored } from '../../functions/stored';

export function fakeAuthorizationStore(): AuthorizationStore {
  const rows = new Map<string, Stored<Authorization>>();
  const key = ({ tenantId, id }: { tenantId: string; id: string }) => `${tenantId}/${id}`;
  let version = 0;
  const put = (authorization: Authorization) => {
    const stored = { ...authorization, etag: `W/"${++version}"` };
    rows.set(key(authorization), stored);
    return stored;
  };
  const find = async (tenantId: string, fits: (row: Authorization) => boolean) =>
    [...rows.values()].find((row) => row.tenantId === tenantId && fits(row));
  return {
    get: async (tenantId, id) => rows.get(key({ tenantId, id })),
    findByTicket: (tenantId, hash) => find(tenantId, ({ ticketHash }) => ticketHash === hash),
    findByState: (tenantId, hash) => find(tenantId, ({ browser }) => browser?.stateHash === hash),
    async create(authorization) {
      if (rows.has(key(authorization))) throw new ConflictError('authorization_exists', 'taken');
      return put(authorization);
    },
    async replace({ etag, ...authorization }) {
      if (rows.get(key(authorization))?.etag !== etag)
        throw new StaleError('authorization_changed', 'stale');
      return put(authorization);
    },
    async deleteConnector(tenantId, connectorId) {
      for (const row of rows.values())
        if (row.tenantId === tenantId && row.connectorId === connectorId) rows.delete(key(row));
    },
  };
}
