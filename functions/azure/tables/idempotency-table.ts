/** Uses of Idempotency-Keys in Table Storage: PartitionKey is the tenant, RowKey the hash of caller, operation and key. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { IdempotencyRecord, IdempotencyStore } from '../../http/ports';
import type { Stored } from '../../storage/stored';
import { deleteExpiredRows } from '../table-storage/expired-rows';
import { on, rethrow } from '../table-storage/table-client';

const row = z.object({
  document: z.string().transform((text) => JSON.parse(text) as IdempotencyRecord),
});

const taken = on(409, rethrow(ConflictError, 'idempotency_key_taken', 'The key is in use.'));
const changed = rethrow(StaleError, 'idempotency_record_changed', 'Somebody else has the key.');

export class IdempotencyTable implements IdempotencyStore {
  constructor(private readonly table: TableClient) {}

  async get(tenantId: string, id: string): Promise<Stored<IdempotencyRecord> | undefined> {
    const found = await this.table.getEntity(tenantId, id).catch(on(404, () => undefined));
    return found && { ...row.parse(found).document, etag: found.etag };
  }

  async create(record: IdempotencyRecord): Promise<Stored<IdempotencyRecord>> {
    const { etag } = await this.table.createEntity(toRow(record)).catch(taken);
    return { ...record, etag: etag! };
  }

  async replace({
    etag,
    ...record
  }: Stored<IdempotencyRecord>): Promise<Stored<IdempotencyRecord>> {
    const written = await this.table
      .updateEntity(toRow(record), 'Replace', { etag })
      .catch(on(412, changed))
      .catch(on(404, changed));
    return { ...record, etag: written.etag! };
  }

  async delete({ tenantId, id, etag }: Stored<IdempotencyRecord>): Promise<void> {
    await this.table
      .deleteEntity(tenantId, id, { etag })
      .catch(on(412, () => undefined))
      .catch(on(404, () => undefined));
  }

  deleteExpired(now: Date): Promise<void> {
    return deleteExpiredRows(this.table, now);
  }
}

const toRow = (record: IdempotencyRecord) => ({
  partitionKey: record.tenantId,
  rowKey: record.id,
  expiresAt: record.expiresAt,
  document: JSON.stringify(record),
});
