/** LeaseStore in memory. test/contracts tests it together with the table adapter. */
import type { LeaseStore } from '../../functions/credentials/ports';
import type { ConnectorKey } from '../../functions/storage/connector-key';

export interface FakeLeaseStore extends LeaseStore {
  /** Connectors with a lease, expired or not, as `tenant/connector`. */
  held(): string[];
}

export function fakeLeaseStore(): FakeLeaseStore {
  const leases = new Map<string, { readonly until: Date; readonly etag: string }>();
  let version = 0;
  const keyOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}/${connectorId}`;
  return {
    held: () => [...leases.keys()],
    async take({ tenantId, connectorId }, now, until) {
      const key = keyOf({ tenantId, connectorId });
      const held = leases.get(key);
      if (held && held.until > now) return undefined;
      const etag = `W/"${++version}"`;
      leases.set(key, { until, etag });
      return { tenantId, connectorId, etag };
    },
    async release(lease) {
      if (leases.get(keyOf(lease))?.etag === lease.etag) leases.delete(keyOf(lease));
    },
  };
}
