/** IdempotencyStore in Table Storage. PartitionKey: tenant. RowKey: hash of caller, operation and key. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { IdempotencyRecord, IdempotencyStore, StoredResponse } from '../../http/ports';
import type { Stored } from '../../storage/stored';
import { createRow, deleteRow, replaceRow, storedEtag } from '../table-storage/conditional-write';
import { deleteExpiredRows } from '../table-storage/expired-rows';
import { jsonColumn, type SchemaShape } from '../table-storage/json-column';
import { onStatus, throwAs } from '../table-storage/table-client';

const storedResponse = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string().exactOptional(),
} satisfies SchemaShape<StoredResponse>);

const idempotencyRecord = z.object({
  tenantId: z.string(),
  id: z.string(),
  payloadHash: z.string(),
  leaseExpiresAt: z.string(),
  expiresAt: z.string(),
  response: storedResponse.exactOptional(),
} satisfies SchemaShape<IdempotencyRecord>);

const columns = z.object({ record: jsonColumn(idempotencyRecord) });

const taken = onStatus(
  409,
  throwAs(ConflictError, 'idempotency_key_taken', 'Another request uses the key.'),
);
const outdated = throwAs(
  StaleError,
  'idempotency_record_changed',
  'Another request took the key over.',
);

export class IdempotencyTable implements IdempotencyStore {
  constructor(private readonly table: TableClient) {}

  async get(tenantId: string, id: string): Promise<Stored<IdempotencyRecord> | undefined> {
    const row = await this.table.getEntity(tenantId, id).catch(onStatus(404, () => undefined));
    return row && { ...columns.parse(row).record, etag: storedEtag(row) };
  }

  async create(record: IdempotencyRecord): Promise<Stored<IdempotencyRecord>> {
    const etag = await createRow(this.table, toRow(record)).catch(taken);
    return { ...record, etag };
  }

  async replace({
    etag: readEtag,
    ...record
  }: Stored<IdempotencyRecord>): Promise<Stored<IdempotencyRecord>> {
    const etag = await replaceRow(this.table, toRow(record), readEtag)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...record, etag };
  }

  async delete({ tenantId, id, etag }: Stored<IdempotencyRecord>): Promise<void> {
    await deleteRow(this.table, { partitionKey: tenantId, rowKey: id }, etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  deleteExpired(now: Date): AsyncIterable<string> {
    return deleteExpiredRows(this.table, now);
  }
}

const toRow = (record: IdempotencyRecord) => ({
  partitionKey: record.tenantId,
  rowKey: record.id,
  expiresAt: record.expiresAt,
  record: JSON.stringify(record),
});
