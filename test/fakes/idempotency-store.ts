/** In-memory IdempotencyStore. test/contracts holds it to the promises of the port. */
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { IdempotencyRecord, IdempotencyStore } from '../../functions/http/ports';
import type { Stored } from '../../functions/storage/stored';

export function fakeIdempotencyStore(): IdempotencyStore {
  const rows = new Map<string, Stored<IdempotencyRecord>>();
  const key = ({ tenantId, id }: { tenantId: string; id: string }) => `${tenantId}/${id}`;
  let version = 0;
  const put = (record: IdempotencyRecord) => {
    const stored = { ...record, etag: `W/"${++version}"` };
    rows.set(key(record), stored);
    return stored;
  };
  return {
    get: async (tenantId, id) => rows.get(key({ tenantId, id })),
    async create(record) {
      if (rows.has(key(record))) throw new ConflictError('idempotency_key_taken', 'taken');
      return put(record);
    },
    async replace({ etag, ...record }) {
      if (rows.get(key(record))?.etag !== etag)
        throw new StaleError('idempotency_record_changed', 'stale');
      return put(record);
    },
    async delete(record) {
      if (rows.get(key(record))?.etag === record.etag) rows.delete(key(record));
    },
    async *deleteExpired(now) {
      for (const row of rows.values())
        if (row.expiresAt < now.toISOString()) {
          rows.delete(key(row));
          yield row.id;
        }
    },
  };
}
