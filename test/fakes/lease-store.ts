/** Keeps LeaseStore's promises in memory; test/contracts holds it to them. */
import type { LeaseStore } from '../../functions/connectors/ports';

export interface FakeLeases extends LeaseStore {
  /** Connectors that are leased, whether or not the lease has run out. */
  held(): string[];
}

export function fakeLeaseStore(): FakeLeases {
  const leases = new Map<string, { readonly until: Date; readonly etag: string }>();
  let taken = 0;
  const keyOf = ({ tenantId, id }: { tenantId: string; id: string }) => `${tenantId}/${id}`;
  return {
    held: () => [...leases.keys()],
    async take({ tenantId, id }, now, until) {
      const key = keyOf({ tenantId, id });
      const held = leases.get(key);
      if (held && held.until > now) return undefined;
      const etag = `W/"${++taken}"`;
      leases.set(key, { until, etag });
      return { tenantId, id, etag };
    },
    async release(lease) {
      if (leases.get(keyOf(lease))?.etag === lease.etag) leases.delete(keyOf(lease));
    },
  };
}
